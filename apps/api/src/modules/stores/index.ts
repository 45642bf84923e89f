export { StoresModule, manifest as storesManifest } from './stores.module.js';
export { Stores } from './stores.service.js';
export { StoreBlockers } from './store-blockers.js';
