import type { Problem } from '#contracts/errors.js';
import type { Override } from './materialise.js';
import { overridesChange, overrideTexts, type GivenOverrides } from './overrides-change.js';

const NOW = new Date('2026-03-10T00:00:00Z');
const LATER = new Date('2026-03-20T00:00:00Z');
const users: Override = { kind: 'limit', code: 'max_users', value: 20, allowed: null, expires_at: null };
const pos: Override = { kind: 'module', code: 'pos', value: null, allowed: true, expires_at: LATER };
const stored = [users, pos];
const refusal = (given: GivenOverrides): string => {
  try {
    overridesChange(stored, given, NOW);
    return 'none';
  } catch (error) {
    const { code, errors } = error as Problem;
    return `${code} ${errors.map((one) => `${one.field} ${one.code}`).join()}`;
  }
};

it('replaces all; what is the same stays', () => {
  const given = { overrides: [{ kind: 'module', code: 'POS', allowed: true, expires_at: LATER }, { kind: 'limit', code: 'max_stores', value: null }] } as const; // prettier-ignore
  expect(overridesChange(stored, given, NOW)).toEqual({
    removed: [users],
    added: [{ kind: 'limit', code: 'max_stores', value: null, allowed: null, expires_at: null }],
  });
  expect(overridesChange(stored, { overrides: [] }, NOW)).toEqual({ removed: stored, added: [] });
});

it('limits take the place of their own and leave the others', () => {
  expect(overridesChange(stored, { limits: { max_users: 30, max_items: null } }, NOW)).toEqual({
    removed: [users],
    added: [{ ...users, value: 30 }, { ...users, code: 'max_items', value: null }],
  }); // prettier-ignore
  expect(overridesChange(stored, { limits: { max_users: 20 } }, NOW)).toEqual({ removed: [], added: [] });
});

it.each<[string, GivenOverrides, string]>([
  ['a module that does not exist', { overrides: [{ kind: 'module', code: 'crm', allowed: true }] }, 'unknown_module /overrides/0/code unknown_module'],
  ['a core module', { overrides: [{ kind: 'module', code: 'users', allowed: false }] }, 'unknown_module /overrides/0/code unknown_module'],
  ['a module without a word', { overrides: [{ kind: 'module', code: 'pos' }] }, 'validation_failed /overrides/0/allowed required'],
  ['a limit that does not exist', { overrides: [{ kind: 'limit', code: 'max_pens', value: 1 }] }, 'validation_failed /overrides/0/code unknown_limit'],
  ['a limit without a value', { overrides: [{ kind: 'limit', code: 'max_users' }] }, 'validation_failed /overrides/0/value required'],
  ['an end that has passed', { overrides: [{ kind: 'limit', code: 'max_users', value: 1, expires_at: NOW }] }, 'validation_failed /overrides/0/expires_at past'],
  ['one code twice', { overrides: [{ kind: 'limit', code: 'max_users', value: 1 }, { kind: 'limit', code: 'max_users', value: 2 }] }, 'validation_failed /overrides/1 repeated'],
  ['limits that do not exist', { limits: { max_pens: 1 } }, 'validation_failed /limits/max_pens unknown_limit'],
  ['limits that are none', { limits: { max_users: -1 } }, 'validation_failed /limits/max_users not_a_limit'],
])('refuses %s', (_, given, text) => expect(refusal(given)).toBe(text)); // prettier-ignore

it('overrideTexts', () => expect(overrideTexts(stored)).toEqual(['max_users = 20', 'pos = on until 2026-03-20T00:00:00.000Z']));
