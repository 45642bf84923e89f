import type { OutcomeKind } from './types.js';

/** What a status means for a delivery. `rotating`: a rotation is open and the legacy header was signed with the old key. */
export function answerKind(status: number, rotating = false): OutcomeKind {
  if (status >= 200 && status < 300) return 'success';
  if (status === 410) return 'gone';
  if ((status === 401 || status === 403) && rotating) return 'rotate';
  if (status === 408 || status === 425 || status === 429) return 'retry';
  return status >= 400 && status < 500 ? 'final' : 'retry';
}
