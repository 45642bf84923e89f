export { ProvisioningModule, manifest as provisioningManifest } from './provisioning.module.js';
export { Provisioning } from './provisioning.service.js';
export { Purges } from './purges.js';
export { ProvisioningFeed } from './provisioning-feed.js';
