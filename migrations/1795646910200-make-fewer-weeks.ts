import type { QueryRunner } from 'typeorm';
import type { Migration } from '#platform/db/migrations/index.js';

/** The locks of two tables in one transaction meet whoever uses them in the other order. Whoever calls calls until nothing is made. */
const ONE_TABLE = `
          exit when made > 0;`;

/** What is cut by weeks is looked into in each of them (a queue is read without pruning), so weeks are made four ahead. Months stay three. */
export class MakeFewerWeeks1795646910200 implements Migration {
  readonly name = 'MakeFewerWeeks1795646910200';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await this.ensurePartitions(
      db,
      `least(ahead, case plan.every when 'week' then interval '4 weeks' else interval '2 years' end)`,
      ONE_TABLE,
    );
    await db.query(`
      do $$ declare child text; begin
        for child in
          select c.relname from partition_plans p join pg_inherits i on i.inhparent = p.table_name::regclass join pg_class c on c.oid = i.inhrelid
           where p.every = 'week' and c.relname ~ '_[0-9]{4}_[0-9]{2}_[0-9]{2}$' and to_date(right(c.relname, 10), 'YYYY_MM_DD') > now() + interval '4 weeks'
             and pg_relation_size(c.oid) = 0
        loop
          execute format('drop table %I', child);
        end loop;
      end $$`);
  }

  async down(db: QueryRunner): Promise<void> {
    await this.ensurePartitions(db, `least(ahead, interval '2 years')`);
    await db.query('select ensure_partitions()');
  }

  private async ensurePartitions(db: QueryRunner, ahead: string, after_table = ''): Promise<void> {
    await db.query(`
      create or replace function ensure_partitions(ahead interval default '3 months') returns int
      language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' set lock_timeout = '200ms' as $$
      declare
        plan record;
        begins timestamptz;
        ends timestamptz;
        made int := 0;
      begin
        for plan in select table_name, every, ('1 ' || every)::interval as span from partition_plans order by table_name loop
          if make_partition(plan.table_name, plan.table_name || '_default', 'default') then made := made + 1; end if;
          begins := date_trunc(plan.every, now()) - plan.span;   -- the period before, for clocks that are behind
          while begins <= now() + ${ahead} loop
            ends := begins + plan.span;
            begin
              if make_partition(
                plan.table_name,
                plan.table_name || to_char(begins, case plan.every when 'month' then '_YYYY_MM' else '_YYYY_MM_DD' end),
                format('for values from (%L) to (%L)', partition_bound(plan.table_name, begins), partition_bound(plan.table_name, ends)))
              then made := made + 1; end if;
            exception when check_violation then
              -- Rows of that time already lie in the default partition. The others must not wait for it; an alert watches the default.
              raise warning '%: no partition from %, the default partition has rows of that time', plan.table_name, begins;
            end;
            begins := ends;
          end loop;${after_table}
        end loop;
        return made;
      end $$`);
  }
}
