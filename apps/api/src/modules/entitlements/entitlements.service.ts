import { Injectable } from '@nestjs/common';
import { fail, type Problem } from '#contracts/errors.js';
import type { LimitCode } from '#contracts/modules.js';
import type { AuthzContext } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { Clock, newId } from '#platform/crypto/index.js';
import { TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';
import { BillingPort } from './billing-port.js';
import { entitlementAnswer, rightsBehind } from './entitlement-answer.js';
import { effectiveStatus, inactiveReason, type EntitlementStatus } from './entitlement-state.js';
import type { EntitlementsOut } from './entitlements.dto.js';
import { entitlementRows, type LimitRow } from './entitlements.repository.js';
import { Materialiser, tenantOf } from './materialiser.js';
import { planRows, type PlanRow } from './plans.repository.js';
import { isLive, periodEnd } from './subscription-clock.js';
import { subscriptionRows } from './subscriptions.repository.js';

const DAY_MS = 86_400_000;

/** What other modules ask of a tenant's plan: is there room, and take it. */
@Injectable()
export class Entitlements {
  constructor(
    private readonly db: TenantDb,
    private readonly materialiser: Materialiser,
    private readonly billing: BillingPort,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /**
   * Counts `n` against a limit, in the transaction of the thing that is counted. Whatever the caller's rights are: nothing new fits into a
   * plan that has ended. @throws Problem limit_reached { limit, used, max }, entitlement_inactive { plan_status, reason }
   */
  async take(tx: Tx, code: LimitCode, n = 1): Promise<void> {
    const tenant_id = tenantOf(tx);
    if (await entitlementRows.take(tx, tenant_id, code, n, this.clock.now())) return;
    const row = await entitlementRows.limit(tx, tenant_id, code);
    throw this.closed(row) ?? fail('limit_reached', { limit: code, used: row.used, max: row.max });
  }

  /** The reverse, when the thing is gone. */
  async give(tx: Tx, code: LimitCode, n = 1): Promise<void> {
    await entitlementRows.give(tx, tenantOf(tx), code, n);
  }

  /**
   * Would `n` more fit, beside `reserved` that are promised and not taken? For what is counted later (an open invitation): whoever takes
   * it decides. @throws Problem limit_reached, entitlement_inactive
   */
  async mustHaveRoom(tx: Tx, code: LimitCode, { n = 1, reserved = 0 }: { n?: number; reserved?: number } = {}): Promise<void> {
    const row = await entitlementRows.limit(tx, tenantOf(tx), code);
    const closed = this.closed(row);
    if (closed) throw closed;
    if (row.max !== null && row.used + reserved + n > row.max) throw fail('limit_reached', { limit: code, used: row.used, max: row.max });
  }

  /** Starts the subscription of a new tenant: a trial where the plan has one and none was bought. Repeats change nothing. */
  async start(
    tx: Tx,
    input: { plan_code: string; trial: boolean; currency: string },
  ): Promise<{ plan_code: string; status: EntitlementStatus }> {
    const tenant_id = tenantOf(tx);
    const plan = await this.basePlan(tx, input.plan_code);
    const current = await subscriptionRows.current(tx, tenant_id);
    if (!current || !isLive(current.status)) await this.open(tx, plan, input);
    const { after } = await this.materialiser.persist(tx);
    return { plan_code: plan.plan_code, status: after?.status ?? 'none' };
  }

  /** @throws Problem unknown_plan */
  async mustHavePlan(tx: Tx, plan_code: string): Promise<void> {
    await this.basePlan(tx, plan_code);
  }

  /** Undoes `start` for a tenant that could not be made. */
  async removeAll(tx: Tx): Promise<void> {
    await entitlementRows.removeAll(tx, tenantOf(tx));
    await subscriptionRows.removeAll(tx, tenantOf(tx));
  }

  /** `GET /me/entitlements`: what the guard of this very request has judged by, and what is used. */
  async mine(scope: TenantScope, authz: AuthzContext): Promise<EntitlementsOut> {
    return this.db.run(scope, async (tx) =>
      entitlementAnswer(
        rightsBehind(authz),
        await entitlementRows.read(tx, scope.tenant_id),
        await entitlementRows.usage(tx, scope.tenant_id),
      ),
    );
  }

  private closed({ plan }: LimitRow): Problem | null {
    const now = this.clock.now();
    const reason = inactiveReason(plan, now);
    return reason && fail('entitlement_inactive', { plan_status: effectiveStatus(plan, now), reason });
  }

  private async basePlan(tx: Tx, plan_code: string): Promise<PlanRow> {
    const plan = (await planRows.byCodes(tx, [plan_code])).get(plan_code);
    if (!plan?.is_active || plan.is_addon) throw fail('unknown_plan');
    return plan;
  }

  private async open(tx: Tx, plan: PlanRow, { trial, currency }: { trial: boolean; currency: string }): Promise<void> {
    const now = this.clock.now();
    const days = trial ? Math.min(plan.trial_days, this.config.trial_days || plan.trial_days) : 0;
    const trial_ends_at = days > 0 ? new Date(now.getTime() + days * DAY_MS) : null;
    const subscription = {
      subscription_id: newId(), plan_code: plan.plan_code, status: trial_ends_at ? 'trialing' : 'active', interval: 'month', currency, current_period_start: now,
      current_period_end: trial_ends_at ?? periodEnd(now, 'month'), trial_ends_at, past_due_since: null, cancel_at_period_end: false, provider: this.billing.provider, provider_ref: null,
    } as const; // prettier-ignore
    const unit_amount = plan.prices.find((price) => price.currency === currency && price.interval === 'month')?.amount ?? 0;
    await subscriptionRows.insert(tx, tenantOf(tx), subscription);
    await subscriptionRows.setItems(tx, tenantOf(tx), subscription, [
      { subscription_item_id: newId(), plan_code: plan.plan_code, quantity: 1, unit_amount },
    ]);
  }
}
