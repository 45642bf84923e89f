import type { Problem } from '#contracts/errors.js';
import { bought, said, trialUntil, type BillingWord } from './subscription-change.js';
import type { SubscriptionStatus, SubscriptionTerms } from './subscription-clock.js';

const at = (text: string): Date => new Date(`2026-${text}T00:00:00Z`);
const NOW = at('03-10');
const of = (status: SubscriptionStatus): SubscriptionTerms => ({
  status, interval: 'month', current_period_start: at('03-01'), current_period_end: at('04-01'), trial_ends_at: status === 'trialing' ? at('04-01') : null,
  past_due_since: status === 'past_due' ? at('03-05') : null, cancel_at_period_end: true,
}); // prettier-ignore
const outcome = (work: () => SubscriptionTerms): string => {
  try {
    return work().status;
  } catch (error) {
    return (error as Problem).code;
  }
};

describe('said: each status × each word', () => {
  it.each<[SubscriptionStatus, BillingWord, string]>([
    ['trialing', 'active', 'active'], ['trialing', 'past_due', 'invalid_transition'], ['trialing', 'cancelled', 'cancelled'],
    ['active', 'active', 'active'], ['active', 'past_due', 'past_due'], ['active', 'cancelled', 'cancelled'],
    ['past_due', 'active', 'active'], ['past_due', 'past_due', 'past_due'], ['past_due', 'cancelled', 'cancelled'],
    ['cancelled', 'active', 'invalid_transition'], ['cancelled', 'past_due', 'invalid_transition'], ['cancelled', 'cancelled', 'cancelled'],
    ['expired', 'active', 'invalid_transition'], ['expired', 'past_due', 'invalid_transition'], ['expired', 'cancelled', 'invalid_transition'],
  ])('%s, %s → %s', (status, word, result) => expect(outcome(() => said(of(status), word, NOW))).toBe(result)); // prettier-ignore

  it('counts lateness from now, and forgets it with the payment', () => {
    expect(said(of('active'), 'past_due', NOW).past_due_since).toEqual(NOW);
    expect(said(of('past_due'), 'past_due', NOW).past_due_since).toEqual(at('03-05'));
    expect(said(of('past_due'), 'active', NOW)).toMatchObject({ past_due_since: null, current_period_end: at('04-01') });
  });

  it('begins a period with the payment of a trial', () => {
    expect(said(of('trialing'), 'active', NOW)).toMatchObject({
      current_period_start: NOW,
      current_period_end: at('04-10'),
      trial_ends_at: null,
    });
  });
});

it.each<[SubscriptionStatus, string]>([
  ['trialing', 'active'], ['active', 'active'], ['past_due', 'invalid_transition'], ['cancelled', 'invalid_transition'], ['expired', 'invalid_transition'],
])('buying with %s → %s', (status, result) => expect(outcome(() => bought(of(status), NOW))).toBe(result)); // prettier-ignore

it('whoever buys in a trial stays, whatever was said before', () => expect(bought(of('trialing'), NOW).cancel_at_period_end).toBe(false));

it.each<[SubscriptionStatus, string]>([
  ['trialing', 'trialing'], ['expired', 'trialing'], ['active', 'invalid_transition'], ['past_due', 'invalid_transition'], ['cancelled', 'invalid_transition'],
])('another end of the trial with %s → %s', (status, result) => expect(outcome(() => trialUntil(of(status), at('05-01')))).toBe(result)); // prettier-ignore
