export { EntitlementsModule, manifest as entitlementsManifest } from './entitlements.module.js';
export { Entitlements } from './entitlements.service.js';
export { Materialiser } from './materialiser.js';
export { Plans, planOut, type NewPlan, type PlanChange } from './plans.service.js';
export { PlanOut, PlanPriceDto } from './plans.dto.js';
export type { PlatformPlanRow } from './plans.repository.js';
export { StaffEntitlements, type StaffChange, type StaffView } from './staff-entitlements.js';
export { SubscriptionOut } from './subscriptions.dto.js';
export { LimitOut } from './entitlements.dto.js';
export { BillingPort } from './billing-port.js';
export {
  allowsChanges,
  effectiveStatus,
  ENTITLEMENT_STATUSES,
  type EntitlementStatus,
  type InactiveReason,
  type StoredEntitlement,
} from './entitlement-state.js';
export { planState, type PlanState } from './plan-state.js';
