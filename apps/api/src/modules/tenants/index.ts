export { TenantsModule, manifest as tenantsManifest } from './tenants.module.js';
export { Tenants, type NewTenant } from './tenants.service.js';
export { mayMove, TENANT_STATUSES, type TenantStatus } from './tenant-state.js';
export { tenantRows, type TenantListRow, type TenantRow } from './tenants.repository.js';
