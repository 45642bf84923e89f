import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '#platform/config/index.js';
import { KeyRings, SystemClock, type Clock } from '#platform/crypto/index.js';
import { createDataSource, PlatformDb, TenantDb, TenantPool } from '#platform/db/index.js';
import { SystemDnsTxt, type DnsTxt } from '#platform/dns/index.js';
import { createLimiter } from '#platform/limits/index.js';
import { createLogger, fileDestination, type Logger } from '#platform/logging/index.js';
import { dbObserver, Metrics } from '#platform/metrics/index.js';
import { queueSettings } from '#platform/queue/index.js';
import type { DemoAccounts, Runtime } from '#platform/runtime.js';
import { createStorage } from '#platform/storage/index.js';
import { createRegistry } from '../app.module.js';

export interface RuntimeInput {
  readonly config: Config;
  readonly urls: { readonly appUrl: string; readonly platformUrl: string };
  readonly clock?: Clock;
  readonly dns?: DnsTxt;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  readonly demo?: (() => DemoAccounts) | null;
  /** The quick start: the console shows the sign-ins and nothing else. */
  readonly log_to_file?: boolean;
  /** Tests: a promise left behind in a transaction fails them. */
  readonly onLeftBehind?: (place: string) => void;
  readonly queueUrl?: string;
  readonly queuePrefix?: string;
}

/** Opens everything that is open while the process lives, in one place. `close` is its reverse and runs after Nest has stopped. */
export async function openRuntime(input: RuntimeInput): Promise<{ runtime: Runtime; close: () => Promise<void> }> {
  const { config, urls } = input;
  const build = config.build || commitHere();
  const metrics = input.metrics ?? new Metrics({ version: productVersion(), commit: build, defaults: true });
  const logger = input.logger ?? processLogger(config, input.log_to_file === true);
  const pool = (connectionString: string, name: 'app' | 'platform', max: number): TenantPool =>
    new TenantPool({
      connectionString,
      max,
      application_name: `tenantry-${name}`,
      prepared: config.db_prepared === 'on',
      onSecondQuery: config.production ? 'wait' : 'throw',
      observer: dbObserver(metrics, logger, name),
      logger,
      ...(input.onLeftBehind ? { onLeftBehind: input.onLeftBehind } : {}),
    });
  const app = pool(urls.appUrl, 'app', config.db_pool_app);
  const platform = pool(urls.platformUrl, 'platform', config.db_pool_platform);
  metrics.watchPool('app', () => app.gauges());
  metrics.watchPool('platform', () => platform.gauges());
  metrics.watchLog(logger);
  const entities = await createDataSource(app, []);
  const platformDb = new PlatformDb(platform);
  const queue = queueSettings({ queue_url: input.queueUrl ?? config.queue_url, redis_url: config.redis_url }, urls.platformUrl);
  const rings = new KeyRings(config);
  const limits = createLimiter({ config, rings, platform: platformDb, logger, prefix: input.queuePrefix ?? 'tenantry' });
  const runtime: Runtime = {
    config,
    clock: input.clock ?? new SystemClock(),
    logger,
    metrics,
    rings,
    tenantDb: new TenantDb(app, entities),
    platformDb,
    limiter: limits.limiter,
    storage: createStorage(config, (driver, operation, result, seconds) => metrics.storage(driver, operation, result, seconds)),
    dns: input.dns ?? new SystemDnsTxt((code) => logger.warn({ code }, 'a DNS lookup failed')),
    registry: createRegistry(),
    queue: input.queuePrefix
      ? Object.assign(Object.create(Object.getPrototypeOf(queue) as object) as typeof queue, queue, { prefix: input.queuePrefix })
      : queue,
    listen_url: urls.platformUrl,
    build,
    demo: input.demo ?? null,
  };
  return {
    runtime,
    close: async () => {
      await limits.close();
      await Promise.allSettled([app.end(), platform.end()]);
    },
  };
}

/** JSON on stdout, or a file in the data folder. */
function processLogger(config: Config, toFile: boolean): Logger {
  const destination = toFile ? { destination: fileDestination(path.join(config.data_dir, 'log', 'tenantry.log')) } : {};
  return createLogger({ level: config.log_level, format: config.log_format, ...destination });
}

export function productVersion(): string {
  return (JSON.parse(readFileSync(path.resolve('package.json'), 'utf8')) as { version: string }).version;
}

/** The commit of this checkout; `dev` where there is none. */
function commitHere(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'dev'; // a downloaded archive has no git
  }
}
