export { OpsModule, manifest as opsManifest } from './ops.module.js';
export { ensureFirstOwner, ensureStaff } from './staff.js';
