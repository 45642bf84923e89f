export const ENTITLEMENT_STATUSES = ['trial', 'active', 'past_due', 'suspended', 'expired', 'none'] as const;
export type EntitlementStatus = (typeof ENTITLEMENT_STATUSES)[number];

/** Why nothing may be written, for whoever is refused: the SPA has a sentence for each. */
export type InactiveReason = 'trial_ended' | 'payment_overdue' | 'subscription_ended' | 'no_subscription';

export interface StoredEntitlement {
  readonly status: EntitlementStatus;
  /** Kept after the end of a trial, null once something was bought. */
  readonly trial_ends_at: Date | null;
  readonly grace_until: Date | null;
}

/** The status as the clock has it: a trial that is over and a grace that ran out change no row. */
export function effectiveStatus(stored: StoredEntitlement | null, now: Date): EntitlementStatus {
  if (!stored) return 'none';
  if (stored.status === 'trial' && stored.trial_ends_at && stored.trial_ends_at <= now) return 'expired';
  if (stored.status === 'past_due' && stored.grace_until && stored.grace_until <= now) return 'suspended';
  return stored.status;
}

/** True while module routes may write. */
export const allowsChanges = (status: EntitlementStatus): boolean => status === 'trial' || status === 'active' || status === 'past_due';

/** null while changes are allowed. */
export function inactiveReason(stored: StoredEntitlement | null, now: Date): InactiveReason | null {
  const status = effectiveStatus(stored, now);
  if (allowsChanges(status)) return null;
  if (status === 'none') return 'no_subscription';
  if (status === 'suspended') return 'payment_overdue';
  return stored?.trial_ends_at ? 'trial_ended' : 'subscription_ended';
}
