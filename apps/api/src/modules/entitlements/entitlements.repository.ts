import type { LimitCode, Limits, PlanCode } from '#contracts/modules.js';
import { sql, type Tx } from '#platform/db/index.js';
import type { Entitlement } from './entitlement-state.js';

const takeUnits = sql.named('entitlements.take')`
  update usage_counters u set used = u.used + $3
    from entitlements e
   where u.tenant_id = $1 and u.limit_code = $2 and e.tenant_id = $1
     and (e.limits ->> $2::text is null or u.used + $3 <= (e.limits ->> $2::text)::bigint)
  returning u.used`;
const giveUnits = sql`update usage_counters set used = greatest(0, used - $3) where tenant_id = $1 and limit_code = $2`;
const readLimit = sql`
  select coalesce(u.used, 0) as used, (e.limits ->> $2::text)::bigint as max
    from entitlements e left join usage_counters u on u.tenant_id = e.tenant_id and u.limit_code = $2
   where e.tenant_id = $1`;
const insertSubscription = sql`
  insert into subscriptions (tenant_id, subscription_id, plan_code, status, interval, currency, current_period_start, current_period_end, trial_ends_at)
  values ($1, $2, $3, $4, 'month', $5, $6, $7, $8)
  on conflict do nothing returning subscription_id`;
const insertItem = sql`
  insert into subscription_items (tenant_id, subscription_item_id, subscription_id, plan_code, quantity, unit_amount, currency)
  values ($1, $2, $3, $4, 1, 0, $5)`;
const upsertEntitlement = sql`
  insert into entitlements (tenant_id, plan_code, status, modules, limits, period_end, trial_ends_at, valid_until, source)
  values ($1, $2, $3, $4, $5, $6, $7, $8, 'subscription')
  on conflict (tenant_id) do update set plan_code = excluded.plan_code, status = excluded.status, modules = excluded.modules, limits = excluded.limits,
    period_end = excluded.period_end, trial_ends_at = excluded.trial_ends_at, valid_until = excluded.valid_until, source = excluded.source`;
const insertCounters = sql`
  insert into usage_counters (tenant_id, limit_code, used) select $1, code, 0 from unnest($2::text[]) as code on conflict do nothing`;
const findPlan = sql`select plan_code, modules, limits, trial_days, trial_limits from plans where plan_code = $1 and is_active`;
const deleteEntitlement = sql`delete from entitlements where tenant_id = $1`;
const deleteCounters = sql`delete from usage_counters where tenant_id = $1`;
const deleteItems = sql`delete from subscription_items where tenant_id = $1`;
const deleteSubscriptions = sql`delete from subscriptions where tenant_id = $1`;
const readEntitlement = sql`
  select plan_code, status, modules, limits, period_end, trial_ends_at, grace_until, source from entitlements where tenant_id = $1`;
const readUsage = sql`select limit_code, used::bigint as used from usage_counters where tenant_id = $1`;

export interface PlanRow {
  readonly plan_code: PlanCode;
  readonly modules: readonly string[];
  readonly limits: Limits;
  readonly trial_days: number;
  readonly trial_limits: Partial<Limits>;
}
export interface EntitlementRow {
  readonly plan_code: string | null;
  readonly status: 'trial' | 'active' | 'past_due' | 'suspended' | 'expired' | 'none';
  readonly modules: readonly string[];
  readonly limits: Partial<Limits>;
  readonly period_end: Date | null;
  readonly trial_ends_at: Date | null;
  readonly grace_until: Date | null;
  readonly source: string;
}

/** The only SQL of this module's tables. Every statement names the tenant: half of them run on the platform pool. */
export const entitlementRows = {
  async take(tx: Tx, tenant_id: string, code: LimitCode, n: number): Promise<boolean> {
    return (await tx.query(takeUnits, [tenant_id, code, n])).length > 0;
  },
  async give(tx: Tx, tenant_id: string, code: LimitCode, n: number): Promise<void> {
    await tx.query(giveUnits, [tenant_id, code, n]);
  },
  async limit(tx: Tx, tenant_id: string, code: LimitCode): Promise<{ used: number; max: number | null }> {
    const [row] = await tx.query<{ used: string; max: string | null }>(readLimit, [tenant_id, code]);
    return { used: Number(row?.used ?? 0), max: row ? (row.max === null ? null : Number(row.max)) : 0 };
  },
  async plan(tx: Tx, plan_code: string): Promise<PlanRow | null> {
    return (await tx.query<PlanRow>(findPlan, [plan_code]))[0] ?? null;
  },
  async subscribe(
    tx: Tx,
    tenant_id: string,
    row: {
      subscription_id: string;
      item_id: string;
      plan_code: string;
      status: string;
      currency: string;
      from: Date;
      to: Date;
      trial_ends_at: Date | null;
    },
  ): Promise<void> {
    const made = await tx.query(insertSubscription, [
      tenant_id,
      row.subscription_id,
      row.plan_code,
      row.status,
      row.currency,
      row.from,
      row.to,
      row.trial_ends_at,
    ]);
    if (made.length) await tx.query(insertItem, [tenant_id, row.item_id, row.subscription_id, row.plan_code, row.currency]);
  },
  async write(tx: Tx, tenant_id: string, e: Entitlement): Promise<void> {
    await tx.query(upsertEntitlement, [
      tenant_id,
      e.plan_code,
      e.status,
      [...e.modules],
      e.limits,
      e.period_end,
      e.trial_ends_at,
      e.valid_until,
    ]);
  },
  async counters(tx: Tx, tenant_id: string, codes: readonly string[]): Promise<void> {
    await tx.query(insertCounters, [tenant_id, [...codes]]);
  },
  async read(tx: Pick<Tx, 'query'>, tenant_id: string): Promise<EntitlementRow | null> {
    return (await tx.query<EntitlementRow>(readEntitlement, [tenant_id]))[0] ?? null;
  },
  async usage(tx: Pick<Tx, 'query'>, tenant_id: string): Promise<Map<string, number>> {
    const rows = await tx.query<{ limit_code: string; used: string }>(readUsage, [tenant_id]);
    return new Map(rows.map((row) => [row.limit_code, Number(row.used)]));
  },
  async removeAll(tx: Tx, tenant_id: string): Promise<void> {
    for (const statement of [deleteEntitlement, deleteCounters, deleteItems, deleteSubscriptions]) await tx.query(statement, [tenant_id]);
  },
};
