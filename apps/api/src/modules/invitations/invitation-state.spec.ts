import { isInvitationToken, refusalOf, statusOf } from './invitation-state.js';

const now = new Date('2026-01-10T00:00:00Z');
const at = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);

describe('invitation state', () => {
  it.each([
    ['pending', 1, 'pending', null],
    ['pending', 0, 'expired', 'invitation_expired'],
    ['pending', -1, 'expired', 'invitation_expired'],
    ['accepted', -1, 'accepted', 'invitation_used'],
    ['revoked', 1, 'revoked', 'invitation_revoked'],
    ['expired', 1, 'expired', 'invitation_expired'],
  ] as const)('%s, %s s before its end: %s', (status, seconds, is, refusal) => {
    const invitation = { status, expires_at: at(seconds) };
    expect(statusOf(invitation, now)).toBe(is);
    expect(refusalOf(invitation, now)).toBe(refusal);
  });

  it('knows the form of a token', () => {
    const token = `tninv_${'a'.repeat(43)}`;
    expect(isInvitationToken(token)).toBe(true);
    for (const other of [token.slice(1), `${token}a`, token.replace('a', '-'), `${token}\n`, ''])
      expect(isInvitationToken(other)).toBe(false);
  });
});
