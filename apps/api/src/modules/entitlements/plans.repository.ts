import type { BillingInterval } from '#contracts/modules.js';
import { sql, type Tx } from '#platform/db/index.js';

export interface PriceRow {
  readonly currency: string;
  readonly interval: BillingInterval;
  /** Minor units. */
  readonly amount: number;
}
export interface PlanRow {
  readonly plan_code: string;
  readonly name: string;
  readonly is_active: boolean;
  readonly is_addon: boolean;
  readonly modules: readonly string[];
  readonly limits: Readonly<Record<string, number | null>>;
  readonly trial_days: number;
  readonly trial_limits: Readonly<Record<string, number | null>>;
  readonly prices: readonly PriceRow[];
}
export interface PlatformPlanRow extends PlanRow {
  readonly row_version: string;
  readonly created_at: Date;
  readonly updated_at: Date;
  /** Live subscriptions that have it. */
  readonly subscription_count: number;
}
export interface PlanPosition {
  readonly is_addon: boolean;
  readonly plan_code: string;
}

const byCodes = sql`
  select p.plan_code, p.name, p.is_active, p.is_addon, p.modules, p.limits, p.trial_days, p.trial_limits,
         (select coalesce(json_agg(json_build_object('currency', x.currency, 'interval', x.interval, 'amount', x.amount)), '[]')
            from plan_prices x where x.plan_code = p.plan_code) as prices
    from plans p where p.plan_code = any ($1)`;
/** Base plans first; $1 is null on the first page. */
const sold = sql`
  select p.plan_code, p.name, p.is_active, p.is_addon, p.modules, p.limits, p.trial_days, p.trial_limits,
         (select coalesce(json_agg(json_build_object('currency', x.currency, 'interval', x.interval, 'amount', x.amount)
                                   order by x.currency, x.amount), '[]')
            from plan_prices x where x.plan_code = p.plan_code) as prices
    from plans p
   where p.is_active and ($1::boolean is null or (p.is_addon, p.plan_code) > ($1, $2))
   order by p.is_addon, p.plan_code limit $3`;
const list = sql`
  select p.plan_code, p.name, p.is_active, p.is_addon, p.modules, p.limits, p.trial_days, p.trial_limits, p.row_version, p.created_at, p.updated_at,
         (select coalesce(json_agg(json_build_object('currency', x.currency, 'interval', x.interval, 'amount', x.amount)
                                   order by x.currency, x.amount), '[]')
            from plan_prices x where x.plan_code = p.plan_code) as prices,
         (select count(*)::int from subscription_items i join subscriptions s on s.tenant_id = i.tenant_id and s.subscription_id = i.subscription_id
           where i.plan_code = p.plan_code and s.status in ('trialing', 'active', 'past_due')) as subscription_count
    from plans p
   where ($1::boolean is null or (p.is_addon, p.plan_code) > ($1, $2)) and ($4::text is null or p.plan_code = $4)
   order by p.is_addon, p.plan_code limit $3`;
const lock = sql`select plan_code from plans where plan_code = $1 for update`;
const insert = sql`
  insert into plans (plan_code, name, is_active, is_addon, modules, limits, trial_days, trial_limits)
  values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (plan_code) do nothing returning plan_code`;
const update = sql`
  update plans set name = $2, is_active = $3, is_addon = $4, modules = $5, limits = $6, trial_days = $7, trial_limits = $8 where plan_code = $1`;
const removePrices = sql`delete from plan_prices where plan_code = $1`;
const insertPrices = sql`
  insert into plan_prices (plan_code, currency, interval, amount)
  select $1, x.currency, x.interval, x.amount from jsonb_to_recordset($2::jsonb) as x (currency text, interval text, amount bigint)`;
const tenantsOf = sql`
  select distinct tenant_id from subscription_items
   where plan_code = $1 and ($2::uuid is null or tenant_id > $2) order by tenant_id limit $3`;

type Queries = Pick<Tx, 'query'>;
const valuesOf = (p: PlanRow) => [p.plan_code, p.name, p.is_active, p.is_addon, [...p.modules], p.limits, p.trial_days, p.trial_limits];

/** The only SQL of the price list. `byCodes` also runs as the app role; the rest is the platform's. */
export const planRows = {
  /** Those that exist, whether or not they are sold. */
  async byCodes(tx: Queries, codes: readonly string[]): Promise<ReadonlyMap<string, PlanRow>> {
    const rows = await tx.query<PlanRow>(byCodes, [[...codes]]);
    return new Map(rows.map((row) => [row.plan_code, row]));
  },
  /** What anybody may read. */
  sold: (tx: Queries, after: PlanPosition | null, take: number): Promise<PlanRow[]> =>
    tx.query<PlanRow>(sold, [after?.is_addon ?? null, after?.plan_code ?? null, take]),
  list: (tx: Queries, after: PlanPosition | null, take: number): Promise<PlatformPlanRow[]> =>
    tx.query<PlatformPlanRow>(list, [after?.is_addon ?? null, after?.plan_code ?? null, take, null]),
  async find(tx: Queries, plan_code: string): Promise<PlatformPlanRow | null> {
    return (await tx.query<PlatformPlanRow>(list, [null, null, 1, plan_code]))[0] ?? null;
  },
  async lock(tx: Tx, plan_code: string): Promise<boolean> {
    return (await tx.query(lock, [plan_code])).length > 0;
  },
  /** @returns false when the code is taken */
  async insert(tx: Tx, plan: PlanRow): Promise<boolean> {
    if ((await tx.query(insert, valuesOf(plan))).length === 0) return false;
    await tx.query(insertPrices, [plan.plan_code, JSON.stringify(plan.prices)]);
    return true;
  },
  async update(tx: Tx, plan: PlanRow): Promise<void> {
    await tx.query(update, valuesOf(plan));
  },
  async setPrices(tx: Tx, plan_code: string, prices: readonly PriceRow[]): Promise<void> {
    await tx.query(removePrices, [plan_code]);
    await tx.query(insertPrices, [plan_code, JSON.stringify(prices)]);
  },
  /** Every tenant that has, or had, the plan in a subscription; ascending. */
  async tenantsOf(tx: Queries, plan_code: string, after: string | null, take: number): Promise<string[]> {
    return (await tx.query<{ tenant_id: string }>(tenantsOf, [plan_code, after, take])).map((row) => row.tenant_id);
  },
};
