import { Pool, type buildConnector, type Client } from 'undici';
import { Carrier } from './connection.js';

const MAX_POOLS = 2_000;
const IDLE_MS = 30_000;
const MAX_HEADER_BYTES = 16_384;
/** Per origin, over all tenants that name it. */
const MAX_CONNECTIONS = 64;

interface Kept {
  readonly pool: Pool;
  /** The turn of its last use. */
  used: number;
}

/** Connection pools per origin; the one used longest ago gives way. */
export class PoolCache {
  readonly #pools = new Map<string, Kept>();
  #turn = 0;

  constructor(
    private readonly connect: buildConnector.connector,
    private readonly max = MAX_POOLS,
  ) {}

  get size(): number {
    return this.#pools.size;
  }

  of(origin: string): Pool {
    const kept = this.#pools.get(origin) ?? this.#add(origin);
    this.#turn += 1;
    kept.used = this.#turn;
    return kept.pool;
  }

  /** Every connection ends at once. */
  async destroy(): Promise<void> {
    const kept = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(kept.map(({ pool }) => pool.destroy()));
  }

  #add(origin: string): Kept {
    if (this.#pools.size >= this.max) this.#dropOldest();
    const kept = { pool: this.#make(origin), used: 0 };
    this.#pools.set(origin, kept);
    return kept;
  }

  #make(origin: string): Pool {
    return new Pool(origin, {
      connect: this.connect,
      factory: (url, options) => new Carrier(url, options as Client.Options & { connect: buildConnector.connector }),
      connections: MAX_CONNECTIONS,
      pipelining: 1,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // The sender has one deadline for all stages. These would only restart with each byte that drips in.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Seldom: only an origin that is new pays for the search. */
  #dropOldest(): void {
    let oldest: [string, Kept] | null = null;
    for (const entry of this.#pools) if (oldest === null || entry[1].used < oldest[1].used) oldest = entry;
    if (oldest === null) return;
    this.#pools.delete(oldest[0]);
    void oldest[1].pool.close();
  }
}
