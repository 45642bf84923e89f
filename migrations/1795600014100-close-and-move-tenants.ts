import type { QueryRunner } from 'typeorm';
import { dropFunctions, dropTables, platformTable, tenantTable, type Migration } from '#platform/db/migrations/index.js';

/**
 * What a tenant's life after its making needs: hosts it has asked for and not yet proved, slugs that rest after they were given back, and
 * the two functions by which a purge reaches every table, those of later modules too.
 */
export class CloseAndMoveTenants1795600014100 implements Migration {
  readonly name = 'CloseAndMoveTenants1795600014100';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    // Not rows of tenant_hosts, where a host is there once: two tenants may ask for one host, and whoever proves it has it. So asking tells
    // nobody whether the host is taken. The challenge proves a host, and the app role must not read it.
    await tenantTable(db, 'host_claims', {
      columns: `
        host      text not null check (host = lower(host) and host !~ '[:/ ]'),
        challenge text not null`,
      key: ['host'],
      references: [{ columns: [], to: 'tenants' }],
      mutable: false,
      app: 'none',
    });
    await platformTable(db, 'released_slugs', {
      why: 'a slug that was given back names nobody for a while; the one who had it last may take it again',
      columns: `
        slug        text        not null,
        tenant_id   uuid        not null,
        released_at timestamptz not null`,
      key: ['slug'],
      references: [{ columns: ['tenant_id'], to: 'tenants' }],
      mutable: false,
    });
    // The name of a table cannot be a parameter. Both run with the rights of the caller, so they reach what that role may delete or read.
    await db.query(`
      create function purge_rows(tenant uuid, table_name text, most int) returns bigint language plpgsql security invoker set search_path = public, pg_temp as $$
      declare
        target regclass := to_regclass(format('public.%I', table_name));
        kind "char";
        deleted bigint;
      begin
        select c.relkind into kind from pg_class c
          join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
         where c.oid = target and c.relkind in ('r', 'p') and not c.relispartition;
        if kind is null then raise exception '% is no table with tenant_id', table_name using errcode = '42P01'; end if;
        if kind = 'p' then -- a row has its place in its partition only: all at once
          execute format('delete from %s where tenant_id = $1', target) using tenant;
        else
          execute format('delete from %1$s where ctid = any (array(select ctid from %1$s where tenant_id = $1 limit $2))', target) using tenant, most;
        end if;
        get diagnostics deleted = row_count;
        return deleted;
      end $$`);
    await db.query(`
      create function count_rows(tenant uuid, table_name text) returns bigint language plpgsql stable security invoker set search_path = public, pg_temp as $$
      declare n bigint;
      begin
        execute format('select count(*) from public.%I where tenant_id = $1', table_name) into n using tenant;
        return n;
      end $$`);
    for (const signature of FUNCTIONS) {
      await db.query(`revoke execute on function ${signature} from public`);
      await db.query(`grant execute on function ${signature} to tenantry_platform`);
    }
  }

  async down(db: QueryRunner): Promise<void> {
    await dropFunctions(db, ...FUNCTIONS);
    await dropTables(db, 'released_slugs', 'host_claims');
  }
}

const FUNCTIONS = ['purge_rows(uuid, text, int)', 'count_rows(uuid, text)'] as const;
