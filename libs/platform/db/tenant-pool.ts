import type pg from 'pg';
import { fail } from '#contracts/errors.js';
import type { ClientSettings } from './client-settings.js';
import { Refused } from './errors.js';
import { STDERR_LOGGER, NO_OBSERVER, type DbLogger, type DbObserver, type PoolGauges } from './observer.js';
import { NO_CONNECTION_FREE, PgPool } from './pg-internals.js';
import { TenantClient } from './tenant-client.js';

export interface TenantPoolOptions {
  /** `postgres://tenantry_app:…@host:5432/tenantry`. Timeouts do not belong in it: ALTER ROLE. */
  readonly connectionString: string;
  readonly ssl?: pg.ClientConfig['ssl'];
  readonly application_name?: string;
  /** Connections. */
  readonly max?: number;
  readonly idleTimeoutMillis?: number;
  /** How long a caller waits for a connection before 503 `busy`; 2,000. */
  readonly connectionTimeoutMillis?: number;
  /** DB_PREPARED; true. */
  readonly prepared?: boolean;
  /** `wait` in production; `throw`. */
  readonly onSecondQuery?: 'throw' | 'wait';
  /** A statement is slow above this; 100. */
  readonly slow_ms?: number;
  readonly observer?: DbObserver;
  readonly logger?: DbLogger;
  /** A statement nobody awaited was still running when its `work` ended. Tests throw here; otherwise it is logged. */
  readonly onLeftBehind?: (place: string) => void;
}

export type LeasedClient = TenantClient & { release(error?: Error): void };

/** Connections of one role. What comes back unclean is closed: pg-pool itself would hand one tenant's transaction to the next. */
export class TenantPool extends PgPool {
  readonly observer: DbObserver;
  readonly logger: DbLogger;
  readonly onLeftBehind: (place: string) => void;
  readonly #connected = new Set<TenantClient>();
  readonly #start: { open: boolean };
  #ended: Promise<void> | null = null;

  constructor(options: TenantPoolOptions) {
    const {
      prepared = true,
      onSecondQuery = 'throw',
      slow_ms = 100,
      observer = NO_OBSERVER,
      logger = STDERR_LOGGER,
      onLeftBehind,
      ...forPg
    } = options;
    const start = { open: false };
    const tenantry: ClientSettings = { observer, prepared, onSecondQuery, slow_ms, isStarting: () => start.open };
    super({ connectionTimeoutMillis: 2_000, ...forPg, tenantry, Client: TenantClient });
    this.observer = observer;
    this.logger = logger;
    this.onLeftBehind = onLeftBehind ?? ((place) => logger.error({ place }, 'a statement was still running when its transaction ended'));
    this.#start = start;
    this.on('connect', (client) => this.#connected.add(client as unknown as TenantClient));
    this.on('remove', (client) => this.#connected.delete(client as unknown as TenantClient));
    // An idle connection that breaks (restart of the server) is replaced by the next caller; without a listener Node would exit.
    this.on('error', (error) => logger.warn({ error: error.message }, 'an idle database connection was lost'));
  }

  /** A connection for one piece of work; `release()` it in `finally`. 503 `busy` when none comes free in time. */
  async lease(): Promise<LeasedClient> {
    let client: LeasedClient;
    try {
      client = (await this.connect()) as unknown as LeasedClient;
    } catch (error) {
      if (error instanceof Error && error.message === NO_CONNECTION_FREE) throw fail('busy', { retry_after: 1 }, error);
      throw error;
    }
    try {
      client.lease();
    } catch (error) {
      client.release(error as Error);
      throw error;
    }
    return client;
  }

  /** Lets TypeORM ask its questions of the start (version, schema) without a scope. Before the first request only. */
  async duringStart<T>(work: () => Promise<T>): Promise<T> {
    this.#start.open = true;
    try {
      return await work();
    } finally {
      this.#start.open = false;
    }
  }

  /** Whoever releases, TypeORM included, comes through here. */
  override _release(client: TenantClient, idleListener: unknown, error?: Error | boolean): void {
    client.endLease();
    const isLeak = !error && !client.isLost && !client.isClean;
    if (isLeak) {
      this.observer.destroyed(client.place);
      this.logger.error({ place: client.place }, 'a connection came back with a transaction or a statement left open and was closed');
    }
    super._release(client, idleListener, error || (isLeak || client.isLost ? new Refused('left open') : undefined));
  }

  query(): never {
    throw new Refused('pool.query has no scope: use TenantDb or PlatformDb');
  }

  gauges(): PoolGauges {
    let named_statements = 0;
    for (const client of this.#connected) named_statements += client.namedStatements;
    return { total: this.totalCount, idle: this.idleCount, waiting: this.waitingCount, named_statements };
  }

  /** Twice is once: TypeORM ends the pool it shares. The callback form is TypeORM's. */
  override end(done?: (error?: Error) => void): Promise<void> {
    this.#ended ??= super.end();
    if (done) this.#ended.then(() => done(), done);
    return this.#ended;
  }
}
