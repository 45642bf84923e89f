import { KeyRings, sha256 } from '#platform/crypto/index.js';
import { chainOf, nextToken, staffRefreshState, type StaffSessionState } from './staff-refresh.js';

const ring = new KeyRings({ encryption_key: 'ab'.repeat(32) }).ring('fields');
const other = new KeyRings({ encryption_key: 'cd'.repeat(32) }).ring('fields');
const NOW = new Date('2026-03-01T12:00:00Z');
const t0 = 'presented-token';
const chain = chainOf(ring, t0);
const session = (over: Partial<StaffSessionState> = {}): StaffSessionState => ({
  refresh_hash: chain[0] as Buffer, revoked_at: null, expires_at: new Date(NOW.getTime() + 1), status: 'active', just_rotated: false, ...over,
}); // prettier-ignore

it('leads from one token to the next, only with our key', () => {
  expect(nextToken(ring, t0)).toBe(nextToken(ring, t0));
  expect(nextToken(ring, t0)).toMatch(/^[\w-]{43}$/);
  expect(nextToken(other, t0)).not.toBe(nextToken(ring, t0));
  expect(chain[0]).toEqual(sha256(t0));
  expect(chain[2]).toEqual(sha256(nextToken(ring, nextToken(ring, t0))));
});

it.each<[string, StaffSessionState | null, string]>([
  ['the token of the session', session(), 'fresh'],
  ['rotated a moment ago', session({ refresh_hash: chain[1] as Buffer, just_rotated: true }), 'superseded'],
  ['rotated a while ago', session({ refresh_hash: chain[1] as Buffer }), 'reused'],
  ['rotated twice', session({ refresh_hash: chain[2] as Buffer, just_rotated: true }), 'reused'],
  ['rotated 64 times', session({ refresh_hash: chain[64] as Buffer }), 'reused'],
  ['of another session', session({ refresh_hash: sha256('x') }), 'invalid'],
  ['unknown', null, 'invalid'],
  ['eight hours are over', session({ expires_at: NOW }), 'invalid'],
  ['revoked', session({ revoked_at: NOW }), 'revoked'],
  ['disabled', session({ status: 'disabled' }), 'revoked'],
])('%s', (_, state, result) => expect(staffRefreshState(state, chain, NOW)).toBe(result));
