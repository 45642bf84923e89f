import { performance } from 'node:perf_hooks';
import type { Config } from '../config/index.js';
import { newId, type KeyRings } from '../crypto/index.js';
import type { PlatformDb } from '../db/index.js';
import type { Logger } from '../logging/index.js';
import { PostgresLeases } from './leases.repository.js';
import { Limiter } from './limiter.js';
import { RedisLeases } from './redis-leases.js';
import { SteadyLeases } from './steady-leases.js';

export interface LimiterNeeds {
  readonly config: Config;
  readonly rings: KeyRings;
  readonly platform: PlatformDb;
  readonly logger: Logger;
  /** Of names in Redis: tests that share a server keep apart. */
  readonly prefix: string;
}

/** Buckets in Redis when there is one, else in PostgreSQL. `close` before the pools are. */
export function createLimiter({ config, rings, platform, logger, prefix }: LimiterNeeds): { limiter: Limiter; close: () => Promise<void> } {
  const now = (): number => performance.now(); // steady: nobody's clock is set by it
  const process_id = newId();
  const store = config.redis_url ? new RedisLeases(config.redis_url, process_id, prefix) : new PostgresLeases(platform, process_id);
  const leases = new SteadyLeases(store, now, {
    away: (error) => logger.warn({ err: error }, 'rate limits cannot be shared: each process goes on with its part'),
    back: () => logger.info({}, 'rate limits are shared again'),
  });
  const ring = rings.ring('throttle');
  return { limiter: new Limiter(leases, now, (name) => ring.hmac('limit', name).toString('base64url')), close: () => leases.close() };
}
