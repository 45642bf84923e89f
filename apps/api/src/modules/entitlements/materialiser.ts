import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { idOf, type TenantId } from '#contracts/ids.js';
import { LIMIT_CODES } from '#contracts/modules.js';
import { Clock } from '#platform/crypto/index.js';
import { PlatformDb, type Tx } from '#platform/db/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { RightsFeed } from '#platform/stream/index.js';
import { AuditService, type AuditChange } from '../audit/index.js';
import { Tenants } from '../tenants/index.js';
import { BillingPort } from './billing-port.js';
import { clockScope } from './billing-scope.js';
import { entitlementRows, sameEntitlement, type EntitlementRow } from './entitlements.repository.js';
import { materialise, type Entitlement, type Facts } from './materialise.js';
import { overrideRows } from './overrides.repository.js';
import { planRows, type PlanRow } from './plans.repository.js';
import { settled } from './subscription-clock.js';
import { subscriptionRows, type SubscriptionRow } from './subscriptions.repository.js';

/**
 * Keeps `entitlements` equal to what plan, items, overrides and clock come to. Every change of one of them ends with `write` in its own
 * transaction; what only time changes is found by a schedule at `valid_until`, or by the first request after it (`catchUp`).
 */
@Injectable()
export class Materialiser {
  private readonly underWay = new Map<string, Promise<void>>();

  constructor(
    private readonly platform: PlatformDb,
    private readonly tenants: Tenants,
    private readonly billing: BillingPort,
    private readonly audit: AuditService,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly feed: RightsFeed,
  ) {}

  /**
   * Takes the lock under which plan, items and overrides of one tenant change, and brings everything up to the clock. First in a
   * transaction: two that read before they wait would write over each other. The lock is that of the tenant's row, which leads the order
   * of locks (specs/tenancy.md §2.5). @throws Problem not_found, for a tenant that is gone too
   */
  async hold(tx: Tx): Promise<void> {
    const { status } = await this.tenants.locked(tx, tenantOf(tx));
    if (status === 'purging' || status === 'deleted') throw fail('not_found');
    await this.write(tx);
  }

  /** Under `hold`: computes anew and writes what is different, with its audit row and its event. */
  async write(tx: Tx): Promise<Entitlement | null> {
    const { before, after } = await this.persist(tx);
    const changes = changesOf(before, after);
    if (changes.length === 0) return after; // a period that went on is nothing to tell
    const tenant_id = tenantOf(tx);
    await this.audit.record(tx, 'entitlement.updated', { targets: [{ type: 'entitlement', id: tenant_id }], changes });
    const data = { plan_code: after?.plan_code ?? 'none', status: after?.status ?? 'none' };
    await this.outbox.emit(tx, { type: 'entitlement.updated', subject_id: tenant_id, data });
    this.feed.changed(tx, tenant_id);
    return after;
  }

  /** `write` without a word: a tenant that is being made has nobody to tell. */
  async persist(tx: Tx): Promise<{ readonly before: EntitlementRow | null; readonly after: Entitlement | null }> {
    const tenant_id = tenantOf(tx);
    const { renews } = this.billing;
    const now = this.clock.now();
    const facts = await this.facts(tx);
    const current = facts.subscription && settled(facts.subscription, now, renews);
    if (current && current !== facts.subscription) await subscriptionRows.update(tx, tenant_id, current);
    const before = await entitlementRows.read(tx, tenant_id);
    const after = materialise(facts, now, renews);
    if (!sameEntitlement(before, after))
      await (after ? entitlementRows.write(tx, tenant_id, after) : entitlementRows.remove(tx, tenant_id));
    if (after) await entitlementRows.counters(tx, tenant_id, LIMIT_CODES);
    return { before, after };
  }

  /** What the tenant would have now; nothing is written. */
  async preview(tx: Pick<Tx, 'query' | 'tenant_id'>): Promise<Entitlement | null> {
    return materialise(await this.facts(tx), this.clock.now(), this.billing.renews);
  }

  /**
   * `valid_until` has passed and this request is the first to see it: the change is made now, not when a job comes by. Parallel requests
   * of one process wait for the same run; those of others find it done.
   */
  catchUp(tenant_id: string): Promise<void> {
    const known = this.underWay.get(tenant_id);
    if (known) return known;
    const run = this.platform
      .inTenant(clockScope(), idOf<TenantId>(tenant_id), (tx) => this.hold(tx))
      .finally(() => this.underWay.delete(tenant_id));
    this.underWay.set(tenant_id, run);
    return run;
  }

  private async facts(tx: Pick<Tx, 'query' | 'tenant_id'>): Promise<Facts & { readonly subscription: SubscriptionRow | null }> {
    const tenant_id = tenantOf(tx);
    const subscription = await subscriptionRows.current(tx, tenant_id);
    const items = subscription ? await subscriptionRows.items(tx, tenant_id, subscription.subscription_id) : [];
    const plans = subscription
      ? await planRows.byCodes(tx, [subscription.plan_code, ...items.map(({ plan_code }) => plan_code)])
      : new Map<string, PlanRow>();
    const overrides = await overrideRows.list(tx, tenant_id);
    const add_ons = items.flatMap(({ plan_code, is_addon, quantity }) => {
      const plan = plans.get(plan_code);
      return is_addon && plan ? [{ plan, quantity }] : [];
    });
    return { subscription, plan: (subscription && plans.get(subscription.plan_code)) ?? null, add_ons, overrides };
  }
}

const TOLD = ['plan_code', 'status', 'modules', 'limits', 'source'] as const;

function changesOf(before: EntitlementRow | null, after: Entitlement | null): AuditChange[] {
  return TOLD.flatMap((field) => {
    const [from, to] = [before?.[field] ?? null, after?.[field] ?? null];
    return comparable(from) === comparable(to) ? [] : [{ field, from, to }];
  });
}
/** jsonb comes back in an order of keys of its own. */
const comparable = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

export function tenantOf(tx: Pick<Tx, 'tenant_id'>): string {
  if (tx.tenant_id === null) throw new Error('entitlements belong to a tenant: use PlatformDb.inTenant');
  return tx.tenant_id;
}
