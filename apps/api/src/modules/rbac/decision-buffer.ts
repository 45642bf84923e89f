import type { Decision } from '#platform/auth/index.js';

export interface WaitingDecision {
  readonly decision: Decision;
  /** Of the first of them. */
  readonly at: Date;
  occurrences: number;
}

/** Decisions that wait to be written. Equal ones fold into one; what finds no room is dropped and counted. Pure but for its own state. */
export class DecisionBuffer {
  private readonly waiting = new Map<string, WaitingDecision>();

  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.waiting.size;
  }

  /** @returns false when there was no room */
  add(decision: Decision, at: Date): boolean {
    return this.put({ decision, at, occurrences: 1 });
  }

  /** Removes and returns the oldest, at most `max`. */
  take(max: number): WaitingDecision[] {
    const taken: WaitingDecision[] = [];
    for (const [key, waiting] of this.waiting) {
      if (taken.length >= max) break;
      taken.push(waiting);
      this.waiting.delete(key);
    }
    return taken;
  }

  /** Puts back what could not be written. @returns how many decisions found no room any more */
  restore(rows: readonly WaitingDecision[]): number {
    return rows.reduce((lost, row) => (this.put(row) ? lost : lost + row.occurrences), 0);
  }

  private put(row: WaitingDecision): boolean {
    const key = keyOf(row.decision);
    const known = this.waiting.get(key);
    if (known) known.occurrences += row.occurrences;
    else if (this.waiting.size >= this.capacity) return false;
    else this.waiting.set(key, row);
    return true;
  }
}

function keyOf({ scope, permission, result, reason, request }: Decision): string {
  return JSON.stringify([
    scope.tenant_id,
    scope.user_id,
    scope.api_key_id,
    permission,
    result,
    reason,
    request.method,
    request.route,
    request.ip,
    request.user_agent,
  ]);
}
