import { Injectable } from '@nestjs/common';
import type { EventId, TenantId } from '#contracts/ids.js';
import { EVENTS, type EventData, type EventType } from '#contracts/events.js';
import type { PlatformScope, TenantScope, Tx } from '../db/index.js';

/** An event as subscribers see it. */
export type TenantEvent<T extends EventType = EventType> = {
  [K in T]: {
    readonly event_id: EventId;
    readonly type: K;
    readonly tenant_id: TenantId;
    readonly subject_id: string;
    readonly sequence: number | null;
    readonly request_id: string;
    readonly data: EventData[K];
  };
}[T];

/** What a fan-out gets: the pointer. Bodies stay in `events`, which its SQL joins. */
export interface RelayedEvent {
  readonly event_id: EventId;
  readonly type: EventType;
  readonly tenant_id: TenantId;
  readonly subject_id: string;
  readonly target_webhook_id: string | null;
}

/**
 * Called by the relay inside its transaction with ≤ 200 events. SQL only, set-based, idempotent by deterministic ids; a throw sends the
 * batch back and parks the pointer that fails alone ten times.
 */
export interface FanOut {
  readonly name: string;
  run(tx: Tx<PlatformScope>, events: readonly RelayedEvent[]): Promise<void>;
}

export interface InTransaction<T extends EventType> {
  readonly name: string;
  readonly mode: 'in_transaction';
  /** Inside `emit`'s transaction: SQL only; a throw refuses the change. */
  handle(tx: Tx, event: TenantEvent<T>): Promise<void>;
}

export interface Queued<T extends EventType> {
  readonly name: string;
  readonly mode: 'queued';
  /** On the app pool, at least once: idempotent on `event_id`. The signal is aborted when the lease is over or the process stops. */
  handle(scope: TenantScope, event: TenantEvent<T>, signal: AbortSignal): Promise<void>;
}

export type Subscriber<T extends EventType = EventType> = InTransaction<T> | Queued<T>;

const NAME = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/;

/**
 * Who hangs on the outbox. One registry an application, filled while it starts: modules inject it and register in `onModuleInit`.
 * Names are `<module>.<verb>`, unique, never reused for other work. Order between subscribers is not promised.
 */
@Injectable()
export class Subscribers {
  readonly #fanOuts: FanOut[] = [];
  readonly #byType = new Map<EventType, Subscriber[]>();
  readonly #queued = new Map<string, { readonly type: EventType; readonly subscriber: Queued<EventType> }>();
  readonly #names = new Set<string>();

  /** Every event of every tenant, inside the relay. */
  fanOut(fanOut: FanOut): void {
    this.#claim(fanOut.name);
    this.#fanOuts.push(fanOut);
  }

  subscribe<T extends EventType>(type: T, subscriber: Subscriber<T>): void {
    if (!Object.hasOwn(EVENTS, type)) throw new Error(`subscriber ${subscriber.name}: no event is called ${type}`);
    this.#claim(subscriber.name);
    const known = subscriber as Subscriber; // `handle` is only ever called with an event of `type`
    this.#byType.set(type, [...(this.#byType.get(type) ?? []), known]);
    if (known.mode === 'queued') this.#queued.set(known.name, { type, subscriber: known });
  }

  get fanOuts(): readonly FanOut[] {
    return this.#fanOuts;
  }

  inTransaction(type: EventType): readonly InTransaction<EventType>[] {
    return (this.#byType.get(type) ?? []).filter((subscriber) => subscriber.mode === 'in_transaction');
  }

  queued(type: EventType): readonly Queued<EventType>[] {
    return (this.#byType.get(type) ?? []).filter((subscriber) => subscriber.mode === 'queued');
  }

  /** The queued subscriber of that name, or null: another version of the program may have queued it. */
  find(name: string): Queued<EventType> | null {
    return this.#queued.get(name)?.subscriber ?? null;
  }

  get queuedNames(): readonly string[] {
    return [...this.#queued.keys()];
  }

  /** For the start: each must be declared by a manifest. */
  get types(): readonly EventType[] {
    return [...this.#byType.keys()];
  }

  #claim(name: string): void {
    if (!NAME.test(name)) throw new Error(`subscriber ${name}: the name is <module>.<verb>`);
    if (this.#names.has(name)) throw new Error(`subscriber ${name} is registered twice`);
    this.#names.add(name);
  }
}
