import { Injectable } from '@nestjs/common';
import { PlatformDb, type PlatformScope, type Tx } from '../db/index.js';
import { platformScope, Pump, WorkObserver } from '../queue/index.js';
import { EventTasks } from './event-tasks.js';
import { OutboxRepository, type OutboxState, type ParkedPointer, type Pointer, type TakenPointer } from './outbox.repository.js';
import { Subscribers, type RelayedEvent } from './subscribers.js';
import { OutboxWake } from './wake.js';

const BATCH = 200;
/** Not durable: after a crash of the server the pointers are there again, and whatever they become has the same id. */
const RELAYED = { plan: 'by_index', durable: false } as const;
const POLL_MS = 500;
/** 2 s, 4 s, … 512 s: about 17 minutes until a pointer is parked. */
const BACKOFF_UNIT_MS = 1_000;
export const MAX_ATTEMPTS = 10;

/** Only how the backoff is counted in tests; the product uses the defaults. */
export class RelayTerms {
  readonly backoff_unit_ms: number = BACKOFF_UNIT_MS;
  readonly poll_ms: number = POLL_MS;
}

/**
 * Takes pointers out of the outbox and, in the same transaction, tells every fan-out and makes a task for every queued subscriber. So an
 * event is relayed exactly once, whoever dies when; any number of relays share the work (SKIP LOCKED).
 *
 * A cursor over ids would skip late commits: an id is made before its transaction commits, and another may commit in between.
 */
@Injectable()
export class Relay {
  readonly #scope: PlatformScope = platformScope('outbox.relay');
  readonly #pump: Pump;
  #stopListening: (() => void) | null = null;
  /** Where the next batch goes on among the tenants; null: from the first. */
  #after: string | null = null;

  constructor(
    private readonly platform: PlatformDb,
    private readonly repository: OutboxRepository,
    private readonly subscribers: Subscribers,
    private readonly wake: OutboxWake,
    private readonly tasks: EventTasks,
    private readonly observer: WorkObserver,
    private readonly terms: RelayTerms,
  ) {
    this.#pump = new Pump({
      every_ms: terms.poll_ms,
      // A batch below its size may have left something of a tenant that had more than its share.
      turn: async () => (await this.relayBatch()) > 1,
      failed: (error) => observer.log('warn', { error }, 'the relay cannot work'),
    });
  }

  start(): void {
    this.#stopListening = this.wake.onKick(() => this.#pump.kick());
    this.#pump.start();
  }

  /** Ends with the batch under way. */
  async stop(): Promise<void> {
    this.#stopListening?.();
    this.#stopListening = null;
    await this.#pump.stop();
  }

  /** One batch. @returns how many pointers it took, failed ones included */
  async relayBatch(): Promise<number> {
    let taken: readonly TakenPointer[] = [];
    try {
      await this.platform.run(
        this.#scope,
        async (tx) => {
          taken = await this.repository.take(tx, BATCH, this.#after);
          await this.#relay(tx, taken);
        },
        RELAYED,
      );
    } catch (error) {
      // Nothing of the batch has happened. If it was not even picked, the database is the trouble and not an event.
      if (taken.length === 0) throw error;
      for (const pointer of taken) await this.#relayAlone(pointer);
    }
    const wasCut = this.#after !== null;
    this.#after = cutAfter(taken);
    if (taken.length === 0 && wasCut) return this.relayBatch(); // nothing behind: from the first again
    if (taken.length > 0) this.tasks.kick();
    return taken.length;
  }

  /** Waiting, parked and lag, for ops and the gauges. */
  async state(): Promise<OutboxState> {
    const state = await this.platform.run(this.#scope, (tx) => this.repository.state(tx));
    this.observer.gauge('webhook_outbox_lag_seconds', state.lag_seconds);
    this.observer.gauge('webhook_outbox_parked', state.parked);
    return state;
  }

  /** Pointers that failed ten times, newest first. */
  parked(limit = 100): Promise<ParkedPointer[]> {
    return this.platform.run(this.#scope, (tx) => this.repository.parked(tx, limit));
  }

  /** Ops: try a parked pointer again. @returns false when it is not parked */
  async retryParked(pointer: Pointer): Promise<boolean> {
    const found = await this.platform.run(this.#scope, (tx) => this.repository.unpark(tx, pointer));
    if (found) this.#pump.kick();
    return found;
  }

  async #relay(tx: Tx<PlatformScope>, taken: readonly TakenPointer[]): Promise<void> {
    const events = taken.flatMap(asEvent);
    if (events.length === 0) return;
    for (const fanOut of this.subscribers.fanOuts) await fanOut.run(tx, events);
    await this.repository.addTasks(tx, events.flatMap((event) => this.subscribers.queued(event.type).map(({ name }) => ({ event, subscriber: name })))); // prettier-ignore
    tx.afterCommit(() => this.observer.count('webhook_outbox_relayed_total', {}, events.length));
  }

  /** The pointer that fails alone waits longer each time and is parked after ten; the others of its batch go through. */
  async #relayAlone(pointer: Pointer): Promise<void> {
    try {
      await this.platform.run(this.#scope, async (tx) => this.#relay(tx, await this.repository.takeOne(tx, pointer)), RELAYED);
    } catch (error) {
      const failure = { error: textOf(error), unit_ms: this.terms.backoff_unit_ms, max_attempts: MAX_ATTEMPTS };
      const parked = await this.platform.run(this.#scope, (tx) => this.repository.putBack(tx, pointer, failure));
      this.observer.log(parked ? 'error' : 'warn', { ...pointer, error }, parked ? 'outbox pointer parked' : 'outbox pointer failed');
      if (parked) this.observer.count('webhook_outbox_parked_total');
    }
  }
}

/** The last tenant of a batch that is full: those behind it have got nothing. null where none is. */
function cutAfter(taken: readonly TakenPointer[]): string | null {
  if (taken.length < BATCH) return null;
  const tenants = new Set(taken.map(({ tenant_id }) => tenant_id));
  return tenants.size === 1 ? null : ([...tenants].sort().at(-1) ?? null);
}

/** Nothing for a pointer whose event is gone with its partition: there is nothing left to tell. */
function asEvent({ tenant_id, event_id, event_type, subject_id, target_webhook_id }: TakenPointer): RelayedEvent[] {
  return event_type === null ? [] : [{ tenant_id, event_id, type: event_type, subject_id, target_webhook_id }];
}

/** For ops: our own fan-outs, so the message may be read by staff; bounded, and without NUL, which `text` cannot hold. */
const textOf = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).replaceAll('\0', '').slice(0, 500);
