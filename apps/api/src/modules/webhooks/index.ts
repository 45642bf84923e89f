export { WebhooksModule, manifest as webhooksManifest } from './webhooks.module.js';
