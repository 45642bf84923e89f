import {
  allowsChanges,
  effectiveStatus,
  inactiveReason,
  type EntitlementStatus,
  type InactiveReason,
  type StoredEntitlement,
} from './entitlement-state.js';

/** What a tenant's plan allows at this moment. */
export interface PlanState {
  readonly plan_code: string | null;
  readonly status: EntitlementStatus;
  /** False: nothing new may be written; reading and export of one's own data stay. */
  readonly open: boolean;
  /** Why it is not open. */
  readonly reason?: InactiveReason;
}

/** The status with the clock: a trial or a grace that has run out has ended, whether or not a job has written that down. */
export function planState(row: (StoredEntitlement & { readonly plan_code: string | null }) | null, now: Date): PlanState {
  const status = effectiveStatus(row, now);
  const reason = inactiveReason(row, now);
  return { plan_code: row?.plan_code ?? null, status, open: allowsChanges(status), ...(reason ? { reason } : {}) };
}
