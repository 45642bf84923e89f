const WINDOW = 20;
const SLOW_MS = 5_000;
const QUICK_MS = 1_000;
const LANES_KEPT = 10_000;

export type Move = 'slow' | 'fast' | null;

/**
 * Which pool a lane that answers belongs to: one whose median of the last 20 answers is above 5 s takes places of the fast pool from
 * others; 20 answers below 1 s in a row bring it back.
 */
export class LanePace {
  readonly #lanes = new Map<string, number[]>();

  /** One more answer, in ms. @returns where the lane should go, null: it stays */
  answered(lane: string, total_ms: number): Move {
    const last = this.#lanes.get(lane) ?? [];
    last.push(total_ms);
    if (last.length > WINDOW) last.shift();
    this.#lanes.delete(lane);
    this.#lanes.set(lane, last);
    if (this.#lanes.size > LANES_KEPT) this.#lanes.delete(this.#lanes.keys().next().value as string);
    if (last.length < WINDOW) return null;
    if (last.every((ms) => ms < QUICK_MS)) return 'fast';
    return (last.toSorted((a, b) => a - b)[WINDOW / 2] ?? 0) > SLOW_MS ? 'slow' : null;
  }
}
