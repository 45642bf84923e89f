import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { newId } from '../crypto/index.js';
import type { Tx } from '../db/index.js';
import { WorkObserver } from '../queue/index.js';
import { Notifications } from './notifications.js';
import { RingBuffer } from './ring-buffer.js';

export type StreamEventName =
  'job.progress' | 'job.finished' | 'provisioning.step' | 'notification.created' | 'delivery.updated' | 'me.changed';

/** A hint that something changed: ids, states and numbers, never a name, an address or a text of a tenant; it passes through NOTIFY. */
export interface StreamMessage {
  /** `jobs`, `job:<id>`, `me` … */
  readonly topic: string;
  /** Only readers of this tenant, and staff, get it; null: staff only. */
  readonly tenant_id: string | null;
  /** Only this person. */
  readonly principal_id?: string;
  readonly event: StreamEventName;
  /** What the GET that it stands for answers, cut to what fits: ≤ 4 kB. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface SentMessage extends StreamMessage {
  readonly id: string;
}

/** Who listens to what. The topics were authorized before. */
export interface StreamReader {
  readonly topics: ReadonlySet<string>;
  /** null: staff. */
  readonly tenant_id: string | null;
  readonly principal_id: string;
}

export interface StreamListener {
  message(message: SentMessage): void;
  /** Messages may be missing: the reader fetches anew. */
  resync(): void;
  close(reason: string): void;
}

const DATA_MAX_BYTES = 4_096;
/** pg_notify takes less than 8000 bytes. */
const NOTIFY_MAX_BYTES = 7_900;
const BUFFER = { messages: 1_000, age_ms: 5 * 60_000 } as const;
const STREAMS_PER_PRINCIPAL = 5;

/**
 * Live hints to browsers, over all processes: a message goes out by NOTIFY and comes back to every process, this one too, so all deliver in
 * the same order and know the same ids. Without a connection it is delivered here alone, and the readers elsewhere resynchronise later.
 */
@Injectable()
export class StreamHub implements OnModuleDestroy {
  readonly #readers = new Map<StreamListener, StreamReader>();
  readonly #buffer = new RingBuffer<SentMessage>(BUFFER.messages, BUFFER.age_ms);
  readonly #stops: readonly (() => void)[];

  constructor(
    private readonly notifications: Notifications,
    private readonly observer: WorkObserver,
  ) {
    this.#stops = [notifications.listen('tenantry_stream', (payload) => this.#receive(payload)), notifications.onGap(() => this.#gap())];
  }

  onModuleDestroy(): void {
    this.closeAll('stop');
    for (const stop of this.#stops) stop();
  }

  /** Outside any transaction; in one, use `publishAfter`. Nobody waits for it. */
  publish(message: StreamMessage): void {
    const sent: SentMessage = { id: newId(), ...message };
    const text = JSON.stringify(sent);
    if (Buffer.byteLength(JSON.stringify(message.data)) > DATA_MAX_BYTES || Buffer.byteLength(text) > NOTIFY_MAX_BYTES) {
      throw new Error(`stream ${message.event}: data is larger than ${DATA_MAX_BYTES} bytes`);
    }
    if (!this.notifications.isConnected) return this.#deliver(sent);
    void this.notifications.notify('tenantry_stream', text).then((taken) => {
      if (!taken) this.#deliver(sent);
    });
  }

  /** After the commit of `tx`; a rollback publishes nothing. */
  publishAfter(tx: Pick<Tx, 'afterCommit'>, message: StreamMessage): void {
    tx.afterCommit(() => this.publish(message));
  }

  /**
   * Adds a reader and repeats what it missed since `last_event_id`, or tells it to fetch anew.
   * @returns how to leave, or null: this person has five streams here already
   */
  subscribe(reader: StreamReader, listener: StreamListener, last_event_id: string | null): (() => void) | null {
    const own = [...this.#readers.values()].filter((other) => other.principal_id === reader.principal_id);
    if (own.length >= STREAMS_PER_PRINCIPAL) return null;
    this.#readers.set(listener, reader);
    this.#count();
    if (last_event_id !== null) this.#resume(reader, listener, last_event_id);
    return () => {
      this.#readers.delete(listener);
      this.#count();
    };
  }

  /** SIGTERM: browsers connect again, to another process. */
  closeAll(reason: string): void {
    for (const listener of [...this.#readers.keys()]) listener.close(reason);
  }

  /** A stream was closed for a reason of its reader. */
  dropped(reason: 'slow'): void {
    this.observer.count('stream_dropped_total', { reason });
  }

  get connections(): number {
    return this.#readers.size;
  }

  #resume(reader: StreamReader, listener: StreamListener, last_event_id: string): void {
    const missed = this.#buffer.after(last_event_id, Date.now());
    if (!missed) return listener.resync();
    for (const message of missed) if (isFor(reader, message)) listener.message(message);
  }

  #receive(payload: string): void {
    try {
      this.#deliver(JSON.parse(payload) as SentMessage);
    } catch (error) {
      this.observer.log('warn', { error }, 'a stream message cannot be read'); // another program on our channel
    }
  }

  #deliver(message: SentMessage): void {
    this.#buffer.push(message, Date.now());
    for (const [listener, reader] of this.#readers) if (isFor(reader, message)) listener.message(message);
  }

  /** The connection was away: the buffer has a hole, so nobody may resume over it. */
  #gap(): void {
    this.#buffer.clear();
    for (const listener of this.#readers.keys()) listener.resync();
  }

  #count(): void {
    this.observer.gauge('stream_connections', this.#readers.size);
  }
}

/** Filtered again here, where the message arrives: the topic alone is not the tenant's wall. */
function isFor(reader: StreamReader, message: StreamMessage): boolean {
  if (!reader.topics.has(message.topic)) return false;
  if (message.principal_id !== undefined && message.principal_id !== reader.principal_id) return false;
  return reader.tenant_id === null || reader.tenant_id === message.tenant_id;
}
