import { isPasswordExpired, policyOf, policyOfPerson } from './identity-settings.js';

const PLATFORM = { min_length: 8, classes: 'all', history: 5, max_age_days: null };

it('is the strictest of the tenants where the membership is active, never weaker than the platform', () => {
  expect(policyOf([])).toEqual(PLATFORM);
  expect(policyOf([{ settings: null }, { settings: {} }])).toEqual(PLATFORM);
  expect(policyOf([{ settings: { password_policy: { min_length: 4, classes: 'three', history: 0 } } }])).toEqual(PLATFORM);
  const tenants = [
    { membership: 'active', settings: { password_policy: { min_length: 12, max_age_days: 90 } } },
    { membership: 'active', settings: { password_policy: { history: 24, max_age_days: 30 } } },
    { membership: 'suspended', settings: { password_policy: { min_length: 40 } } },
  ];
  expect(policyOfPerson(tenants)).toEqual({ min_length: 12, classes: 'all', history: 24, max_age_days: 30 });
});

it.each([
  [null, -400, false],
  [90, -90, false],
  [90, -91, true],
  [90, null, true],
  [null, null, false],
] as const)('max_age_days %j, changed %j days ago: expired %j', (max_age_days, days, expired) => {
  const now = new Date('2026-05-01T00:00:00Z');
  const changed_at = days === null ? null : new Date(now.getTime() + days * 86_400_000);
  expect(isPasswordExpired({ min_length: 8, classes: 'all', history: 5, max_age_days }, changed_at, now)).toBe(expired);
});
