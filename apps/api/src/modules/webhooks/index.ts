export { RestoredDeliveries } from './deliveries/restored-deliveries.js';
export { WebhookDispatcher } from './dispatch/dispatcher.js';
export { WebhooksModule, manifest as webhooksManifest } from './webhooks.module.js';
