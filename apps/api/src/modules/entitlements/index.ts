export { EntitlementsModule, manifest as entitlementsManifest } from './entitlements.module.js';
export { Entitlements } from './entitlements.service.js';
export { allowsChanges, effectiveStatus, type EntitlementStatus, type StoredEntitlement } from './entitlement-state.js';
