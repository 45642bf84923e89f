import { sha256, type KeyRing } from '#platform/crypto/index.js';

/**
 * The refresh tokens of one staff session are a chain: each is the HMAC of the one before it under a key of ours. So a session needs to
 * keep one hash only, and a token that was rotated is still known for what it is: what it leads to after one step or after many.
 * Without our key nobody gets from one token to the next.
 */
export const nextToken = (ring: KeyRing, token: string): string => ring.hmac('platform_sessions.refresh', token).toString('base64url');

/** So many rotations back a stolen token is recognised; older ones are simply not valid. A refresh every 15 min makes 32 in 8 h. */
const MAX_STEPS = 64;

/** The hashes of a token and of what follows from it, itself first. */
export function chainOf(ring: KeyRing, token: string): Buffer[] {
  const hashes = [sha256(token)];
  for (let current = token; hashes.length <= MAX_STEPS;) {
    current = nextToken(ring, current);
    hashes.push(sha256(current));
  }
  return hashes;
}

export interface StaffSessionState {
  readonly refresh_hash: Buffer;
  readonly revoked_at: Date | null;
  readonly expires_at: Date;
  readonly status: string;
  /** The last rotation was at most 30 s ago. */
  readonly just_rotated: boolean;
}

/** As `refreshState` of people in tenants, for a session that keeps one hash. */
export function staffRefreshState(
  session: StaffSessionState | null,
  chain: readonly Buffer[],
  now: Date,
): 'fresh' | 'superseded' | 'reused' | 'revoked' | 'invalid' {
  if (!session) return 'invalid';
  if (session.revoked_at || session.status !== 'active') return 'revoked';
  if (session.expires_at.getTime() <= now.getTime()) return 'invalid';
  const step = chain.findIndex((hash) => hash.equals(session.refresh_hash));
  if (step < 0) return 'invalid';
  if (step === 0) return 'fresh';
  return step === 1 && session.just_rotated ? 'superseded' : 'reused';
}
