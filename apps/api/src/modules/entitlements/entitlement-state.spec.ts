import { allowsChanges, effectiveStatus, entitlementOf } from './entitlement-state.js';

const at = (text: string): Date => new Date(`2026-03-${text}Z`);
const terms = { plan_code: 'premium', current_period_end: at('31T00:00:00') } as const;

describe('entitlementOf', () => {
  it('gives a trial the limits of the trial and ends with it', () => {
    const trial = entitlementOf({ ...terms, status: 'trialing', trial_ends_at: at('14T00:00:00') });
    expect(trial).toMatchObject({ status: 'trial', valid_until: at('14T00:00:00') });
    expect(trial.limits).toMatchObject({ max_users: 5, max_stores: 1, max_items: 100_000 });
  });
  it('gives a paid plan its own limits until the period ends', () => {
    const active = entitlementOf({ ...terms, status: 'active', trial_ends_at: null });
    expect(active).toMatchObject({ status: 'active', valid_until: at('31T00:00:00') });
    expect(active.limits.max_users).toBe(50);
  });
  it('has no limit where the plan says null', () =>
    expect(entitlementOf({ ...terms, plan_code: 'enterprise', status: 'active', trial_ends_at: null }).limits.max_users).toBeNull());
});

describe('effectiveStatus', () => {
  const trial = { status: 'trial', trial_ends_at: at('14T00:00:00'), grace_until: null } as const;
  const late = { status: 'past_due', trial_ends_at: null, grace_until: at('20T00:00:00') } as const;
  it.each([
    [null, at('01T00:00:00'), 'none', false],
    [trial, at('13T23:59:59'), 'trial', true],
    [trial, at('14T00:00:00'), 'expired', false],
    [late, at('19T23:59:59'), 'past_due', true],
    [late, at('20T00:00:00'), 'suspended', false],
    [{ status: 'active', trial_ends_at: null, grace_until: null }, at('20T00:00:00'), 'active', true],
  ] as const)('reads %j at %s as %s', (stored, now, status, open) => {
    expect(effectiveStatus(stored, now)).toBe(status);
    expect(allowsChanges(effectiveStatus(stored, now))).toBe(open);
  });
});
