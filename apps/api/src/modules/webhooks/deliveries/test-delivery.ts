import { Injectable } from '@nestjs/common';
import { EVENT_CATALOGUE } from '#contracts/event-catalogue.js';
import { fail } from '#contracts/errors.js';
import { Clock } from '#platform/crypto/index.js';
import { TenantDb, type TenantScope } from '#platform/db/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { AuditService } from '../../audit/index.js';
import { WebhookWake } from '../dispatch/webhook-wake.js';
import { targetOf } from '../endpoints/endpoint-out.js';
import { Endpoints } from '../endpoints/endpoints.service.js';
import { laneRows } from '../endpoints/lanes.repository.js';
import type { DeliveryOut } from './deliveries.dto.js';
import { deliveryRows } from './deliveries.repository.js';
import { deliveryOut } from './delivery-out.js';
import { firstIdOf } from './id-range.js';

const A_MINUTE = 10;
const MINUTE_MS = 60_000;

/** One send on request: the example of an event, to this endpoint alone, once, outside the endpoint's health. */
@Injectable()
export class TestDelivery {
  constructor(
    private readonly db: TenantDb,
    private readonly endpoints: Endpoints,
    private readonly outbox: Outbox,
    private readonly audit: AuditService,
    private readonly wake: WebhookWake,
    private readonly clock: Clock,
  ) {}

  /** Event, delivery and wake in one transaction: the row is there when the answer leaves. @throws Problem webhook_not_active, rate_limited */
  async send(scope: TenantScope, webhook_id: string, event_type = 'webhook.test'): Promise<DeliveryOut> {
    const example = EVENT_CATALOGUE.get(event_type)?.example ?? {};
    return this.db.run(scope, async (tx) => {
      const endpoint = await this.endpoints.locked(tx, webhook_id);
      if (endpoint.status !== 'active') throw fail('webhook_not_active', { status: endpoint.status });
      const minute_ago = firstIdOf(new Date(this.clock.now().getTime() - MINUTE_MS));
      if ((await deliveryRows.testsSince(tx, webhook_id, minute_ago)) >= A_MINUTE) throw fail('rate_limited', { retry_after: 60 });
      const event_id = await this.outbox.storeFor(tx, { webhook_id, type: event_type, subject_id: webhook_id, data: example });
      const delivery_id = await deliveryRows.insertTest(tx, webhook_id, event_id, event_type);
      await laneRows.wake(tx, webhook_id);
      await this.audit.record(tx, 'webhook.tested', { targets: [targetOf(endpoint)], changes: [{ field: 'event_type', to: event_type }] });
      tx.afterCommit(() => this.wake.kick());
      const delivery = await deliveryRows.find(tx, webhook_id, delivery_id);
      if (!delivery) throw fail('internal');
      return deliveryOut(delivery);
    });
  }
}
