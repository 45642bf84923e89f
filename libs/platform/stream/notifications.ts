import { Injectable } from '@nestjs/common';
import pg from 'pg';
import { WorkObserver } from '../queue/index.js';

/** LISTEN takes no parameter, so its statements are written out. */
const LISTEN = {
  tenantry_outbox: 'listen tenantry_outbox',
  tenantry_readers: 'listen tenantry_readers',
  tenantry_stream: 'listen tenantry_stream',
  tenantry_webhooks: 'listen tenantry_webhooks',
} as const;
export type Channel = keyof typeof LISTEN;

/** Where to listen: PostgreSQL itself, as tenantry_platform. null: hints stay in this process (behind PgBouncer, or in a unit test). */
export class NotificationSettings {
  constructor(readonly url: string | null) {}
}

const RETRY_MS = { first: 250, most: 5_000 } as const;
/** More than this on the way means that the server does not take them; a hint that late is worth nothing. */
const MAX_PENDING = 1_000;

/**
 * The one LISTEN connection of the process, which sends NOTIFY too, outside any transaction. Hints only: nothing is lost when it is down,
 * whoever listens polls or resynchronises after a gap. It does not use the pools, whose clients refuse LISTEN.
 */
@Injectable()
export class Notifications {
  readonly #listeners = new Map<Channel, Set<(payload: string) => void>>();
  readonly #gapListeners = new Set<() => void>();
  #client: pg.Client | null = null;
  #retry: NodeJS.Timeout | null = null;
  #connecting: Promise<void> | null = null;
  #attempts = 0;
  #pending = 0;
  #last: Promise<unknown> = Promise.resolve();
  #wasConnected = false;
  #isStopped = true;

  constructor(
    private readonly settings: NotificationSettings,
    private readonly observer: WorkObserver,
  ) {}

  /** Connects; a server that is down is tried again, so this never throws. */
  async start(): Promise<void> {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    await this.#connect();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#retry) clearTimeout(this.#retry);
    this.#retry = null;
    await this.#connecting;
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  get isConnected(): boolean {
    return this.#client !== null;
  }

  /** Returns how to stop listening. */
  listen(channel: Channel, listener: (payload: string) => void): () => void {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Called when the connection is back after it was lost: what was sent in between is unknown. */
  onGap(listener: () => void): () => void {
    this.#gapListeners.add(listener);
    return () => void this.#gapListeners.delete(listener);
  }

  /** Never waits for the server longer than the connection lives, never throws. @returns whether the server has taken it */
  async notify(channel: Channel, payload: string): Promise<boolean> {
    const client = this.#client;
    if (!client || this.#pending >= MAX_PENDING) return false;
    this.#pending += 1;
    // One after the other: pg takes a second query while one runs, but will not for ever. In the order they came.
    const sent = this.#last.then(() => client.query('select pg_notify($1, $2)', [channel, payload]));
    this.#last = sent.catch(() => undefined);
    try {
      await sent;
      return true;
    } catch (error) {
      this.observer.log('warn', { channel, error: messageOf(error) }, 'notify failed');
      return false;
    } finally {
      this.#pending -= 1;
    }
  }

  async #connect(): Promise<void> {
    const { url } = this.settings;
    if (url === null || this.#isStopped) return;
    this.#connecting = this.#open(url).finally(() => {
      this.#connecting = null;
    });
    await this.#connecting;
  }

  async #open(url: string): Promise<void> {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'tenantry-listen',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    client.on('error', (error) => this.#lost(client, error));
    client.on('end', () => this.#lost(client, new Error('the connection was closed')));
    client.on('notification', ({ channel, payload }) => this.#deliver(channel, payload ?? ''));
    try {
      await client.connect();
      for (const statement of Object.values(LISTEN)) await client.query(statement);
    } catch (error) {
      await client.end().catch(() => undefined);
      return this.#again(error);
    }
    if (this.#isStopped) return void (await client.end().catch(() => undefined));
    this.#client = client;
    this.#attempts = 0;
    if (this.#wasConnected) for (const listener of this.#gapListeners) listener();
    this.#wasConnected = true;
  }

  #deliver(channel: string, payload: string): void {
    for (const listener of this.#listeners.get(channel as Channel) ?? []) listener(payload);
  }

  #lost(client: pg.Client, error: unknown): void {
    if (this.#client !== client) return;
    this.#client = null;
    void client.end().catch(() => undefined);
    this.#again(error);
  }

  #again(error: unknown): void {
    if (this.#isStopped || this.#retry) return;
    const wait = Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** this.#attempts++) * (0.5 + Math.random() / 2);
    this.observer.log('warn', { error: messageOf(error), retry_ms: Math.round(wait) }, 'the LISTEN connection is down');
    this.#retry = setTimeout(() => {
      this.#retry = null;
      void this.#connect();
    }, wait);
    this.#retry.unref();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
