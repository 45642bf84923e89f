import { Pool, type buildConnector } from 'undici';

const MAX_POOLS = 2_000;
const IDLE_MS = 30_000;
const MAX_HEADER_BYTES = 16_384;
/** Per origin, over all tenants that name it. */
const MAX_CONNECTIONS = 64;

/** Connection pools per origin; the one used longest ago gives way. */
export class PoolCache {
  readonly #pools = new Map<string, Pool>();

  constructor(
    private readonly connect: buildConnector.connector,
    private readonly max = MAX_POOLS,
  ) {}

  get size(): number {
    return this.#pools.size;
  }

  of(origin: string): Pool {
    const pool = this.#pools.get(origin) ?? this.#make(origin);
    this.#pools.delete(origin);
    this.#pools.set(origin, pool);
    if (this.#pools.size > this.max) this.#dropOldest();
    return pool;
  }

  /** Every connection ends at once. */
  async destroy(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #make(origin: string): Pool {
    return new Pool(origin, {
      connect: this.connect,
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

  #dropOldest(): void {
    const [origin, pool] = this.#pools.entries().next().value ?? [];
    if (origin === undefined || pool === undefined) return;
    this.#pools.delete(origin);
    void pool.close();
  }
}
