import { PLANS, type Limits, type PlanCode } from '#contracts/modules.js';

export type EntitlementStatus = 'trial' | 'active' | 'past_due' | 'suspended' | 'expired' | 'none';

export interface SubscriptionTerms {
  readonly plan_code: PlanCode;
  readonly status: 'trialing' | 'active';
  readonly current_period_end: Date;
  readonly trial_ends_at: Date | null;
}

export interface Entitlement {
  readonly plan_code: PlanCode;
  readonly status: EntitlementStatus;
  readonly modules: readonly string[];
  readonly limits: Limits;
  readonly period_end: Date;
  readonly trial_ends_at: Date | null;
  /** The earliest moment at which time alone changes the answer. */
  readonly valid_until: Date;
}

/** What a subscription gives. Pure; `plan` is the row of the plan so that staff's changes of a plan count. */
export function entitlementOf(
  terms: SubscriptionTerms,
  plan: { readonly modules: readonly string[]; readonly limits: Limits; readonly trial_limits: Partial<Limits> } = PLANS[terms.plan_code],
): Entitlement {
  const trial = terms.status === 'trialing';
  const { trial_ends_at, current_period_end } = terms;
  return {
    plan_code: terms.plan_code,
    status: trial ? 'trial' : 'active',
    modules: plan.modules,
    limits: trial ? { ...plan.limits, ...plan.trial_limits } : plan.limits,
    period_end: current_period_end,
    trial_ends_at,
    valid_until: trial && trial_ends_at && trial_ends_at < current_period_end ? trial_ends_at : current_period_end,
  };
}

export interface StoredEntitlement {
  readonly status: EntitlementStatus;
  readonly trial_ends_at: Date | null;
  readonly grace_until: Date | null;
}

/** The status as the clock has it: a trial that is over and a grace that ran out change no row. Source: specs/tenancy.md §10.2. */
export function effectiveStatus(stored: StoredEntitlement | null, now: Date): EntitlementStatus {
  if (!stored) return 'none';
  if (stored.status === 'trial' && stored.trial_ends_at && stored.trial_ends_at <= now) return 'expired';
  if (stored.status === 'past_due' && stored.grace_until && stored.grace_until <= now) return 'suspended';
  return stored.status;
}

/** True while module routes may write. */
export const allowsChanges = (status: EntitlementStatus): boolean => status === 'trial' || status === 'active' || status === 'past_due';
