import { nextStep, type SignInFacts } from './next-step.js';

const now = new Date('2026-05-01T00:00:00Z');
const facts = (over: Partial<SignInFacts> = {}, user: Partial<SignInFacts['user']> = {}): SignInFacts => ({
  user: { must_change_password: false, password_changed_at: now, mfa_enabled: false, ...user },
  tenants: [{ membership: 'active', settings: { password_policy: { max_age_days: 30 } } }],
  tenant: { mfa_required: false },
  mfa_passed: false,
  ...over,
});
const old = new Date('2026-03-01T00:00:00Z');
const required = { tenant: { mfa_required: true } };

it.each<[string, SignInFacts, string | null]>([
  ['nothing', facts(), null],
  ['a first password', facts({}, { must_change_password: true }), 'change_password'],
  ['an old password', facts({}, { password_changed_at: old }), 'change_password'],
  ['an old password where age does not count', facts({ tenants: [] }, { password_changed_at: old }), null],
  ['no tenant', facts({ tenant: null }), 'choose_tenant'],
  ['no tenant and an old password', facts({ tenant: null }, { password_changed_at: old }), 'change_password'],
  ['a tenant that requires the factor, and none is there', facts(required), 'mfa_setup'],
  ['one is there, and this session has not shown it', facts(required, { mfa_enabled: true }), 'mfa'],
  ['it has', facts({ ...required, mfa_passed: true }, { mfa_enabled: true }), null],
  ['the password comes before the factor', facts(required, { must_change_password: true }), 'change_password'],
])('%s', (_, given, next) => expect(nextStep(given, now)).toBe(next));
