import { allowsChanges, effectiveStatus, inactiveReason } from './entitlement-state.js';

const at = (text: string): Date => new Date(`2026-03-${text}Z`);
const trial = { status: 'trial', trial_ends_at: at('14T00:00:00'), grace_until: null } as const;
const late = { status: 'past_due', trial_ends_at: null, grace_until: at('20T00:00:00') } as const;

it.each([
  [null, at('01T00:00:00'), 'none', 'no_subscription'],
  [trial, at('13T23:59:59'), 'trial', null],
  [trial, at('14T00:00:00'), 'expired', 'trial_ended'],
  [{ ...trial, status: 'expired' }, at('20T00:00:00'), 'expired', 'trial_ended'],
  [late, at('19T23:59:59'), 'past_due', null],
  [late, at('20T00:00:00'), 'suspended', 'payment_overdue'],
  [{ ...late, status: 'suspended' }, at('30T00:00:00'), 'suspended', 'payment_overdue'],
  [{ status: 'active', trial_ends_at: null, grace_until: null }, at('20T00:00:00'), 'active', null],
  [{ status: 'expired', trial_ends_at: null, grace_until: null }, at('20T00:00:00'), 'expired', 'subscription_ended'],
] as const)('%j at %s is %s', (stored, now, status, reason) => {
  expect(effectiveStatus(stored, now)).toBe(status);
  expect(allowsChanges(status)).toBe(reason === null);
  expect(inactiveReason(stored, now)).toBe(reason);
});
