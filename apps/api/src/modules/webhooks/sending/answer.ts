import type { OutcomeKind } from './types.js';

/** Refusals of the moment among those of the request itself: too slow, too early, too many. */
const TRY_AGAIN: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * What a status means for a delivery. Another 4xx will refuse the same body again, so it is not repeated; redirects are never followed.
 * `rotating`: a rotation is open and the legacy header was signed with the old key, which the receiver may have dropped.
 */
export function answerKind(status: number, rotating = false): OutcomeKind {
  if (status >= 200 && status < 300) return 'success';
  if (status === 410) return 'gone';
  if (rotating && (status === 401 || status === 403)) return 'rotate';
  return status >= 400 && status < 500 && !TRY_AGAIN.has(status) ? 'final' : 'retry';
}
