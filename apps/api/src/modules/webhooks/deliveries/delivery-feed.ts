import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { TenantDb } from '#platform/db/index.js';
import { StreamAudience, StreamHub, StreamTopics, type StreamCaller } from '#platform/stream/index.js';
import { endpointRows } from '../endpoints/endpoints.repository.js';
import { DeliveryChanges, type ChangedDelivery } from './delivery-changes.js';

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
    for (const delivery of deliveries) {
      const read = this.audience.topicsOf(delivery.tenant_id);
      if (read.size === 0) continue;
      for (const topic of ['webhooks', `webhook:${delivery.webhook_id}`]) if (read.has(topic)) this.#changes.add(topic, delivery);
    }
    if (!this.#changes.isEmpty) this.#timer ??= setTimeout(() => this.#publish(), EVERY_MS);
  }

  #publish(): void {
    this.#timer = null;
    for (const { tenant_id, topic, deliveries, more } of this.#changes.take(OF_A_TENANT))
      this.hub.publish({ topic, tenant_id, event: 'delivery.updated', data: { deliveries, more } });
    if (!this.#changes.isEmpty) this.#timer = setTimeout(() => this.#publish(), EVERY_MS);
  }

  private async exists(caller: StreamCaller, webhook_id: string): Promise<boolean> {
    if (caller.kind !== 'tenant') return false;
    return (await this.db.run(caller.scope, (tx) => endpointRows.find(tx, webhook_id))) !== null;
  }
}

const mayRead = (caller: StreamCaller): boolean => caller.kind === 'tenant' && caller.may('webhooks:read');
