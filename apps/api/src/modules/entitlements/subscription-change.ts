import { fail } from '#contracts/errors.js';
import { isLive, periodEnd, type SubscriptionTerms } from './subscription-clock.js';

/** What staff, or a provider of payments, say of a subscription. */
export type BillingWord = 'active' | 'past_due' | 'cancelled';

/** It was paid from now on, and is no trial any more. */
export const paidFrom = <T extends SubscriptionTerms>(subscription: T, now: Date): T => ({
  ...subscription,
  status: 'active',
  current_period_start: now,
  current_period_end: periodEnd(now, subscription.interval),
  trial_ends_at: null,
  past_due_since: null,
});

/**
 * The subscription after it was said to be paid, late or cancelled. Pure; the subscription has been brought to the clock.
 * A trial that is paid begins its first period; a payment that was late goes back to the period it is in.
 * @throws Problem invalid_transition { from, to }
 */
export function said<T extends SubscriptionTerms>(subscription: T, word: BillingWord, now: Date): T {
  const { status } = subscription;
  if (status === word) return subscription;
  if (!isLive(status) || (status === 'trialing' && word === 'past_due')) throw fail('invalid_transition', { from: status, to: word });
  switch (word) {
    case 'active':
      return status === 'trialing' ? paidFrom(subscription, now) : { ...subscription, status: 'active', past_due_since: null };
    case 'past_due':
      return { ...subscription, status: 'past_due', past_due_since: now };
    case 'cancelled':
      return { ...subscription, status: 'cancelled' };
  }
}

/** A trial ends later or sooner than it did; one that is over goes on. @throws Problem invalid_transition for what is no trial */
export function trialUntil<T extends SubscriptionTerms>(subscription: T, end: Date): T {
  const { status } = subscription;
  if (status !== 'trialing' && status !== 'expired') throw fail('invalid_transition', { from: status, to: 'trialing' });
  return { ...subscription, status: 'trialing', trial_ends_at: end, current_period_end: end };
}

/** Buying something: a trial ends with it. Whoever is late pays first. @throws Problem invalid_transition */
export function bought<T extends SubscriptionTerms>(subscription: T, now: Date): T {
  const { status } = subscription;
  if (status === 'trialing') return { ...paidFrom(subscription, now), cancel_at_period_end: false };
  if (status !== 'active') throw fail('invalid_transition', { from: status, to: 'active' });
  return subscription;
}

/** For the audit log: what a change of terms changed. */
export const TERMS = ['plan_code', 'status', 'cancel_at_period_end', 'trial_ends_at'] as const;
