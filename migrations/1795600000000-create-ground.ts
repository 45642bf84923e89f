import type { QueryRunner } from 'typeorm';
import { dropFunctions, dropTables, platformTable, securityStatements, type Migration } from '#platform/db/migrations/index.js';

/** What every table stands on: triggers of dates and versions, append-only, partitions made ahead, and the clock word of the operators' SQL. */
export class CreateGround1795600000000 implements Migration {
  readonly name = 'CreateGround1795600000000';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await this.touch(db);
    await this.appendOnly(db);
    await this.partitions(db);
    await this.datetime(db);
  }

  async down(db: QueryRunner): Promise<void> {
    await dropFunctions(
      db,
      'datetime(text, text)',
      'ensure_partitions(interval)',
      'make_partition(text, text, text)',
      'partition_bound(text, timestamptz)',
    );
    await dropTables(db, 'partition_plans');
    await dropFunctions(db, 'append_only()', 'touch_version()', 'touch()');
  }

  private async touch(db: QueryRunner): Promise<void> {
    await db.query(`
      create function touch() returns trigger language plpgsql set search_path = public, pg_temp as $$
      begin
        new.updated_at := now();
        return new;
      end $$`);
    await db.query(`
      create function touch_version() returns trigger language plpgsql set search_path = public, pg_temp as $$
      begin
        new.updated_at := now();
        new.row_version := old.row_version + 1;
        return new;
      end $$`);
  }

  /** 55000, not 42501: a missing grant and a trigger that refuses are two fences, and a test can tell which one held. */
  private async appendOnly(db: QueryRunner): Promise<void> {
    await db.query(`
      create function append_only() returns trigger language plpgsql set search_path = public, pg_temp as $$
      begin
        raise exception '% is append-only: % refused', tg_table_name, lower(tg_op) using errcode = '55000', table = tg_table_name;
      end $$`);
  }

  /**
   * Partitions carry row-level security of their own, since a policy of the parent does not hold for a query that names the child; and a
   * TRUNCATE trigger of their own, since statement triggers are not cloned. The app role reaches rows through the parent alone; the platform
   * role may read a partition, because a dump names each of them.
   */
  private async partitions(db: QueryRunner): Promise<void> {
    await platformTable(db, 'partition_plans', {
      why: 'how the partitioned tables are cut; it has no rows of tenants',
      columns: `
        table_name text not null,
        every      text not null check (every in ('week', 'month'))`,
      key: ['table_name'],
      platform: 'select',
    });
    await db.query(`
      create function partition_bound(table_name text, at timestamptz) returns text language sql stable set search_path = public, pg_temp as $$
        -- A UUIDv7 begins with its milliseconds, so a range of ids is a range of time.
        select case format_type(a.atttypid, null)
                 when 'uuid' then rpad(lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0'), 32, '0')::uuid::text
                 else at::text end
          from pg_partitioned_table p
          join pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
         where p.partrelid = partition_bound.table_name::regclass
      $$`);
    const security = securityStatements('%1$I')
      .map((statement) => `execute format('${statement.replaceAll("'", "''")}', child);`)
      .join('\n          ');
    await db.query(`
      create function make_partition(parent text, child text, bounds text) returns boolean language plpgsql set search_path = public, pg_temp as $$
      begin
        if to_regclass(quote_ident(child)) is not null then return false; end if;
        execute format('create table %I partition of %I %s', child, parent, bounds);
        if exists (select from pg_class where oid = parent::regclass and relrowsecurity) then
          ${security}
        end if;
        execute format('grant select on table %I to tenantry_platform', child);
        if exists (select from pg_trigger where tgrelid = parent::regclass and tgname = parent || '_no_truncate') then
          execute format('create trigger %I before truncate on %I for each statement execute function append_only()', child || '_no_truncate', child);
        end if;
        return true;
      end $$`);
    await db.query(`
      create function ensure_partitions(ahead interval default '3 months') returns int
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
          while begins <= now() + least(ahead, interval '2 years') loop
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
          end loop;
        end loop;
        return made;
      end $$`);
    await db.query('revoke execute on function ensure_partitions(interval) from public');
    await db.query('grant execute on function ensure_partitions(interval) to tenantry_platform');
    await db.query(
      `comment on function ensure_partitions(interval) is '@definer DDL only: creates partitions, which only an owner may; reads and writes no row of a tenant'`,
    );
  }

  /** `created_at > datetime('now', '-7 days')`, as a runbook for two databases wrote it. */
  private async datetime(db: QueryRunner): Promise<void> {
    await db.query(`
      create function datetime(at text, shift text) returns timestamptz language sql stable set search_path = public, pg_temp as $$
        select case when lower(at) = 'now' then now() else at::timestamptz end + shift::interval
      $$`);
  }
}
