export { OpsModule, manifest as opsManifest } from './ops.module.js';
export { ensureFirstOwner, ensureStaff } from './staff.js';
export { TenantsConsole } from './tenants-console.service.js';
