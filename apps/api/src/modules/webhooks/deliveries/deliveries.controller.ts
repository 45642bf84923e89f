import { Controller, Get, Post } from '@nestjs/common';
import type { AuthzContext } from '#platform/auth/index.js';
import type { TenantScope } from '#platform/db/index.js';
import { Answers, Audited, Authz, Id, In, Requires, Scope, Search, type ListOfQuery } from '#platform/http/index.js';
import { TestIn } from '../endpoints/endpoints.dto.js';
import { DELIVERY_LIST, DeliveryDetailOut, DeliveryOut, DLQ_LIST, EventBodyOut, STATS, StatsOut } from './deliveries.dto.js';
import { Deliveries, type StatsWindow } from './deliveries.service.js';
import { TestDelivery } from './test-delivery.js';

@Controller('webhooks')
export class WebhookDeliveriesController {
  constructor(
    private readonly deliveries: Deliveries,
    private readonly tests: TestDelivery,
  ) {}

  @Get('deliveries')
  @Requires('webhooks:read')
  @Answers(200, [DeliveryOut])
  listAll(@Scope() scope: TenantScope, @Search(DELIVERY_LIST) list: ListOfQuery<typeof DELIVERY_LIST>) {
    return this.deliveries.list(scope, null, list);
  }

  @Get('events/:event_id')
  @Requires('webhooks:read')
  @Answers(200, EventBodyOut)
  event(@Scope() scope: TenantScope, @Authz() authz: AuthzContext, @Id('event_id') event_id: string) {
    return this.deliveries.event(scope, authz, event_id);
  }

  @Post(':webhook_id/test')
  @Requires('webhooks:write')
  @Audited('webhook.tested')
  @Answers(202, DeliveryOut, 'webhook_not_active', 'rate_limited')
  test(@Scope() scope: TenantScope, @Id('webhook_id') webhook_id: string, @In({ optional: true }) body: TestIn) {
    return this.tests.send(scope, webhook_id, body.event_type);
  }

  @Get(':webhook_id/deliveries')
  @Requires('webhooks:read')
  @Answers(200, [DeliveryOut])
  list(@Scope() scope: TenantScope, @Id('webhook_id') webhook_id: string, @Search(DELIVERY_LIST) list: ListOfQuery<typeof DELIVERY_LIST>) {
    return this.deliveries.list(scope, webhook_id, list);
  }

  @Get(':webhook_id/dlq')
  @Requires('webhooks:read')
  @Answers(200, [DeliveryOut])
  dlq(@Scope() scope: TenantScope, @Id('webhook_id') webhook_id: string, @Search(DLQ_LIST) list: ListOfQuery<typeof DLQ_LIST>) {
    return this.deliveries.list(scope, webhook_id, list, 'dlq');
  }

  @Get(':webhook_id/stats')
  @Requires('webhooks:read')
  @Answers(200, StatsOut)
  stats(@Scope() scope: TenantScope, @Id('webhook_id') webhook_id: string, @Search(STATS) { filters }: ListOfQuery<typeof STATS>) {
    return this.deliveries.stats(scope, webhook_id, (filters.window as StatsWindow | undefined) ?? '24h');
  }

  @Get(':webhook_id/deliveries/:delivery_id')
  @Requires('webhooks:read')
  @Answers(200, DeliveryDetailOut)
  get(
    @Scope() scope: TenantScope,
    @Authz() authz: AuthzContext,
    @Id('webhook_id') webhook_id: string,
    @Id('delivery_id') delivery_id: string,
  ) {
    return this.deliveries.get(scope, authz, webhook_id, delivery_id);
  }

  @Post(':webhook_id/deliveries/:delivery_id/retry')
  @Requires('webhooks:write')
  @Audited('webhook.delivery_retried')
  @Answers(202, DeliveryOut, 'delivery_in_progress', 'webhook_not_active', 'event_expired')
  retry(@Scope() scope: TenantScope, @Id('webhook_id') webhook_id: string, @Id('delivery_id') delivery_id: string) {
    return this.deliveries.retry(scope, webhook_id, delivery_id);
  }

  @Post(':webhook_id/deliveries/:delivery_id/cancel')
  @Requires('webhooks:write')
  @Audited('webhook.delivery_cancelled')
  @Answers(200, DeliveryOut, 'delivery_in_progress', 'delivery_finished')
  cancel(@Scope() scope: TenantScope, @Id('webhook_id') webhook_id: string, @Id('delivery_id') delivery_id: string) {
    return this.deliveries.cancel(scope, webhook_id, delivery_id);
  }
}
