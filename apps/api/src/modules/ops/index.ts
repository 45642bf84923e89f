export { OpsModule, manifest as opsManifest } from './ops.module.js';
export { ensureFirstOwner } from './staff.js';
