import { emissionMs, fitting, waitMs, type Limit } from './gcra.js';

/** Of a limit, what one process holds ahead at most: a twentieth, divided among the processes. */
const PARTS = 20;

/** How many requests a process leases at once: small where little is left, so that processes do not keep the last ones from each other. */
export function shareSize(limit: Limit, left: number, processes: number): number {
  return Math.max(1, Math.min(Math.ceil(limit.count / (PARTS * processes)), Math.floor(left / (2 * processes))));
}

/**
 * What one process knows of one bucket: how many requests it may let through by itself, and when the bucket of all processes would be
 * unused again. Times are those of a clock of the process, in ms.
 *
 * - What is held and not used becomes worthless as the bucket fills up again: otherwise a pause would give a burst of more than the limit.
 * - A bucket that was leased from before and is full by now, as far as is known, gives a little on credit: after a pause nobody waits for
 *   a lease. The credit is at most one share, and the next lease pays it back.
 */
export class Share {
  #held = 0;
  #empty_at: number;
  #isKnown = false;
  /** Requests that wait for a lease. */
  waiting = 0;

  constructor(
    readonly limit: Limit,
    /** Each request is asked of the store: nothing is held ahead, nothing is lent. */
    readonly exact: boolean,
    now: number,
  ) {
    this.#empty_at = now;
  }

  /** True when one more may pass. `use` it then. */
  has(now: number, processes: number): boolean {
    if (this.#current(now) > 0) return true;
    if (this.exact || !this.#isKnown) return false;
    const size = shareSize(this.limit, this.limit.count, processes);
    return this.#held > -size && fitting(this.limit, this.#empty_at, now) > this.limit.count - size;
  }

  use(): void {
    this.#held -= 1;
  }
  /** It did not pass after all: another limit was against it. */
  giveBack(): void {
    this.#held += 1;
  }

  /** Nothing held, and nothing to lease either. */
  isSpent(now: number): boolean {
    return this.#current(now) <= 0 && fitting(this.limit, this.#empty_at, now) === 0;
  }

  /** How many to lease now; 0: there is enough. */
  wanted(now: number, processes: number): number {
    const held = this.#current(now);
    if (this.exact) return Math.max(0, this.waiting - held);
    const left = fitting(this.limit, this.#empty_at, now);
    const size = shareSize(this.limit, left, processes);
    if (held * 2 > size && held >= this.waiting) return 0;
    return left === 0 && this.waiting === 0 ? 0 : Math.max(1, size - held, this.waiting - held);
  }

  leased({ granted, reset_ms }: { readonly granted: number; readonly reset_ms: number }, now: number): void {
    this.#held = this.#current(now) + granted;
    this.#empty_at = now + reset_ms;
    this.#isKnown = true;
  }

  /** As far as this process knows. */
  remaining(now: number): number {
    return Math.max(0, Math.min(this.limit.count, this.#current(now) + fitting(this.limit, this.#empty_at, now)));
  }
  /** Until all of it is there again. */
  resetMs(now: number): number {
    return Math.max(0, this.#empty_at - now - Math.max(0, this.#current(now)) * emissionMs(this.limit));
  }
  waitMs(now: number): number {
    return this.#current(now) > 0 ? 0 : waitMs(this.limit, this.#empty_at, now);
  }

  /** Held, without what the time has made worthless. */
  #current(now: number): number {
    if (this.#held > 0) this.#held = Math.min(this.#held, Math.max(0, Math.floor((this.#empty_at - now) / emissionMs(this.limit) + 0.001)));
    return this.#held;
  }
}
