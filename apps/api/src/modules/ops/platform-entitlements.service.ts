import { Injectable } from '@nestjs/common';
import { LIMIT_CODES } from '#contracts/modules.js';
import type { PlatformScope } from '#platform/db/index.js';
import { StaffEntitlements, type StaffView } from '../entitlements/index.js';
import type { OverrideIn, StaffEntitlementsIn, StaffEntitlementsOut } from './platform-entitlements.dto.js';

/** What a tenant has, as staff see and change it. */
@Injectable()
export class PlatformEntitlements {
  constructor(private readonly entitlements: StaffEntitlements) {}

  async get(scope: PlatformScope, tenant_id: string): Promise<StaffEntitlementsOut> {
    return viewOut(await this.entitlements.get(scope, tenant_id));
  }

  async set(
    scope: PlatformScope,
    tenant_id: string,
    { overrides, limits, subscription, reason }: StaffEntitlementsIn,
  ): Promise<StaffEntitlementsOut> {
    const { trial_ends_at, ...said } = subscription ?? {};
    const change = {
      ...(overrides ? { overrides: overrides.map(overrideOf) } : {}),
      ...(limits ? { limits } : {}),
      ...(subscription ? { subscription: { ...said, ...(trial_ends_at ? { trial_ends_at: new Date(trial_ends_at) } : {}) } } : {}),
      ...(reason === undefined ? {} : { reason }),
    };
    return viewOut(await this.entitlements.set(scope, tenant_id, change));
  }
}

const overrideOf = ({ expires_at, ...override }: OverrideIn) => ({ ...override, expires_at: expires_at ? new Date(expires_at) : null });

const text = (at: Date | null | undefined): string | null => at?.toISOString() ?? null;

function viewOut({ tenant_id, entitlement, used, overrides, subscription }: StaffView): StaffEntitlementsOut {
  return {
    tenant_id,
    plan_code: entitlement?.plan_code ?? null,
    status: entitlement?.status ?? 'none',
    period_end: text(entitlement?.period_end),
    trial_ends_at: text(entitlement?.trial_ends_at),
    grace_until: text(entitlement?.grace_until),
    valid_until: text(entitlement?.valid_until),
    source: entitlement?.source ?? null,
    modules: [...(entitlement?.modules ?? [])],
    limits: entitlement ? LIMIT_CODES.map((code) => ({ code, max: entitlement.limits[code], used: used.get(code) ?? 0 })) : [],
    overrides: overrides.map((row) => ({ ...row, expires_at: text(row.expires_at), created_at: row.created_at.toISOString() })),
    subscription,
  };
}
