import { fitting, take } from './gcra.js';
import type { Ask, Lease, LeaseStore } from './lease-store.js';

/** The buckets of one process, for when there is nobody to share them with. */
export class MemoryLeases implements LeaseStore {
  readonly #buckets = new Map<string, number>();

  constructor(
    private readonly now: () => number,
    private readonly capacity = 50_000,
  ) {}

  lease(asks: readonly Ask[]): Promise<readonly Lease[]> {
    return Promise.resolve(asks.map((ask) => this.#leaseOne(ask)));
  }

  attend(): Promise<number> {
    return Promise.resolve(1);
  }

  close(): Promise<void> {
    this.#buckets.clear();
    return Promise.resolve();
  }

  #leaseOne({ key, limit, wanted }: Ask): Lease {
    const now = this.now();
    const { granted, empty_at } = take(limit, this.#buckets.get(key) ?? now, now, wanted);
    this.#buckets.delete(key);
    // Whoever was away longest has most probably a full bucket, which is what a bucket that is gone counts as.
    if (this.#buckets.size >= this.capacity) this.#buckets.delete(this.#buckets.keys().next().value as string);
    if (fitting(limit, empty_at, now) < limit.count) this.#buckets.set(key, empty_at);
    return { granted, reset_ms: Math.max(0, empty_at - now) };
  }
}
