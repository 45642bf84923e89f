import { createPostgresBackend, createRedisBackend, Queue, Worker, type Processor, type QueueOptions, type WorkerOptions } from 'bullmq';
import { setTimeout as wait } from 'node:timers/promises';
import type { Config } from '../config/index.js';

/** Where the queues live. Made by the wiring from the config and the platform URL; its own injection token. */
export class QueueSettings {
  constructor(
    /** `postgres://` (role tenantry_platform, never through PgBouncer) or `redis://`, `rediss://`. */
    readonly url: string,
    /** Of the queue names: tests that share a server keep apart. */
    readonly prefix = 'tenantry',
  ) {}

  get backend(): 'postgres' | 'redis' {
    return /^rediss?:/.test(this.url) ? 'redis' : 'postgres';
  }
}

/** QUEUE_URL, else REDIS_URL, else the database as the platform role. */
export const queueSettings = (config: Pick<Config, 'queue_url' | 'redis_url'>, platform_url: string): QueueSettings =>
  new QueueSettings(config.queue_url || config.redis_url || platform_url);

/** Schema of BullMQ's own tables; its migrations run with ours. */
export const QUEUE_SCHEMA = 'bullmq';

const POOL = { max: 2, connectionTimeoutMillis: 2_000, keepAlive: true } as const;

type Connection = QueueOptions['connection'];

/** `@nestjs/bullmq` gives workers the connection of their queue; a worker waits for Redis as long as it takes. */
const PATIENT = { maxRetriesPerRequest: null, enableOfflineQueue: true } as const;

/**
 * `@nestjs/bullmq` types the connection for Redis, so the PostgreSQL form is cast, once, here.
 * Producers fail at once while Redis is down (`enableOfflineQueue: false`): an alarm that waits in memory is worth less than the reaper.
 */
export function queueConnection(settings: QueueSettings): Connection {
  if (settings.backend === 'redis') return { url: settings.url, maxRetriesPerRequest: 1, enableOfflineQueue: false, connectTimeout: 2_000 };
  return { connectionString: settings.url, schema: QUEUE_SCHEMA, application_name: 'tenantry-queue', ...POOL } as unknown as Connection;
}

const isPostgres = (connection: unknown): boolean =>
  typeof connection === 'object' && connection !== null && 'connectionString' in connection;
/** By connection and not by `setDefaultBackendFactory`, which is one for the process: tests run both backends side by side. */
const backendOf = (connection: unknown) =>
  isPostgres(connection) ? (createPostgresBackend as unknown as typeof createRedisBackend) : createRedisBackend;

/** The class that `@nestjs/bullmq` makes its queues of (`BullModule.queueClass`). */
export class BackendQueue extends Queue {
  constructor(name: string, opts: QueueOptions) {
    super(name, opts, backendOf(opts.connection));
  }

  /** To a Redis that is away there is no good-bye to say. Not waited for: a client that reconnects is cut and never says so. */
  override close(): Promise<void> {
    return super.close().catch(() => void this.disconnect().catch(() => undefined));
  }
}

/** A broker that refuses is asked again after this; one that was lost after this (BullMQ's own value is 15 s). */
const REFUSED_MS = 1_000;
const LOST_MS = 2_000;

/** Same for its workers (`BullModule.workerClass`). */
export class BackendWorker extends Worker {
  #leave: () => void = () => undefined;
  readonly #left = new Promise<void>((resolve) => (this.#leave = resolve));

  constructor(name: string, processor: Processor, opts: WorkerOptions) {
    const connection = isPostgres(opts.connection) ? opts.connection : ({ ...opts.connection, ...PATIENT } as Connection);
    super(name, processor, { ...opts, connection, runRetryDelay: LOST_MS }, backendOf(connection));
  }

  /** Waits for its jobs and then for the broker; for that one until somebody says `leave`. */
  override close(force = false): Promise<void> {
    return Promise.race([super.close(force), this.#left]);
  }
  /** The broker does not answer: BullMQ would wait for Redis for ever. Does what it would do next, its timers included. */
  leave(): void {
    this.#leave();
    this.backend.close(true).catch(() => undefined);
    this.lockManager.close().catch(() => undefined);
    (this as unknown as { stalledCheckStopper?: () => void }).stalledCheckStopper?.();
  }

  /** BullMQ itself waits for a connection only: a Redis that is full it would ask again at once, thousands of times a second. */
  protected override async moveToActive(...args: Parameters<Worker['moveToActive']>): ReturnType<Worker['moveToActive']> {
    try {
      return await super.moveToActive(...args);
    } catch (error) {
      if (!this.closing) await wait(REFUSED_MS);
      throw error;
    }
  }
}
