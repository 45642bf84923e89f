/** What a presented refresh token is worth. Pure; one function for refresh, switch-tenant and logout. */
export interface PresentedToken {
  readonly used_at: Date | null;
  readonly expires_at: Date;
  readonly session_expires_at: Date;
  readonly session_revoked_at: Date | null;
  readonly user_status: string;
}

/** For this long after a rotation the old token still leads to its successor: two tabs of one browser, an answer that got lost. */
export const GRACE_MS = 30_000;

/**
 * `fresh`: may be rotated · `superseded`: was rotated a moment ago, its successor counts · `reused`: was rotated long ago, so two parties
 * hold it · `revoked`: its session has ended · `invalid`: unknown or too old.
 */
export type RefreshState = 'fresh' | 'superseded' | 'reused' | 'revoked' | 'invalid';

export function refreshState(token: PresentedToken | null, now: Date): RefreshState {
  if (!token) return 'invalid';
  const at = now.getTime();
  if (token.session_revoked_at || token.user_status !== 'active') return 'revoked';
  if (token.session_expires_at.getTime() <= at) return 'invalid';
  if (token.used_at) return at - token.used_at.getTime() <= GRACE_MS ? 'superseded' : 'reused';
  return token.expires_at.getTime() <= at ? 'invalid' : 'fresh';
}

const DAY_MS = 86_400_000;
export const SESSION_MAX_DAYS = 30;

/** Sliding by `ttl_days`, never beyond 30 days after the sign-in. */
export const refreshExpiry = (now: Date, signed_in_at: Date, ttl_days: number): Date =>
  new Date(Math.min(now.getTime() + ttl_days * DAY_MS, signed_in_at.getTime() + SESSION_MAX_DAYS * DAY_MS));

export const secondsUntil = (at: Date, now: Date): number => Math.max(0, Math.floor((at.getTime() - now.getTime()) / 1000));
