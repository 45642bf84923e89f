import type { ErrorCode } from '#contracts/errors.js';

export type InvitationStatus = 'pending' | 'accepted' | 'revoked' | 'expired';
export interface StoredInvitation {
  readonly status: InvitationStatus;
  readonly expires_at: Date;
}

/** Expiry is computed when it is read: whether the nightly job has written it down changes nothing. */
export const statusOf = ({ status, expires_at }: StoredInvitation, now: Date): InvitationStatus =>
  status === 'pending' && expires_at.getTime() <= now.getTime() ? 'expired' : status;

const REFUSALS: Record<InvitationStatus, ErrorCode | null> = {
  pending: null,
  accepted: 'invitation_used',
  revoked: 'invitation_revoked',
  expired: 'invitation_expired',
};

/** Why an invitation cannot be accepted any more, or null. */
export const refusalOf = (invitation: StoredInvitation, now: Date): ErrorCode | null => REFUSALS[statusOf(invitation, now)];

/** `tninv_` and 43 base62: 256 bit. Anything else is refused without asking the database. */
export const TOKEN_PREFIX = 'tninv_';
export const isInvitationToken = (token: string): boolean => /^tninv_[0-9A-Za-z]{43}$/.test(token);

/** An invitation is sent once when it is made and five times again. */
export const MAX_SENT = 6;
/** How long the index row of a dead token stays, so that its answer can say why. */
export const REMEMBERED_MS = 30 * 86_400_000;
export const RESEND_WAIT_MS = 60_000;
export const PER_MINUTE = 10;
export const PER_DAY = 200;
