import type { BillingInterval } from '#contracts/modules.js';
import { sql, type Tx } from '#platform/db/index.js';
import type { SubscriptionStatus, SubscriptionTerms } from './subscription-clock.js';

export interface SubscriptionRow extends SubscriptionTerms {
  readonly subscription_id: string;
  readonly plan_code: string;
  readonly status: SubscriptionStatus;
  readonly interval: BillingInterval;
  readonly currency: string;
  readonly provider: string;
  readonly provider_ref: string | null;
  readonly created_at: Date;
}
export type NewSubscription = Omit<SubscriptionRow, 'created_at'>;

export interface ItemRow {
  readonly subscription_item_id: string;
  readonly plan_code: string;
  readonly name: string;
  readonly is_addon: boolean;
  readonly quantity: number;
  /** Minor units, as it was when it was bought. */
  readonly unit_amount: string;
  readonly currency: string;
}
export interface ItemValues {
  readonly subscription_item_id: string;
  readonly plan_code: string;
  readonly quantity: number;
  readonly unit_amount: number;
}

const current = sql`
  select subscription_id, plan_code, status, interval, currency, current_period_start, current_period_end, trial_ends_at, past_due_since, cancel_at_period_end,
         provider, provider_ref, created_at
    from subscriptions where tenant_id = $1
   order by status in ('trialing', 'active', 'past_due') desc, created_at desc, subscription_id desc limit 1`;
const insert = sql`
  insert into subscriptions (tenant_id, subscription_id, plan_code, status, interval, currency, current_period_start, current_period_end, trial_ends_at, past_due_since,
                             cancel_at_period_end, provider, provider_ref)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`;
const update = sql`
  update subscriptions
     set plan_code = $3, status = $4, interval = $5, currency = $6, current_period_start = $7, current_period_end = $8, trial_ends_at = $9, past_due_since = $10,
         cancel_at_period_end = $11, provider = $12, provider_ref = $13
   where tenant_id = $1 and subscription_id = $2`;
const items = sql`
  select i.subscription_item_id, i.plan_code, p.name, p.is_addon, i.quantity, i.unit_amount, i.currency
    from subscription_items i join plans p on p.plan_code = i.plan_code
   where i.tenant_id = $1 and i.subscription_id = $2
   order by p.is_addon, i.plan_code`;
const removeItems = sql`
  delete from subscription_items where tenant_id = $1 and subscription_id = $2 and not (plan_code = any ($3))`;
const saveItems = sql`
  insert into subscription_items (tenant_id, subscription_item_id, subscription_id, plan_code, quantity, unit_amount, currency)
  select $1, x.subscription_item_id, $2, x.plan_code, x.quantity, x.unit_amount, $4
    from jsonb_to_recordset($3::jsonb) as x (subscription_item_id uuid, plan_code text, quantity int, unit_amount bigint)
  on conflict (tenant_id, subscription_id, plan_code) do update
    set quantity = excluded.quantity, unit_amount = excluded.unit_amount, currency = excluded.currency`;
const deleteItems = sql`delete from subscription_items where tenant_id = $1`;
const deleteSubscriptions = sql`delete from subscriptions where tenant_id = $1`;

type Queries = Pick<Tx, 'query'>;
const valuesOf = (tenant_id: string, s: NewSubscription) => [
  tenant_id, s.subscription_id, s.plan_code, s.status, s.interval, s.currency, s.current_period_start, s.current_period_end, s.trial_ends_at, s.past_due_since,
  s.cancel_at_period_end, s.provider, s.provider_ref,
]; // prettier-ignore

/** The only SQL of subscriptions. Reading also runs as the app role; writing is the platform's. */
export const subscriptionRows = {
  /** The live one, else the last. */
  async current(tx: Queries, tenant_id: string): Promise<SubscriptionRow | null> {
    return (await tx.query<SubscriptionRow>(current, [tenant_id]))[0] ?? null;
  },
  items: (tx: Queries, tenant_id: string, subscription_id: string): Promise<ItemRow[]> =>
    tx.query<ItemRow>(items, [tenant_id, subscription_id]),
  async insert(tx: Tx, tenant_id: string, subscription: NewSubscription): Promise<void> {
    await tx.query(insert, valuesOf(tenant_id, subscription));
  },
  async update(tx: Tx, tenant_id: string, subscription: NewSubscription): Promise<void> {
    await tx.query(update, valuesOf(tenant_id, subscription));
  },
  /** The items are these and no others. */
  async setItems(tx: Tx, tenant_id: string, { subscription_id, currency }: NewSubscription, wanted: readonly ItemValues[]): Promise<void> {
    await tx.query(removeItems, [tenant_id, subscription_id, wanted.map(({ plan_code }) => plan_code)]);
    await tx.query(saveItems, [tenant_id, subscription_id, JSON.stringify(wanted), currency]);
  },
  async removeAll(tx: Tx, tenant_id: string): Promise<void> {
    await tx.query(deleteItems, [tenant_id]);
    await tx.query(deleteSubscriptions, [tenant_id]);
  },
};
