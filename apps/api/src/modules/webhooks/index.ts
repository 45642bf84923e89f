export { BulkJobs } from './bulk/bulk-jobs.js';
export { WebhooksConsole } from './console/webhooks-console.js';
export { Deliveries } from './deliveries/deliveries.service.js';
export { TestDelivery } from './deliveries/test-delivery.js';
export { Endpoints } from './endpoints/endpoints.service.js';
export { RestoredDeliveries } from './deliveries/restored-deliveries.js';
export { WebhookDispatcher } from './dispatch/dispatcher.js';
export { WebhooksModule, manifest as webhooksManifest } from './webhooks.module.js';
