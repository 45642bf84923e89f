import { Injectable } from '@nestjs/common';
import { invalid } from '#contracts/errors.js';
import { idOf, type TenantId } from '#contracts/ids.js';
import { Clock, newId } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope, type Tx } from '#platform/db/index.js';
import { AuditService, statedReason } from '../audit/index.js';
import { Tenants } from '../tenants/index.js';
import { entitlementRows } from './entitlements.repository.js';
import type { Entitlement } from './materialise.js';
import { Materialiser } from './materialiser.js';
import { overridesChange, overrideTexts, type GivenOverrides } from './overrides-change.js';
import { overrideRows, type OverrideRow } from './overrides.repository.js';
import { Subscriptions, type StaffSubscription } from './subscriptions.service.js';
import type { SubscriptionOut } from './subscriptions.dto.js';

export interface StaffChange extends GivenOverrides {
  readonly subscription?: StaffSubscription;
  readonly reason?: string;
}
export interface StaffView {
  readonly tenant_id: string;
  readonly entitlement: Entitlement | null;
  readonly used: ReadonlyMap<string, number>;
  readonly overrides: readonly OverrideRow[];
  readonly subscription: SubscriptionOut | null;
}

/** What platform staff see and change of a tenant's plan. Every change has a reason, which the tenant can read in its own log. */
@Injectable()
export class StaffEntitlements {
  constructor(
    private readonly db: PlatformDb,
    private readonly tenants: Tenants,
    private readonly materialiser: Materialiser,
    private readonly subscriptions: Subscriptions,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem not_found */
  get(scope: PlatformScope, tenant_id: string): Promise<StaffView> {
    return this.db.inTenant(scope, idOf<TenantId>(tenant_id), async (tx) => {
      await this.tenants.find(tx, tenant_id);
      return this.view(tx, tenant_id);
    });
  }

  /** @throws Problem reason_required, not_found, unknown_module, unknown_plan, invalid_transition */
  async set(scope: PlatformScope, tenant_id: string, change: StaffChange): Promise<StaffView> {
    const reason = statedReason(change.reason);
    if (!change.overrides && !change.limits && !change.subscription)
      throw invalid([{ field: '', code: 'nothing', message: 'Say what to change: overrides, limits or subscription.' }]);
    return this.db.inTenant(scope, idOf<TenantId>(tenant_id), async (tx) => {
      await this.materialiser.hold(tx);
      const before = await this.view(tx, tenant_id);
      const { removed, added } = overridesChange(before.overrides, change, this.clock.now());
      await overrideRows.remove(tx, tenant_id, removed.map(({ override_id }) => override_id)); // prettier-ignore
      await overrideRows.insert(tx, tenant_id, added.map((one) => ({ ...one, override_id: newId(), reason, set_by: scope.actor.id }))); // prettier-ignore
      if (change.subscription) await this.subscriptions.sayByStaff(tx, change.subscription);
      await this.materialiser.write(tx);
      const after = await this.view(tx, tenant_id);
      await this.audit.recordStaffAct(tx, 'entitlement.overridden', {
        targets: [{ type: 'entitlement', id: tenant_id }],
        changes: [
          { field: 'overrides', from: overrideTexts(before.overrides), to: overrideTexts(after.overrides) },
          { field: 'subscription', from: wordsOf(before.subscription), to: wordsOf(after.subscription) },
        ].filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to)),
        reason,
      });
      return after;
    });
  }

  private async view(tx: Tx, tenant_id: string): Promise<StaffView> {
    return {
      tenant_id,
      entitlement: await this.materialiser.preview(tx),
      used: await entitlementRows.usage(tx, tenant_id),
      overrides: await overrideRows.list(tx, tenant_id),
      subscription: await this.subscriptions.find(tx),
    };
  }
}

const wordsOf = (subscription: SubscriptionOut | null): string | null =>
  subscription && `${subscription.plan_code}: ${subscription.status}`;
