import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { LIMIT_CODES, type LimitCode } from '#contracts/modules.js';
import { Config } from '#platform/config/index.js';
import { Clock, newId } from '#platform/crypto/index.js';
import { TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';
import type { AuthzContext } from '#platform/auth/index.js';
import { effectiveStatus, entitlementOf, type EntitlementStatus } from './entitlement-state.js';
import { entitlementRows } from './entitlements.repository.js';
import type { EntitlementsOut } from './entitlements.dto.js';

const DAY_MS = 86_400_000;
const PERIOD_DAYS = 30;

@Injectable()
export class Entitlements {
  constructor(
    private readonly db: TenantDb,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** Counts `n` against a limit, in the transaction of the thing that is counted. @throws Problem limit_reached { limit, used, max } */
  async take(tx: Tx, code: LimitCode, n = 1): Promise<void> {
    const tenant_id = tenantOf(tx);
    if (await entitlementRows.take(tx, tenant_id, code, n)) return;
    const { used, max } = await entitlementRows.limit(tx, tenant_id, code);
    throw fail('limit_reached', { limit: code, used, max });
  }

  /** The reverse, when the thing is gone. */
  async give(tx: Tx, code: LimitCode, n = 1): Promise<void> {
    await entitlementRows.give(tx, tenantOf(tx), code, n);
  }

  /** What is used of a limit, and the limit (null: none). */
  limit(tx: Tx, code: LimitCode): Promise<{ used: number; max: number | null }> {
    return entitlementRows.limit(tx, tenantOf(tx), code);
  }

  /** Starts the subscription of a new tenant: a trial where the plan has one and none was bought. Repeats change nothing. */
  async start(
    tx: Tx,
    input: { plan_code: string; trial: boolean; currency: string },
  ): Promise<{ plan_code: string; status: EntitlementStatus }> {
    const tenant_id = tenantOf(tx);
    const plan = await entitlementRows.plan(tx, input.plan_code);
    if (!plan) throw fail('unknown_plan');
    const now = this.clock.now();
    const trialing = input.trial && plan.trial_days > 0;
    const days = trialing ? Math.min(plan.trial_days, this.config.trial_days || plan.trial_days) : PERIOD_DAYS;
    const to = new Date(now.getTime() + days * DAY_MS);
    const terms = {
      plan_code: plan.plan_code,
      status: trialing ? 'trialing' : 'active',
      current_period_end: to,
      trial_ends_at: trialing ? to : null,
    } as const;
    await entitlementRows.subscribe(tx, tenant_id, {
      subscription_id: newId(), item_id: newId(), plan_code: plan.plan_code, status: terms.status, currency: input.currency, from: now, to, trial_ends_at: terms.trial_ends_at,
    }); // prettier-ignore
    const entitlement = entitlementOf(terms, plan);
    // A plan that is not sold by period has no clock that would end it.
    await entitlementRows.write(tx, tenant_id, trialing ? entitlement : { ...entitlement, valid_until: new Date('9999-12-31T00:00:00Z') });
    await entitlementRows.counters(tx, tenant_id, LIMIT_CODES);
    return { plan_code: plan.plan_code, status: entitlement.status };
  }

  /** @throws Problem unknown_plan */
  async mustHavePlan(tx: Tx, plan_code: string): Promise<void> {
    if (!(await entitlementRows.plan(tx, plan_code))) throw fail('unknown_plan');
  }

  /** Undoes `start` for a tenant that could not be made. */
  async removeAll(tx: Tx): Promise<void> {
    await entitlementRows.removeAll(tx, tenantOf(tx));
  }

  /** `GET /me/entitlements`. No row: status `none` and nothing. */
  async mine(scope: TenantScope, authz: AuthzContext): Promise<EntitlementsOut> {
    return this.db.run(scope, async (tx) => {
      const row = await entitlementRows.read(tx, scope.tenant_id);
      const used = await entitlementRows.usage(tx, scope.tenant_id);
      const status = effectiveStatus(row, this.clock.now());
      return {
        plan_code: row?.plan_code ?? null,
        status,
        period_end: row?.period_end?.toISOString() ?? null,
        trial_ends_at: row?.trial_ends_at?.toISOString() ?? null,
        source: row?.source ?? null,
        modules: row ? [...row.modules] : [],
        features: [],
        limits: row ? LIMIT_CODES.map((code) => ({ code, max: row.limits[code] ?? null, used: used.get(code) ?? 0 })) : [],
        permissions: [...authz.effective.keys()].sort(),
      };
    });
  }
}

function tenantOf(tx: Tx): string {
  if (tx.tenant_id === null) throw new Error('limits belong to a tenant: use PlatformDb.inTenant');
  return tx.tenant_id;
}
