import { outsideLogContext } from '../logging/index.js';
import type { Ask } from './lease-store.js';
import type { Limit } from './gcra.js';
import { Share } from './share.js';
import type { SteadyLeases } from './steady-leases.js';

/** One of the limits that a request counts against. */
export interface Budget {
  /** What refuses, for the metric and for the caller: `anonymous`, `tenant` … */
  readonly scope: string;
  /** Whose it is. */
  readonly who: string;
  readonly limit: Limit;
  /** Counted one by one in the shared store, at the price of its round trip. */
  readonly exact?: true;
}

export type Budgets = readonly [Budget, ...Budget[]];

/** Where a caller stands after a request, by the budget that is tightest. Times in ms. */
export interface Standing {
  readonly allowed: boolean;
  readonly scope: string;
  readonly limit: Limit;
  readonly remaining: number;
  /** Until the budget is whole again. */
  readonly reset_ms: number;
  /** Until one more fits; 0: now. */
  readonly wait_ms: number;
}

/** Leases that nobody waits for are collected for so long, and go together. */
const COLLECT_MS = 20;
/** Who waits while others take the lease away asks again, so often. */
const TRIES = 5;

/**
 * Counts requests against budgets, over all processes. Each process holds a share of every bucket that it serves, leased ahead, so a
 * request is let through, or refused, by a look at memory; only the first one of a caller waits for a lease.
 */
export class Limiter {
  /** Least recently leased first. */
  readonly #buckets = new Map<string, Bucket>();
  #next: Round | null = null;

  /** @param seal makes of a bucket's name what the store may keep: nobody's address can be read from it */
  constructor(
    private readonly leases: Pick<SteadyLeases, 'lease' | 'processes'>,
    private readonly now: () => number,
    private readonly seal: (name: string) => string,
    private readonly capacity = 50_000,
  ) {}

  /** The refusal that is known already: nobody is asked and nothing is counted. */
  refusal(budgets: readonly Budget[]): Standing | null {
    const now = this.now();
    for (const budget of budgets) {
      const bucket = this.#buckets.get(nameOf(budget));
      if (bucket?.share.isSpent(now)) return standing(bucket, now, false);
    }
    return null;
  }

  /** Takes one request from each budget, or from none. A promise only where a lease has to be waited for. */
  take(budgets: Budgets): Standing | Promise<Standing> {
    const buckets = budgets.map((budget) => this.#bucket(budget)) as unknown as Buckets;
    return this.#takeNow(buckets) ?? this.#takeWhenLeased(buckets);
  }

  async #takeWhenLeased(buckets: Buckets): Promise<Standing> {
    for (let i = 0; i < TRIES; i++) {
      await Promise.all(buckets.map((bucket) => this.#waitForLease(bucket)));
      const found = this.#takeNow(buckets);
      if (found) return found;
    }
    const now = this.now();
    const lacking = buckets.find(({ share }) => !share.has(now, this.leases.processes)) ?? buckets[0];
    return standing(lacking, now, false);
  }

  /** null: only a lease can tell. */
  #takeNow(buckets: Buckets): Standing | null {
    const now = this.now();
    const { processes } = this.leases;
    for (const bucket of buckets) {
      if (bucket.share.has(now, processes)) continue;
      return bucket.share.isSpent(now) ? standing(bucket, now, false) : null;
    }
    let tightest = buckets[0];
    for (const bucket of buckets) {
      bucket.share.use();
      if (!bucket.share.exact && bucket.share.wanted(now, processes) > 0) void this.#lease(bucket);
      if (bucket.share.remaining(now) < tightest.share.remaining(now)) tightest = bucket;
    }
    return standing(tightest, now, true);
  }

  async #waitForLease(bucket: Bucket): Promise<void> {
    const { share } = bucket;
    const now = this.now();
    if (share.has(now, this.leases.processes) || share.isSpent(now)) return;
    share.waiting += 1;
    try {
      const round = this.#lease(bucket);
      round.hurry();
      await round.done;
    } finally {
      share.waiting -= 1;
    }
  }

  #lease(bucket: Bucket): Round {
    if (bucket.round) return bucket.round;
    const round = (this.#next ??= new Round((buckets) => this.#run(buckets)));
    round.buckets.push(bucket);
    bucket.round = round;
    return round;
  }

  async #run(buckets: readonly Bucket[]): Promise<void> {
    this.#next = null;
    const { processes } = this.leases;
    const asked = buckets.filter((bucket) => bucket.share.wanted(this.now(), processes) > 0);
    const asks = asked.map(({ key, share }): Ask => ({ key, limit: share.limit, wanted: share.wanted(this.now(), processes) }));
    try {
      const leases = asks.length > 0 ? await this.leases.lease(asks) : [];
      leases.forEach((lease, i) => asked[i]?.share.leased(lease, this.now()));
      for (const bucket of asked) this.#keep(bucket);
    } finally {
      for (const bucket of buckets) bucket.round = null;
    }
  }

  #bucket(budget: Budget): Bucket {
    const name = nameOf(budget);
    const known = this.#buckets.get(name);
    if (known) return known;
    const share = new Share(budget.limit, budget.exact === true, this.now());
    const bucket: Bucket = { name, scope: budget.scope, key: this.seal(name), share, round: null };
    this.#keep(bucket);
    return bucket;
  }

  #keep(bucket: Bucket): void {
    this.#buckets.delete(bucket.name);
    if (this.#buckets.size >= this.capacity) this.#buckets.delete(this.#buckets.keys().next().value as string);
    this.#buckets.set(bucket.name, bucket);
  }
}

interface Bucket {
  readonly name: string;
  readonly scope: string;
  /** Of the store. */
  readonly key: string;
  readonly share: Share;
  /** That will bring the next lease. */
  round: Round | null;
}
type Buckets = readonly [Bucket, ...Bucket[]];

/** Leases that are asked for in one statement. It belongs to none of the requests that need them, so its lines carry no request id. */
class Round {
  readonly buckets: Bucket[] = [];
  readonly done: Promise<void>;
  readonly #start: () => void;
  readonly #timer: NodeJS.Timeout;
  #isUnderWay = false;

  constructor(run: (buckets: readonly Bucket[]) => Promise<void>) {
    const { promise, resolve, reject } = deferred();
    this.done = promise;
    this.#start = () => {
      this.#isUnderWay = true;
      outsideLogContext(() => run(this.buckets)).then(resolve, reject);
    };
    this.#timer = setTimeout(this.#start, COLLECT_MS).unref();
  }

  /** Somebody waits: it goes as soon as the requests that are at hand have said what they need. */
  hurry(): void {
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    clearTimeout(this.#timer);
    setImmediate(this.#start);
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Other terms are another bucket. */
const nameOf = ({ scope, who, limit }: Budget): string => `${scope} ${limit.count}/${limit.period_ms} ${who}`;

const standing = ({ scope, share }: Bucket, now: number, allowed: boolean): Standing => ({
  allowed,
  scope,
  limit: share.limit,
  remaining: allowed ? share.remaining(now) : 0,
  reset_ms: share.resetMs(now),
  wait_ms: allowed ? 0 : share.waitMs(now),
});
