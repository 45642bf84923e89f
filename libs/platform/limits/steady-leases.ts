import { MemoryLeases } from './memory-leases.js';
import type { Ask, Lease, LeaseStore } from './lease-store.js';

/** No request waits longer for the store than this. */
const PATIENCE_MS = 500;
/** After a failure the store is left alone for so long. */
const PAUSE_MS = 1_000;
const ATTEND_MS = 10_000;

/**
 * Never open: while the shared store cannot be reached, this process goes on with its part of each limit, the limit divided by the
 * processes that were there last.
 */
export class SteadyLeases {
  readonly #alone: MemoryLeases;
  #processes = 1;
  #paused_until = 0;
  #attended_at = Number.NEGATIVE_INFINITY;
  #isAway = false;

  constructor(
    private readonly store: LeaseStore,
    private readonly now: () => number,
    private readonly told: { away(error: unknown): void; back(): void },
  ) {
    this.#alone = new MemoryLeases(now);
  }

  /** How many processes share the limits, as far as is known. */
  get processes(): number {
    return this.#processes;
  }

  /** Fails never. */
  async lease(asks: readonly Ask[]): Promise<readonly Lease[]> {
    if (this.now() < this.#paused_until) return this.#divided(asks);
    try {
      const leases = await inTime(this.store.lease(asks));
      if (this.#isAway) this.told.back();
      this.#isAway = false;
      this.#attend();
      return leases;
    } catch (error) {
      this.#paused_until = this.now() + PAUSE_MS;
      if (!this.#isAway) this.told.away(error);
      this.#isAway = true;
      return this.#divided(asks);
    }
  }

  async close(): Promise<void> {
    await this.#alone.close();
    await this.store.close().catch(() => undefined); // whoever cannot say good-bye is forgotten after half a minute
  }

  /** Only a process that serves requests counts, so it says so when it leases, and on no timer. */
  #attend(): void {
    if (this.now() - this.#attended_at < ATTEND_MS) return;
    this.#attended_at = this.now();
    this.store.attend().then(
      (processes) => (this.#processes = Math.max(1, processes)),
      () => undefined, // the next lease finds out what is wrong
    );
  }

  #divided(asks: readonly Ask[]): Promise<readonly Lease[]> {
    const part = (count: number): number => Math.max(1, Math.floor(count / this.#processes));
    return this.#alone.lease(asks.map((ask) => ({ ...ask, limit: { ...ask.limit, count: part(ask.limit.count) } })));
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the store of the limits did not answer in time')), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
