import { refreshExpiry, refreshState, type PresentedToken } from './refresh-state.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const at = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const token = (over: Partial<PresentedToken> = {}): PresentedToken => ({
  used_at: null, expires_at: at(60), session_expires_at: at(3_600), session_revoked_at: null, user_status: 'active', ...over,
}); // prettier-ignore

describe('refreshState', () => {
  it.each<[string, PresentedToken | null, string]>([
    ['unknown', null, 'invalid'],
    ['not used, not expired', token(), 'fresh'],
    ['expired this moment', token({ expires_at: NOW }), 'invalid'],
    ['used 30 s ago', token({ used_at: at(-30) }), 'superseded'],
    ['used 30 s ago, expired meanwhile: its successor is not', token({ used_at: at(-30), expires_at: at(-1) }), 'superseded'],
    ['used 31 s ago', token({ used_at: at(-31) }), 'reused'],
    ['session revoked', token({ session_revoked_at: at(-1) }), 'revoked'],
    ['session revoked, token used long ago', token({ session_revoked_at: at(-1), used_at: at(-999) }), 'revoked'],
    ['person disabled', token({ user_status: 'disabled' }), 'revoked'],
    ['session over', token({ session_expires_at: NOW }), 'invalid'],
  ])('%s', (_, presented, state) => expect(refreshState(presented, NOW)).toBe(state));
});

it('slides by seven days and ends thirty days after the sign-in', () => {
  const day = 86_400;
  expect(refreshExpiry(NOW, NOW, 7)).toEqual(at(7 * day));
  expect(refreshExpiry(NOW, at(-20 * day), 7)).toEqual(at(7 * day));
  expect(refreshExpiry(NOW, at(-29 * day), 7)).toEqual(at(1 * day));
  expect(refreshExpiry(NOW, at(-31 * day), 7)).toEqual(at(-1 * day));
});
