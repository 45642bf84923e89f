import type { QueryRunner } from 'typeorm';
import { dropFunctions, type Migration } from '#platform/db/migrations/index.js';

const BUSY = 'fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01';

/** Partitions that fit their use, an eye on the default ones, and a way for their rows into a period of their own. */
export class KeepWeeklyPartitions1795657562271 implements Migration {
  readonly name = 'KeepWeeklyPartitions1795657562271';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await this.storage(db);
    await this.rowsWithoutPeriod(db);
    await this.adoption(db);
  }

  async down(db: QueryRunner): Promise<void> {
    await dropFunctions(
      db,
      'adopt_default_partition(text)',
      'rows_without_period()',
      'make_partition(text, text, text)',
      'set_storage(text, text)',
    );
    await db.query('alter function make_plain_partition(text, text, text) rename to make_partition');
    await db.query(`
      do $$ declare child regclass; begin
        for child in select inhrelid from pg_inherits where inhparent = 'webhook_deliveries'::regclass loop
          execute format('alter table %s reset (fillfactor, autovacuum_vacuum_scale_factor)', child);
        end loop;
      end $$`);
    await db.query('alter table partition_plans drop column storage');
  }

  /** A delivery changes twice at least, and a partitioned table has no storage parameters to inherit: each partition gets those of its plan. */
  private async storage(db: QueryRunner): Promise<void> {
    await db.query(`alter table partition_plans add column storage text not null default ''`);
    await db.query(`update partition_plans set storage = '${BUSY}' where table_name = 'webhook_deliveries'`);
    await db.query(`
      create function set_storage(parent text, child text) returns void language plpgsql set search_path = public, pg_temp as $$
      declare
        storage text := (select p.storage from partition_plans p where p.table_name = set_storage.parent);
      begin
        if storage <> '' then execute format('alter table %I set (%s)', child, storage); end if;
      end $$`);
    await db.query(`
      do $$ declare child text; begin
        for child in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'webhook_deliveries'::regclass loop
          perform set_storage('webhook_deliveries', child);
        end loop;
      end $$`);
    await db.query('alter function make_partition(text, text, text) rename to make_plain_partition');
    await db.query(`
      create function make_partition(parent text, child text, bounds text) returns boolean language plpgsql set search_path = public, pg_temp as $$
      begin
        if not make_plain_partition(parent, child, bounds) then return false; end if;
        perform set_storage(parent, child);
        return true;
      exception when invalid_object_definition then
        return false;   -- the time lies in a partition that was a default one and spans several periods
      end $$`);
  }

  /** For the alarm: how many rows of each table found no partition of their time. Counted up to 1,000, so that asking costs nothing. */
  private async rowsWithoutPeriod(db: QueryRunner): Promise<void> {
    await db.query(`
      create function rows_without_period() returns table (table_name text, n int) language plpgsql stable set search_path = public, pg_temp as $$
      begin
        for table_name in select p.table_name from partition_plans p order by 1 loop
          execute format('select count(*)::int from (select from %I limit 1000) r', table_name || '_default') into n;
          return next;
        end loop;
      end $$`);
  }

  /**
   * No partition can be made of a time of which the default one has rows. Moving many rows would keep everybody waiting, so the default
   * partition itself becomes that of the gap in which its newest rows lie, from the partition before to the end of their period, and a
   * new one takes its place; nothing of it is copied but the few rows of other times. It is named by its last period, by which it is
   * dropped. Called until it answers null, it leaves only rows of the future, which a clock that was wrong has made.
   */
  private async adoption(db: QueryRunner): Promise<void> {
    await db.query(`
      create function adopt_default_partition(parent text) returns text
      language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' set row_security = on set lock_timeout = '200ms' as $$
      declare
        unit text := (select every from partition_plans where table_name = parent);
        span interval := ('1 ' || unit)::interval;
        form text := case unit when 'month' then '_YYYY_MM' else '_YYYY_MM_DD' end;
        rest text := parent || '_default';
        key text;
        newest text;
        period timestamptz;
        low text;
        high text;
        child text;
      begin
        if unit is null then raise exception '% is not cut by time', parent using errcode = '22023'; end if;
        select a.attname into key from pg_partitioned_table p join pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
         where p.partrelid = parent::regclass;
        execute format('select max(%1$I::text collate "C") from %2$I where %1$I < %3$L', key, rest, partition_bound(parent, now() + interval '1 day'))
          into newest;
        if newest is null then return null; end if;
        period := date_trunc(unit, case when newest ~ '^[0-9a-f]{8}-'
          then to_timestamp(('x' || left(replace(newest, '-', ''), 12))::bit(48)::bigint / 1000.0) else newest::timestamptz end);
        child := parent || to_char(period, form);
        if to_regclass(quote_ident(child)) is not null then return null; end if;
        low := partition_bound(parent, coalesce(
          (select max(to_timestamp(substr(c.relname, length(parent) + 1), form)) + span from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where i.inhparent = parent::regclass and c.relname < child and c.relname <> rest), 'epoch'));
        high := partition_bound(parent, period + span);

        execute format('lock table %I in access exclusive mode', parent);
        execute format('alter table %I detach partition %I', parent, rest);
        execute format('alter table %I rename to %I', rest, child);
        if exists (select from pg_trigger where tgrelid = child::regclass and tgname = rest || '_no_truncate') then
          execute format('alter trigger %I on %I rename to %I', rest || '_no_truncate', child, child || '_no_truncate');
        end if;
        perform make_partition(parent, rest, 'default');
        execute format('insert into %1$I select * from %2$I where not (%3$I >= %4$L and %3$I < %5$L)', rest, child, key, low, high);
        if found then execute format('delete from %1$I where not (%2$I >= %3$L and %2$I < %4$L)', child, key, low, high); end if;
        execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, child, low, high);
        return child;
      end $$`);
    await db.query('revoke execute on function adopt_default_partition(text) from public');
    await db.query('grant execute on function adopt_default_partition(text) to tenantry_platform');
    await db.query(
      `comment on function adopt_default_partition(text) is '@definer DDL: turns a default partition into one of a period, which only an owner may; rows stay in their table and none is given to the caller'`,
    );
  }
}
