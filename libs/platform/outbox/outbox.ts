import { Injectable } from '@nestjs/common';
import { EVENT_CATALOGUE } from '#contracts/event-catalogue.js';
import type { EventData, EventType } from '#contracts/events.js';
import type { EventId } from '#contracts/ids.js';
import { Config } from '../config/index.js';
import { Clock, newId } from '../crypto/index.js';
import type { Tx } from '../db/index.js';
import { eventBodies } from './envelope.js';
import { EventDataInvalid, schemaFaults } from './event-schema.js';
import { OutboxRepository, type EventRow } from './outbox.repository.js';
import { Subscribers, type TenantEvent } from './subscribers.js';
import { OutboxWake } from './wake.js';

/** What happened. The type of `data` follows from `type`. */
export type NewEvent<T extends EventType = EventType> = {
  [K in T]: {
    readonly type: K;
    /** The thing it happened to. */
    readonly subject_id: string;
    /** Row version of the subject, so that an unordered consumer can drop what is stale. */
    readonly sequence?: number | null;
    readonly data: EventData[K];
    /** Only for this endpoint (a test event). */
    readonly target_webhook_id?: string;
  };
}[T];

/**
 * Where events begin: `await this.outbox.emit(tx, { type: 'role.created', subject_id: role.role_id, data: roleCreatedData(role) })`.
 *
 * A method of an injected class and not a bare function, because emitting means more than an insert: the subscribers of *this*
 * application run, and *its* relay is woken. With a module-level registry two applications in one process (tests) would share them.
 */
@Injectable()
export class Outbox {
  constructor(
    private readonly repository: OutboxRepository,
    private readonly subscribers: Subscribers,
    private readonly wake: OutboxWake,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /**
   * An event for one endpoint alone (a test): stored, so that its delivery has a body, and never relayed. Returns its id.
   * @param event any type of the catalogue of webhooks, also one that nothing emits yet
   */
  async storeFor(
    tx: Tx,
    event: { readonly webhook_id: string; readonly type: string; readonly subject_id: string; readonly data: unknown },
  ): Promise<EventId> {
    const { webhook_id: target_webhook_id, type, subject_id, data } = event;
    const row = this.#row(tx, { type, subject_id, sequence: null, target_webhook_id, data });
    await this.repository.store(tx, row);
    return row.event_id;
  }

  /**
   * Writes the event and its outbox pointer in the caller's transaction, in one statement: both commit with the change or not at all.
   * Then the subscribers inside the transaction run; what they throw refuses the change. Returns the id of the event.
   * @throws EventTooLarge; EventDataInvalid outside production, when `data` of a public event is not what its schema says
   */
  async emit(tx: Tx, event: NewEvent): Promise<EventId> {
    const { type, data } = event;
    const row = this.#row(tx, { ...event, sequence: event.sequence ?? null, target_webhook_id: event.target_webhook_id ?? null });
    const { event_id, tenant_id, subject_id, sequence, request_id } = row;
    await this.repository.insert(tx, row);
    for (const subscriber of this.subscribers.inTransaction(type)) {
      await subscriber.handle(tx, { event_id, type, tenant_id, subject_id, sequence, request_id, data } as TenantEvent);
    }
    tx.afterCommit(() => this.wake.kick());
    return event_id;
  }

  #row(
    tx: Tx,
    { data, ...event }: Pick<EventRow, 'type' | 'subject_id' | 'sequence' | 'target_webhook_id'> & { readonly data: unknown },
  ): EventRow {
    const { tenant_id } = tx;
    const { type, subject_id, sequence } = event;
    if (tenant_id === null) throw new Error(`${type}: an event belongs to a tenant; use PlatformDb.inTenant`);
    this.#mustBeAsPublished(type, data);
    const event_id = newId() as EventId;
    const envelope = { id: event_id, type, timestamp: this.clock.now().toISOString(), tenant_id, subject_id, sequence, data };
    const bodies = eventBodies(envelope, `${this.config.public_url}/api/v1/webhooks/events/${event_id}`);
    const { target_webhook_id } = event;
    return { tenant_id, event_id, type, subject_id, sequence, target_webhook_id, request_id: tx.scope.request_id, ...bodies };
  }
  /**
   * Not in production: the type of `data` was checked when the mapper was compiled, and what is left (a time in another form, one field
   * too many) is a fault of ours that must not refuse a tenant's change there. Wherever the product is developed or tested, it must.
   */
  #mustBeAsPublished(type: string, data: unknown): void {
    if (this.config.production) return;
    const published = EVENT_CATALOGUE.get(type);
    const faults = published ? schemaFaults(published.schema, data) : [];
    if (faults.length) throw new EventDataInvalid(type, faults);
  }
}
