import type { Limit } from './gcra.js';

/** A process asks for requests to hand out by itself. */
export interface Ask {
  /** Whose bucket, and under which terms: other terms are another bucket. */
  readonly key: string;
  readonly limit: Limit;
  /** At least 1. */
  readonly wanted: number;
}

export interface Lease {
  /** Of `wanted`; 0: the bucket has nothing left. */
  readonly granted: number;
  /** Until the bucket would be unused again, with this lease in it. In ms from now: processes do not compare clocks. */
  readonly reset_ms: number;
}

/** Where the buckets of all processes stand. test/jobs/lease-stores.spec.ts is the contract of every implementation. */
export interface LeaseStore {
  /** One lease for each ask, in the order of the asks; no key twice. Fails where the store cannot be reached. */
  lease(asks: readonly Ask[]): Promise<readonly Lease[]>;
  /** Says that this process is there. @returns how many are, at least 1 */
  attend(): Promise<number>;
  close(): Promise<void>;
}
