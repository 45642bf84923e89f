import type { LimitCode, Limits } from '#contracts/modules.js';
import { sql, type Sql, type Tx } from '#platform/db/index.js';
import type { EntitlementStatus } from './entitlement-state.js';
import type { Entitlement } from './materialise.js';

/**
 * One statement, so that two who ask for the last place cannot both get it. $4: now. Nothing new fits while the plan is closed, whoever
 * asks: an invitation that is accepted has no guard of the tenant before it. A limit that the row does not name is none.
 */
const takeUnits = sql.named('entitlements.take')`
  update usage_counters u set used = u.used + $3
    from entitlements e
   where u.tenant_id = $1 and u.limit_code = $2 and e.tenant_id = $1
     and (e.limits -> $2::text = 'null'::jsonb or u.used + $3 <= (e.limits ->> $2::text)::bigint)
     and case e.status when 'active' then true when 'trial' then coalesce(e.trial_ends_at > $4, true)
                       when 'past_due' then coalesce(e.grace_until > $4, true) else false end
  returning u.used`;
const giveUnits = sql`update usage_counters set used = greatest(0, used - $3) where tenant_id = $1 and limit_code = $2`;
const readLimit = sql`
  select coalesce(u.used, 0) as used, coalesce(e.limits -> $2::text, '0'::jsonb) as max, e.status, e.trial_ends_at, e.grace_until
    from entitlements e left join usage_counters u on u.tenant_id = e.tenant_id and u.limit_code = $2
   where e.tenant_id = $1`;
const upsertEntitlement = sql`
  insert into entitlements (tenant_id, plan_code, status, modules, limits, period_end, trial_ends_at, grace_until, valid_until, source)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  on conflict (tenant_id) do update set plan_code = excluded.plan_code, status = excluded.status, modules = excluded.modules, limits = excluded.limits,
    period_end = excluded.period_end, trial_ends_at = excluded.trial_ends_at, grace_until = excluded.grace_until, valid_until = excluded.valid_until, source = excluded.source`;
const insertCounters = sql`
  insert into usage_counters (tenant_id, limit_code, used) select $1, code, 0 from unnest($2::text[]) as code on conflict do nothing`;
const deleteEntitlement = sql`delete from entitlements where tenant_id = $1`;
const deleteCounters = sql`delete from usage_counters where tenant_id = $1`;
const readEntitlement = sql`
  select plan_code, status, modules, limits, period_end, trial_ends_at, grace_until, valid_until, source from entitlements where tenant_id = $1`;
const readUsage = sql`select limit_code, used from usage_counters where tenant_id = $1`;
const dueTenants = sql`
  select tenant_id from entitlements where valid_until <= $1 and ($2::uuid is null or tenant_id > $2) order by tenant_id limit $3`;
const countedTenants = sql`
  select distinct tenant_id from usage_counters where $1::uuid is null or tenant_id > $1 order by tenant_id limit $2`;
const lockCounter = sql`select used from usage_counters where tenant_id = $1 and limit_code = $2 for update`;
const setCounter = sql`update usage_counters set used = $3 where tenant_id = $1 and limit_code = $2`;

export type EntitlementRow = Entitlement & { readonly status: EntitlementStatus };
export interface LimitRow {
  readonly used: number;
  /** null: no limit. */
  readonly max: number | null;
  /** null: the tenant has no entitlements. */
  readonly plan: Pick<EntitlementRow, 'status' | 'trial_ends_at' | 'grace_until'> | null;
}
type Queries = Pick<Tx, 'query'>;

/** The only SQL of entitlements and counters. Every statement names the tenant: half of them run on the platform pool. */
export const entitlementRows = {
  async take(tx: Tx, tenant_id: string, code: LimitCode, n: number, now: Date): Promise<boolean> {
    return (await tx.query(takeUnits, [tenant_id, code, n, now])).length > 0;
  },
  async give(tx: Tx, tenant_id: string, code: LimitCode, n: number): Promise<void> {
    await tx.query(giveUnits, [tenant_id, code, n]);
  },
  async limit(tx: Tx, tenant_id: string, code: LimitCode): Promise<LimitRow> {
    const [row] = await tx.query<{ used: string; max: number | null } & NonNullable<LimitRow['plan']>>(readLimit, [tenant_id, code]);
    if (!row) return { used: 0, max: 0, plan: null };
    const { used, max, ...plan } = row;
    return { used: Number(used), max, plan };
  },
  async write(tx: Tx, tenant_id: string, e: Entitlement): Promise<void> {
    await tx.query(upsertEntitlement, [
      tenant_id, e.plan_code, e.status, [...e.modules], e.limits, e.period_end, e.trial_ends_at, e.grace_until, e.valid_until, e.source,
    ]); // prettier-ignore
  },
  async remove(tx: Tx, tenant_id: string): Promise<void> {
    await tx.query(deleteEntitlement, [tenant_id]);
  },
  /** Those that are missing, at zero. */
  async counters(tx: Tx, tenant_id: string, codes: readonly string[]): Promise<void> {
    await tx.query(insertCounters, [tenant_id, [...codes]]);
  },
  async read(tx: Queries, tenant_id: string): Promise<EntitlementRow | null> {
    return (await tx.query<EntitlementRow>(readEntitlement, [tenant_id]))[0] ?? null;
  },
  async usage(tx: Queries, tenant_id: string): Promise<Map<string, number>> {
    const rows = await tx.query<{ limit_code: string; used: string }>(readUsage, [tenant_id]);
    return new Map(rows.map((row) => [row.limit_code, Number(row.used)]));
  },
  async removeAll(tx: Tx, tenant_id: string): Promise<void> {
    for (const statement of [deleteEntitlement, deleteCounters]) await tx.query(statement, [tenant_id]);
  },

  // ---- over all tenants
  /** Whose clock has run out, ascending. */
  async due(tx: Queries, now: Date, after: string | null, take: number): Promise<string[]> {
    return (await tx.query<{ tenant_id: string }>(dueTenants, [now, after, take])).map((row) => row.tenant_id);
  },
  async tenants(tx: Queries, after: string | null, take: number): Promise<string[]> {
    return (await tx.query<{ tenant_id: string }>(countedTenants, [after, take])).map((row) => row.tenant_id);
  },

  // ---- the recount
  /** Whoever takes or gives a unit waits from here on. null: there is no counter. */
  async lockCounter(tx: Tx, tenant_id: string, code: LimitCode): Promise<number | null> {
    const [row] = await tx.query<{ used: string }>(lockCounter, [tenant_id, code]);
    return row ? Number(row.used) : null;
  },
  /** By the query of the module that owns the limit: one row, one number, $1 the tenant. */
  async count(tx: Tx, query: Sql, tenant_id: string): Promise<number> {
    const [row] = await tx.query<Record<string, unknown>>(query, [tenant_id]);
    return Number(Object.values(row ?? {})[0] ?? 0);
  },
  async setCounter(tx: Tx, tenant_id: string, code: LimitCode, used: number): Promise<void> {
    await tx.query(setCounter, [tenant_id, code, used]);
  },
};

/** Everything of a row that somebody may see or that decides anything. */
export const sameEntitlement = (a: EntitlementRow | null, b: Entitlement | null): boolean => essence(a) === essence(b);

const essence = (e: Entitlement | null): string =>
  JSON.stringify(
    e && [
      e.plan_code,
      e.status,
      [...e.modules].sort(),
      sortedLimits(e.limits),
      e.period_end,
      e.trial_ends_at,
      e.grace_until,
      e.valid_until,
      e.source,
    ],
  );
const sortedLimits = (limits: Limits): unknown => Object.entries(limits).sort(([a], [b]) => (a < b ? -1 : 1));
