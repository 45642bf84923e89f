export { StoresModule, manifest as storesManifest } from './stores.module.js';
export { Stores } from './stores.service.js';
export { StoreBlockers, type StoreBlocker } from './store-blockers.js';
