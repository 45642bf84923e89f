import { sql, type Tx } from '#platform/db/index.js';
import type { TableToEmpty } from './deletion-order.js';

/** Rows that say that there was a tenant, that its names rest, and who did what to it. */
const KEPT: readonly string[] = ['tenants', 'tenant_state', 'tenant_hosts', 'released_slugs', 'provisioning_jobs', 'impersonations'];

/**
 * Every table with a tenant's rows, asked of the catalogue: a module that comes later is in by itself. Foreign keys that would set null
 * demand no order. What the platform role may not delete from is append-only: audit, decisions, events.
 */
const tables = sql`
  select c.relname::text as table_name, has_table_privilege(c.oid, 'delete') and not c.relname = any ($1::text[]) as deletable,
         coalesce((select array_agg(distinct p.relname::text) from pg_constraint k join pg_class p on p.oid = k.confrelid
                    where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> k.conrelid and k.confdeltype <> 'n'), '{}') as refers_to
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
   order by c.relname`;
const purgeRows = sql`select purge_rows($1, $2, $3)::int as n`;
const countRows = sql`select count_rows($1, $2)::int as n`;
const dropJobs = sql`delete from provisioning_jobs where tenant_id = $1 and provisioning_job_id <> $2 returning provisioning_job_id`;

interface PurgeTable extends TableToEmpty {
  readonly deletable: boolean;
}

/** The only SQL of a purge. Runs on the platform pool, inside the tenant. */
export const purgeStatements = {
  tables: (tx: Tx): Promise<PurgeTable[]> => tx.query<PurgeTable>(tables, [KEPT]),
  /** Deletes at most `most` rows (of a partitioned table all). @returns how many */
  async purge(tx: Tx, tenant_id: string, table_name: string, most: number): Promise<number> {
    return (await tx.query<{ n: number }>(purgeRows, [tenant_id, table_name, most]))[0]?.n ?? 0;
  },
  async count(tx: Tx, tenant_id: string, table_name: string): Promise<number> {
    return (await tx.query<{ n: number }>(countRows, [tenant_id, table_name]))[0]?.n ?? 0;
  },
  /** The jobs before this one: their input names people. @returns how many */
  async dropOtherJobs(tx: Tx, tenant_id: string, provisioning_job_id: string): Promise<number> {
    return (await tx.query(dropJobs, [tenant_id, provisioning_job_id])).length;
  },
};
