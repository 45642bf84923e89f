import { Injectable } from '@nestjs/common';
import { fail, invalid } from '#contracts/errors.js';
import type { BillingInterval } from '#contracts/modules.js';
import { Clock, newId } from '#platform/crypto/index.js';
import { PlatformDb, TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';
import { AuditService, type AuditChange } from '../audit/index.js';
import { Tenants } from '../tenants/index.js';
import { BillingPort, type BillingOrder } from './billing-port.js';
import { billingScope } from './billing-scope.js';
import { Materialiser, tenantOf } from './materialiser.js';
import { planRows } from './plans.repository.js';
import { bought, said, TERMS, trialUntil, type BillingWord } from './subscription-change.js';
import { isLive, periodEnd, settled } from './subscription-clock.js';
import { lineTexts, orderOf, type OrderInput, type OrderLine, type WantedItem } from './subscription-order.js';
import { subscriptionOut } from './subscription-out.js';
import type { SubscriptionIn, SubscriptionOut, SubscriptionPatch } from './subscriptions.dto.js';
import { subscriptionRows, type ItemRow, type NewSubscription, type SubscriptionRow } from './subscriptions.repository.js';

/** What staff may say of a subscription. */
export interface StaffSubscription {
  /** Another base plan, or that of a new subscription. */
  readonly plan_code?: string;
  /** Of a new subscription. */
  readonly interval?: BillingInterval;
  readonly currency?: string;
  readonly status?: BillingWord;
  readonly trial_ends_at?: Date;
}
/** A subscription and its items, before a change. */
interface Bought {
  readonly row: SubscriptionRow;
  readonly items: readonly ItemRow[];
}

/** Buying, changing and leaving. Every change is made under the tenant's lock, together with what follows from it. */
@Injectable()
export class Subscriptions {
  constructor(
    private readonly db: TenantDb,
    private readonly platform: PlatformDb,
    private readonly materialiser: Materialiser,
    private readonly billing: BillingPort,
    private readonly tenants: Tenants,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** The live one, else the last; as the clock has it, whether or not a job has written that down. @throws Problem not_found */
  async get(scope: TenantScope): Promise<SubscriptionOut> {
    return this.db.run(scope, (tx) => this.out(tx));
  }

  /** @throws Problem base_plan_required, unknown_plan, subscription_exists */
  async create(scope: TenantScope, input: SubscriptionIn): Promise<SubscriptionOut> {
    if (input.plan_code === undefined) throw fail('base_plan_required');
    const currency = input.currency ?? (await this.currencyOf(scope));
    const terms = { plan_code: input.plan_code, items: input.items ?? [], currency, interval: input.interval ?? 'month' } as const;
    // Before the transaction: a provider is asked over the network. It books nothing that a refusal below would have to take back.
    const begun = await this.billing.begin(orderFor(scope.tenant_id, terms, terms.plan_code));
    return this.platform.inTenant(billingScope(scope), scope.tenant_id, async (tx) => {
      await this.materialiser.hold(tx);
      const current = await subscriptionRows.current(tx, scope.tenant_id);
      if (current && isLive(current.status)) throw fail('subscription_exists');
      await this.open(tx, { ...terms, ...begun, by: 'tenant' });
      await this.materialiser.write(tx);
      return this.out(tx);
    });
  }

  /** @throws Problem not_found, base_plan_required, unknown_plan, invalid_transition */
  async update(scope: TenantScope, patch: SubscriptionPatch): Promise<SubscriptionOut> {
    return this.platform.inTenant(billingScope(scope), scope.tenant_id, async (tx) => {
      await this.materialiser.hold(tx);
      const before = await this.held(tx);
      if (!isLive(before.row.status)) throw fail('invalid_transition', { from: before.row.status, to: 'active' });
      const buys = patch.plan_code !== undefined || patch.items !== undefined;
      const terms = buys ? { ...bought(before.row, this.clock.now()), plan_code: patch.plan_code ?? before.row.plan_code } : before.row;
      const lines = buys ? await this.lines(tx, before, { plan_code: terms.plan_code, items: patch.items, by: 'tenant' }) : null;
      await this.save(tx, before, { ...terms, cancel_at_period_end: patch.cancel_at_period_end ?? terms.cancel_at_period_end }, lines);
      await this.materialiser.write(tx);
      return this.out(tx);
    });
  }

  /** Under `hold`, in the transaction of a member of the staff who then calls `write`. @throws Problem unknown_plan, invalid_transition */
  async sayByStaff(tx: Tx, change: StaffSubscription): Promise<void> {
    const now = this.clock.now();
    const row = await subscriptionRows.current(tx, tenantOf(tx));
    if (change.trial_ends_at && change.trial_ends_at <= now)
      throw invalid([{ field: '/subscription/trial_ends_at', code: 'past', message: 'Give a moment that is still to come.' }]);
    const isOver = !row || (!isLive(row.status) && !change.trial_ends_at);
    if (isOver) return this.openByStaff(tx, row, change);
    for (const name of ['interval', 'currency'] as const)
      if (change[name] !== undefined && change[name] !== row[name])
        throw invalid([{ field: `/subscription/${name}`, code: 'fixed', message: 'Of a live subscription this stays as it is.' }]);
    const before = { row, items: await subscriptionRows.items(tx, tenantOf(tx), row.subscription_id) };
    let terms = change.trial_ends_at ? trialUntil(row, change.trial_ends_at) : row;
    if (change.status) terms = said(terms, this.word(change.status), now);
    if (change.plan_code !== undefined) terms = { ...terms, plan_code: change.plan_code };
    const lines =
      change.plan_code === undefined ? null : await this.lines(tx, before, { plan_code: change.plan_code, items: undefined, by: 'staff' });
    await this.save(tx, before, terms, lines);
  }

  async out(tx: Pick<Tx, 'query' | 'tenant_id'>): Promise<SubscriptionOut> {
    const found = await this.find(tx);
    if (!found) throw fail('not_found');
    return found;
  }

  async find(tx: Pick<Tx, 'query' | 'tenant_id'>): Promise<SubscriptionOut | null> {
    const row = await subscriptionRows.current(tx, tenantOf(tx));
    if (!row) return null;
    const items = await subscriptionRows.items(tx, tenantOf(tx), row.subscription_id);
    return subscriptionOut(settled(row, this.clock.now(), this.billing.renews), items);
  }

  private async held(tx: Tx): Promise<Bought> {
    const row = await subscriptionRows.current(tx, tenantOf(tx));
    if (!row) throw fail('not_found');
    return { row, items: await subscriptionRows.items(tx, tenantOf(tx), row.subscription_id) };
  }

  private async openByStaff(
    tx: Tx,
    last: SubscriptionRow | null,
    { plan_code, interval = 'month', currency, status = 'active' }: StaffSubscription,
  ): Promise<void> {
    if (plan_code === undefined || status === 'cancelled') throw fail('invalid_transition', { from: last?.status ?? 'none', to: status });
    const terms = { plan_code, items: [], interval, currency: currency ?? (await this.tenants.find(tx, tenantOf(tx))).currency };
    await this.open(tx, { ...terms, status, provider_ref: null, by: 'staff' });
  }

  /** A provider's word for a state, as ours. */
  private word(status: BillingWord): BillingWord {
    const word = this.billing.states[status];
    if (word !== 'active' && word !== 'past_due' && word !== 'cancelled') throw fail('invalid_transition', { to: status });
    return word;
  }

  private async open(
    tx: Tx,
    order: {
      plan_code: string;
      items: readonly WantedItem[];
      currency: string;
      interval: BillingInterval;
      status: 'active' | 'past_due';
      provider_ref: string | null;
      by: OrderInput['by'];
    },
  ): Promise<void> {
    const { plan_code, items, currency, interval, status, provider_ref, by } = order;
    const lines = await this.order(tx, { plan_code, items, currency, interval, kept: new Map(), by });
    const now = this.clock.now();
    const subscription: NewSubscription = {
      subscription_id: newId(), plan_code, status, interval, currency, current_period_start: now, current_period_end: periodEnd(now, interval), trial_ends_at: null,
      past_due_since: status === 'past_due' ? now : null, cancel_at_period_end: false, provider: this.billing.provider, provider_ref,
    }; // prettier-ignore
    await subscriptionRows.insert(tx, tenantOf(tx), subscription);
    await subscriptionRows.setItems(tx, tenantOf(tx), subscription, lines.map((line) => ({ subscription_item_id: newId(), ...line }))); // prettier-ignore
    await this.audit.record(tx, 'subscription.created', {
      targets: [{ type: 'subscription', id: subscription.subscription_id, label: plan_code }],
      changes: [
        { field: 'plan_code', to: plan_code }, { field: 'status', to: status }, { field: 'items', to: lineTexts(lines) },
        { field: 'interval', to: interval }, { field: 'currency', to: currency },
      ],
    }); // prettier-ignore
  }

  /** Items that are not named stay. What was paid for keeps its price; a trial was not paid for. */
  private lines(
    tx: Tx,
    { row, items }: Bought,
    change: { plan_code: string; items: readonly WantedItem[] | undefined; by: OrderInput['by'] },
  ): Promise<OrderLine[]> {
    const kept = new Map(row.status === 'trialing' ? [] : items.map((item) => [item.plan_code, Number(item.unit_amount)] as const));
    const add_ons = change.items ?? items.filter(({ is_addon }) => is_addon);
    return this.order(tx, { ...change, items: add_ons, currency: row.currency, interval: row.interval, kept });
  }

  private async order(tx: Tx, input: OrderInput): Promise<OrderLine[]> {
    const codes = [...(input.plan_code === undefined ? [] : [input.plan_code]), ...input.items.map(({ plan_code }) => plan_code)];
    return orderOf(input, await planRows.byCodes(tx, codes));
  }

  /** Writes what is different; nothing is, nothing is written and nothing is told. */
  private async save(tx: Tx, before: Bought, after: SubscriptionRow, lines: readonly OrderLine[] | null): Promise<void> {
    const changes = changesOf(before, after, lines);
    if (changes.length === 0) return;
    const { subscription_id, plan_code } = after;
    await subscriptionRows.update(tx, tenantOf(tx), after);
    if (lines) await subscriptionRows.setItems(tx, tenantOf(tx), after, lines.map((line) => ({ subscription_item_id: newId(), ...line }))); // prettier-ignore
    await this.audit.record(tx, 'subscription.updated', {
      targets: [{ type: 'subscription', id: subscription_id, label: plan_code }],
      changes,
    });
  }

  private async currencyOf(scope: TenantScope): Promise<string> {
    return (await this.tenants.find({ query: (sql, params) => this.db.query(scope, sql, params) }, scope.tenant_id)).currency;
  }
}

const orderFor = (tenant_id: string, terms: Pick<BillingOrder, 'interval' | 'currency' | 'items'>, plan_code: string): BillingOrder => ({
  tenant_id,
  interval: terms.interval,
  currency: terms.currency,
  items: [{ plan_code, quantity: 1 }, ...terms.items],
});

function changesOf(before: Bought, after: SubscriptionRow, lines: readonly OrderLine[] | null): AuditChange[] {
  const terms = TERMS.flatMap((field): AuditChange[] =>
    String(before.row[field]) === String(after[field]) ? [] : [{ field, from: before.row[field], to: after[field] }],
  );
  const [from, to] = [lineTexts(before.items), lines && lineTexts(lines)];
  return to && to.join() !== from.join() ? [...terms, { field: 'items', from, to }] : terms;
}
