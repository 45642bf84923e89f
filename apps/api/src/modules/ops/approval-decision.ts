/** An act of staff that waits for a second person. */
export interface OpenApproval {
  readonly requested_by: string;
  /** Until then whoever asked cannot go on alone, though nobody else could agree. */
  readonly not_before: Date;
  readonly expires_at: Date;
}
export interface ApprovalFacts {
  readonly open: OpenApproval | null;
  readonly actor_id: string;
  /** A member of staff who signed in; a key or a token that several may hold agrees to nothing. */
  readonly is_person: boolean;
  /** How many other members of staff could agree. */
  readonly others: number;
}

const HOUR_MS = 3_600_000;
/** So long a second person has. */
const PENDING_MS = HOUR_MS;
/** Somebody who is alone waits so long instead, and then has a day. */
const ALONE = { wait_ms: 24 * HOUR_MS, window_ms: 24 * HOUR_MS } as const;

/** What a call for such an act means: it asks, it goes through, or it is the asker's own again. Pure. */
export function approvalDecision({ open, actor_id, is_person, others }: ApprovalFacts, now: Date): 'ask' | 'go' | 'same_person' {
  if (!open || open.expires_at <= now) return 'ask';
  if (open.requested_by !== actor_id) return is_person ? 'go' : 'same_person';
  return others === 0 && wasAlone(open) && open.not_before <= now ? 'go' : 'same_person';
}

/** From when and until when the act can go through once it was asked for. */
export function approvalWindow(others: number, now: Date): Pick<OpenApproval, 'not_before' | 'expires_at'> {
  const not_before = new Date(now.getTime() + (others === 0 ? ALONE.wait_ms : 0));
  return { not_before, expires_at: new Date(not_before.getTime() + (others === 0 ? ALONE.window_ms : PENDING_MS)) };
}

/** Asked for by somebody who was alone then: otherwise it has the hour of a second person, who may have left since. */
const wasAlone = ({ not_before, expires_at }: OpenApproval): boolean => expires_at.getTime() - not_before.getTime() >= ALONE.window_ms;
