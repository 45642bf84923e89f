import { Pump } from '#platform/queue/index.js';
import type { Claim, ClaimedDelivery, ClaimTerms, PoolName } from './claim.repository.js';
import type { LaneKey } from './fan-out.repository.js';

export interface SendPoolTerms {
  readonly pool: PoolName;
  /** Sends at once. */
  readonly slots: number;
  readonly poll_ms: number;
  readonly lease_margin_ms: number;
  claim(terms: ClaimTerms): Promise<Claim>;
  sleep(lanes: readonly LaneKey[]): Promise<void>;
  /** Until the delivery is sent and its result is written. Never rejects. */
  deliver(claimed: ClaimedDelivery): Promise<void>;
  failed(error: unknown): void;
}

/** A lane at its limit is looked at again 20 ms after a claim has met it; a send that ends sooner finds it asleep. */
const LIMIT_OVER_MS = 25;
/** Sends end one by one, and a claim costs about the same for one row and for twenty. */
const CLAIMS_APART_MS = 8;

/** Places for sends. Claims when places are free; a tenant gets at most a quarter of them. */
export class SendPool {
  readonly #pump: Pump;
  readonly #sends = new Set<Promise<void>>();
  readonly #byTenant = new Map<string, number>();
  #second: NodeJS.Timeout | null = null;

  constructor(private readonly terms: SendPoolTerms) {
    this.#pump = new Pump({
      every_ms: terms.poll_ms,
      gap_ms: CLAIMS_APART_MS,
      turn: () => this.turn(),
      failed: (error) => terms.failed(error),
    });
  }

  get inUse(): number {
    return this.#sends.size;
  }

  start(): void {
    this.#pump.start();
  }
  kick(): void {
    this.#pump.kick();
  }
  /** Claims no more; waits for what is under way. */
  async stop(): Promise<void> {
    await this.#pump.stop();
    await Promise.all(this.#sends);
    if (this.#second) clearTimeout(this.#second);
    this.#second = null;
  }

  /** One claim. @returns whether there may be more */
  async turn(): Promise<boolean> {
    const { pool, slots, lease_margin_ms } = this.terms;
    const free = slots - this.#sends.size;
    if (free <= 0) return false; // a send that ends kicks
    const { work, idle } = await this.terms.claim({
      pool,
      free,
      tenant_limit: Math.max(1, Math.floor(slots / 4)),
      in_flight: this.#byTenant,
      lease_margin_ms,
    });
    for (const claimed of work) this.#send(claimed);
    if (idle.length) await this.terms.sleep(idle);
    return work.length > 0;
  }

  #send(claimed: ClaimedDelivery): void {
    const { tenant_id } = claimed;
    this.#byTenant.set(tenant_id, (this.#byTenant.get(tenant_id) ?? 0) + 1);
    const send = this.terms.deliver(claimed).finally(() => {
      this.#sends.delete(send);
      const left = (this.#byTenant.get(tenant_id) ?? 1) - 1;
      if (left > 0) this.#byTenant.set(tenant_id, left);
      else this.#byTenant.delete(tenant_id);
      this.#kickTwice();
    });
    this.#sends.add(send);
  }

  /** Without the second kick an endpoint with one place would get one delivery a poll. */
  #kickTwice(): void {
    this.#pump.kick();
    this.#second ??= setTimeout(() => {
      this.#second = null;
      this.#pump.kick();
    }, LIMIT_OVER_MS).unref();
  }
}
