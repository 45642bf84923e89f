import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { TenantDb } from '#platform/db/index.js';
import { StreamAudience, StreamHub, StreamTopics, type StreamCaller } from '#platform/stream/index.js';
import { endpointRows } from '../endpoints/endpoints.repository.js';
import { DeliveryChanges, type ChangedDelivery, type DeliveriesChanged } from './delivery-changes.js';

const EVERY_MS = 250;
/** Messages about one tenant at once: sixteen a second, however much is delivered. What is left waits for the next time. */
const OF_A_TENANT = 4;

/**
 * Tells whoever looks at the log of a tenant's deliveries which of them have changed: topic `webhooks` for all of them, `webhook:<id>` for
 * those of one endpoint. Ids and states only, collected over a quarter of a second; without a reader it costs a look at an empty map.
 */
@Injectable()
export class DeliveryFeed implements OnModuleInit, OnModuleDestroy {
  readonly #changes = new DeliveryChanges();
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly hub: StreamHub,
    private readonly audience: StreamAudience,
    private readonly topics: StreamTopics,
    private readonly db: TenantDb,
  ) {}

  onModuleInit(): void {
    const announced = { announced: true };
    this.topics.register('webhooks', (caller, id) => id === null && mayRead(caller), announced);
    this.topics.register('webhook', (caller, id) => id !== null && mayRead(caller) && this.exists(caller, id), announced);
  }
  onModuleDestroy(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  /** After the commit of what changed; nobody waits for it. */
  changed(deliveries: readonly ChangedDelivery[]): void {
    if (this.audience.isEmpty) return;
    for (const delivery of deliveries) for (const topic of this.#readTopics(delivery)) this.#changes.add(topic, delivery);
    if (!this.#changes.isEmpty) this.#timer ??= setTimeout(() => this.#publish(), EVERY_MS);
  }

  /** What a person has done to one: told at once, before whatever a worker then makes of it. */
  acted({ tenant_id, webhook_id, delivery_id, status }: ChangedDelivery): void {
    for (const topic of this.#readTopics({ tenant_id, webhook_id }))
      this.#tell({ topic, tenant_id, deliveries: [{ webhook_id, delivery_id, status }], more: false });
  }

  #readTopics({ tenant_id, webhook_id }: Pick<ChangedDelivery, 'tenant_id' | 'webhook_id'>): string[] {
    const read = this.audience.topicsOf(tenant_id);
    return read.size === 0 ? [] : ['webhooks', `webhook:${webhook_id}`].filter((topic) => read.has(topic));
  }

  #tell({ topic, tenant_id, deliveries, more }: DeliveriesChanged): void {
    this.hub.publish({ topic, tenant_id, event: 'delivery.updated', data: { deliveries, more } });
  }

  #publish(): void {
    this.#timer = null;
    for (const told of this.#changes.take(OF_A_TENANT)) this.#tell(told);
    if (!this.#changes.isEmpty) this.#timer = setTimeout(() => this.#publish(), EVERY_MS);
  }

  private async exists(caller: StreamCaller, webhook_id: string): Promise<boolean> {
    if (caller.kind !== 'tenant') return false;
    return (await this.db.run(caller.scope, (tx) => endpointRows.find(tx, webhook_id))) !== null;
  }
}

const mayRead = (caller: StreamCaller): boolean => caller.kind === 'tenant' && caller.may('webhooks:read');
