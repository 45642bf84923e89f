import { Pool } from 'undici';
import type { DestinationGuard } from './destination-guard.js';
import { TracedClient, type Origin } from './traced-client.js';
import type { WebhookUrl } from './webhook-url.js';

const MOST_ORIGINS = 2_000;
const CONNECTIONS = 64;

interface Entry {
  readonly origin: Origin;
  readonly pool: Pool;
}

/** A pool for each origin; above 2,000 the one that was not used for longest is closed when its sends have ended. */
export class ConnectionPools {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly guard: DestinationGuard) {}

  for(target: WebhookUrl): Pool {
    return this.entry(target).pool;
  }

  /** A connection that is certainly new; the caller closes it. */
  single(target: WebhookUrl): TracedClient {
    return new TracedClient(this.guard, this.entry(target).origin);
  }

  /** Ends idle connections at once and waits for those in use. */
  async close(): Promise<void> {
    const pools = [...this.entries.values()].map(({ pool }) => pool);
    this.entries.clear();
    await Promise.all(pools.map((pool) => pool.close()));
  }

  private entry({ url, host, port }: WebhookUrl): Entry {
    const known = this.entries.get(url.origin);
    const entry = known ?? this.open({ origin: url.origin, host, port, secure: url.protocol === 'https:', tls: {} });
    if (known) this.entries.delete(url.origin);
    this.entries.set(url.origin, entry);
    const [oldest] = this.entries;
    if (this.entries.size > MOST_ORIGINS && oldest) {
      this.entries.delete(oldest[0]);
      void oldest[1].pool.close();
    }
    return entry;
  }

  private open(origin: Origin): Entry {
    return { origin, pool: new Pool(origin.origin, { connections: CONNECTIONS, factory: () => new TracedClient(this.guard, origin) }) };
  }
}
