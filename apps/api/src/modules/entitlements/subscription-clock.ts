import type { BillingInterval } from '#contracts/modules.js';

/**
 * What time alone makes of a subscription. Pure. Nothing here is written by anybody at the moment it happens: a job, or the first request
 * after it, finds that a moment has passed and asks what followed.
 */
export const SUBSCRIPTION_STATUSES = ['trialing', 'active', 'past_due', 'cancelled', 'expired'] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];

export interface SubscriptionTerms {
  readonly status: SubscriptionStatus;
  readonly interval: BillingInterval;
  readonly current_period_start: Date;
  readonly current_period_end: Date;
  readonly trial_ends_at: Date | null;
  readonly past_due_since: Date | null;
  readonly cancel_at_period_end: boolean;
}

const DAY_MS = 86_400_000;
/** Whoever is late with a payment goes on working for so long. */
const GRACE_MS = 14 * DAY_MS;
const MONTHS: Readonly<Record<BillingInterval, number>> = { month: 1, quarter: 3, year: 12 };

/** A tenant has at most one of these; the database holds that (`subscriptions_tenant_id_key`). */
export const isLive = (status: SubscriptionStatus): boolean => status === 'trialing' || status === 'active' || status === 'past_due';

/** Until when somebody who is late may still write. */
export const graceUntil = ({ past_due_since, current_period_start }: SubscriptionTerms): Date =>
  new Date((past_due_since ?? current_period_start).getTime() + GRACE_MS);

/** When a trial ends; its period is the trial. */
export const trialEnd = ({ trial_ends_at, current_period_end }: SubscriptionTerms): Date => trial_ends_at ?? current_period_end;

/**
 * The end of the period that begins at `from`: the same day and time some months later, in UTC. A day that the month lacks is its last
 * one, and stays: what began on 31 January renews on 28 February and from then on the 28th.
 */
export function periodEnd(from: Date, interval: BillingInterval): Date {
  const months = from.getUTCMonth() + MONTHS[interval];
  const lastDay = new Date(Date.UTC(from.getUTCFullYear(), months + 1, 0)).getUTCDate();
  const end = new Date(from);
  end.setUTCFullYear(from.getUTCFullYear(), months, Math.min(from.getUTCDate(), lastDay));
  return end;
}

/**
 * The subscription as it stands at `now`. A trial expires; a period that ends renews, or is cancelled where that was asked for, or, where
 * a provider has to say that it was paid (`renews` false), is overdue from its end.
 */
export function settled<T extends SubscriptionTerms>(subscription: T, now: Date, renews: boolean): T {
  const { status, cancel_at_period_end, current_period_end } = subscription;
  if (status === 'trialing') return trialEnd(subscription) <= now ? { ...subscription, status: 'expired' } : subscription;
  if (!isLive(status) || current_period_end > now) return subscription;
  if (cancel_at_period_end) return { ...subscription, status: 'cancelled' };
  if (status === 'past_due') return subscription;
  if (!renews) return { ...subscription, status: 'past_due', past_due_since: current_period_end };
  let current_period_start = current_period_end;
  let end = periodEnd(current_period_start, subscription.interval);
  while (end <= now) {
    current_period_start = end;
    end = periodEnd(current_period_start, subscription.interval);
  }
  return { ...subscription, current_period_start, current_period_end: end };
}
