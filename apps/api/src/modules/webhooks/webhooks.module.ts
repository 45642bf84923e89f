import { Module } from '@nestjs/common';
import { defineModule } from '#platform/modules/index.js';
import { EntitlementsModule } from '../entitlements/index.js';
import { bulkJobView } from './bulk/bulk-job-view.js';
import { BulkJobs } from './bulk/bulk-jobs.js';
import { BulkRun } from './bulk/bulk-run.js';
import { WebhookJobsController } from './bulk/bulk.controller.js';
import { bulkQueue } from './bulk/bulk.jobs.js';
import { HeldRelease } from './bulk/held-release.js';
import { WebhooksConsoleController } from './console/webhooks-console.controller.js';
import { WebhooksConsole } from './console/webhooks-console.js';
import { WebhookDeliveriesController } from './deliveries/deliveries.controller.js';
import { Deliveries } from './deliveries/deliveries.service.js';
import { DeliveryFeed } from './deliveries/delivery-feed.js';
import { TestDelivery } from './deliveries/test-delivery.js';
import { RestoredDeliveries } from './deliveries/restored-deliveries.js';
import { DISPATCH_PROVIDERS } from './dispatch/dispatch.providers.js';
import { EndpointFates } from './endpoints/endpoint-fates.js';
import { EndpointHeaders } from './endpoints/endpoint-headers.js';
import { EndpointSecrets } from './endpoints/endpoint-secrets.js';
import { WebhooksController } from './endpoints/endpoints.controller.js';
import { COUNT_WEBHOOKS } from './endpoints/endpoints.repository.js';
import { Endpoints } from './endpoints/endpoints.service.js';
import { SecretRotation } from './endpoints/secret-rotation.js';
import { RetentionRepository } from './retention/retention.repository.js';
import { retain, Retention } from './retention/retention.js';
import { WeekArchive } from './retention/week-archive.js';
import { SENDING_PROVIDERS } from './sending.providers.js';
import './webhooks.errors.js';

export const manifest = defineModule({
  code: 'webhooks',
  name: 'Webhooks',
  core: false,
  depends_on: [],
  permissions: ['webhooks:read', 'webhooks:write', 'webhooks:delete'],
  events: ['webhook.test', 'webhook.endpoint_failing', 'webhook.endpoint_disabled'],
  audit_actions: ['webhook.created', 'webhook.updated', 'webhook.deleted', 'webhook.paused', 'webhook.resumed'],
  jobs: [bulkQueue],
  schedules: [retain],
  nav: [{ key: 'webhooks', group: 'connect', order: 45, requires: 'webhooks:read' }],
  limits: [{ code: 'max_webhooks', count: COUNT_WEBHOOKS }],
  hooks: { job_views: [bulkJobView] },
});

@Module({
  imports: [EntitlementsModule],
  controllers: [WebhooksController, WebhookDeliveriesController, WebhookJobsController, WebhooksConsoleController],
  providers: [
    Endpoints,
    EndpointFates,
    EndpointHeaders,
    EndpointSecrets,
    SecretRotation,
    Deliveries,
    DeliveryFeed,
    TestDelivery,
    BulkJobs,
    BulkRun,
    HeldRelease,
    WebhooksConsole,
    Retention,
    RetentionRepository,
    RestoredDeliveries,
    WeekArchive,
    ...DISPATCH_PROVIDERS,
    ...SENDING_PROVIDERS,
  ],
})
export class WebhooksModule {}
