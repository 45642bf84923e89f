import { planState } from './plan-state.js';

describe('planState', () => {
  const now = new Date('2026-01-10T00:00:00Z');
  const second = (n: number): Date => new Date(now.getTime() + n * 1000);
  const plan = { plan_code: 'premium', trial_ends_at: null, grace_until: null };

  it.each([
    ['trial that runs', { ...plan, status: 'trial' as const, trial_ends_at: second(1) }, { status: 'trial', open: true }],
    [
      'trial that ends now',
      { ...plan, status: 'trial' as const, trial_ends_at: second(0) },
      { status: 'expired', open: false, reason: 'trial_ended' },
    ],
    ['active', { ...plan, status: 'active' as const }, { status: 'active', open: true }],
    ['past due within grace', { ...plan, status: 'past_due' as const, grace_until: second(1) }, { status: 'past_due', open: true }],
    [
      'past due after grace',
      { ...plan, status: 'past_due' as const, grace_until: second(-1) },
      { status: 'suspended', open: false, reason: 'payment_overdue' },
    ],
    ['suspended', { ...plan, status: 'suspended' as const }, { status: 'suspended', open: false, reason: 'payment_overdue' }],
    ['none', { ...plan, status: 'none' as const }, { status: 'none', open: false, reason: 'no_subscription' }],
  ])('%s', (_, row, state) => {
    expect(planState(row, now)).toEqual({ plan_code: 'premium', ...state });
  });

  it('no row is none', () => {
    expect(planState(null, now)).toEqual({ plan_code: null, status: 'none', open: false, reason: 'no_subscription' });
  });
});
