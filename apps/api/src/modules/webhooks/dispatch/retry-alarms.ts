import type { LaneKey } from './fan-out.repository.js';

const MOST_LANES = 10_000;
/** Whatever is due later, its lane has gone to sleep for by then, until exactly that time. */
const HORIZON_MS = 60_000;

/**
 * Makes retries punctual: wakes the lane when its delivery is due. Only a hint. A lane that has work under way is looked at every second
 * and a lane without sleeps until its next row is due, so without an alarm (another process, a crash) a retry is at most a second late.
 */
export class RetryAlarms {
  readonly #due = new Map<string, { readonly lane: LaneKey; readonly at: number }>();
  #timer: NodeJS.Timeout | null = null;
  #rings_at = Infinity;

  constructor(
    private readonly ring: (lanes: readonly LaneKey[]) => void,
    private readonly dropped: () => void,
  ) {}

  set(lane: LaneKey, due_in_ms: number): void {
    if (due_in_ms > HORIZON_MS) return;
    const key = `${lane.tenant_id} ${lane.webhook_id}`;
    const at = performance.now() + due_in_ms;
    const known = this.#due.get(key);
    if (known && known.at <= at) return;
    if (!known && this.#due.size >= MOST_LANES) return this.dropped();
    this.#due.set(key, { lane, at });
    if (at < this.#rings_at) this.#arm(at);
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#rings_at = Infinity;
    this.#due.clear();
  }

  #arm(at: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#rings_at = at;
    // A timer may fire a millisecond early, and the database would then find nothing due.
    this.#timer = setTimeout(() => this.#fire(), Math.max(1, at - performance.now() + 1));
  }

  #fire(): void {
    this.#timer = null;
    this.#rings_at = Infinity;
    const now = performance.now();
    const rings: LaneKey[] = [];
    let next = Infinity;
    for (const [key, { lane, at }] of this.#due) {
      if (at > now) {
        next = Math.min(next, at);
        continue;
      }
      this.#due.delete(key);
      rings.push(lane);
    }
    if (next < Infinity) this.#arm(next);
    if (rings.length) this.ring(rings);
  }
}
