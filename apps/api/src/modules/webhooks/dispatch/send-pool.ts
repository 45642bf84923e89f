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
/** A claim costs about the same for one row and for sixty, so it waits for half of what is under way to end, but not longer than this. */
const CLAIM_WITHIN_MS = 20;
/** However many relays and retries kick. */
const CLAIMS_APART_MS = 4;

/** Places for sends. Claims when places are free; a tenant gets at most a quarter of them. */
export class SendPool {
  readonly #pump: Pump;
  readonly #sends = new Set<Promise<void>>();
  readonly #byTenant = new Map<string, number>();
  #second: NodeJS.Timeout | null = null;
  #soon: NodeJS.Timeout | null = null;
  /** Under way after the last claim, and how many of these have ended. */
  #claimed = 0;
  #ended = 0;
  #turned_ms = -Infinity;

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
    for (const timer of [this.#second, this.#soon]) if (timer) clearTimeout(timer);
    this.#second = null;
    this.#soon = null;
  }

  /** One claim. @returns whether there is more to claim at once; else sends that end, relays and retries kick */
  async turn(): Promise<boolean> {
    const { pool, slots, lease_margin_ms } = this.terms;
    this.#turned_ms = performance.now();
    const free = slots - this.#sends.size;
    if (free <= 0) return false; // a send that ends kicks
    const { work, idle, is_full } = await this.terms.claim({
      pool,
      free,
      tenant_limit: Math.max(1, Math.floor(slots / 4)),
      in_flight: this.#byTenant,
      lease_margin_ms,
    });
    for (const claimed of work) this.#send(claimed);
    this.#claimed = this.#sends.size;
    this.#ended = 0;
    if (idle.length) await this.terms.sleep(idle);
    return is_full;
  }

  #send(claimed: ClaimedDelivery): void {
    const { tenant_id } = claimed;
    this.#byTenant.set(tenant_id, (this.#byTenant.get(tenant_id) ?? 0) + 1);
    const send = this.terms.deliver(claimed).finally(() => {
      this.#sends.delete(send);
      const left = (this.#byTenant.get(tenant_id) ?? 1) - 1;
      if (left > 0) this.#byTenant.set(tenant_id, left);
      else this.#byTenant.delete(tenant_id);
      this.#whenWorthIt();
    });
    this.#sends.add(send);
  }

  #whenWorthIt(): void {
    this.#ended += 1;
    if (this.#ended * 2 >= this.#claimed) this.#kickTwice();
    else
      this.#soon ??= setTimeout(() => {
        this.#soon = null;
        this.#kickTwice();
      }, CLAIM_WITHIN_MS).unref();
  }

  /** Without the second kick an endpoint with one place would get one delivery a poll. While claims go on they are that kick. */
  #kickTwice(): void {
    this.#pump.kick();
    this.#second ??= setTimeout(() => this.#kickIfQuiet(), LIMIT_OVER_MS).unref();
  }

  #kickIfQuiet(): void {
    this.#second = null;
    const due_in_ms = this.#turned_ms + LIMIT_OVER_MS - performance.now();
    if (due_in_ms > 1) this.#second = setTimeout(() => this.#kickIfQuiet(), due_in_ms).unref();
    else this.#pump.kick();
  }
}
