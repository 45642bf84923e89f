export { AuditModule, manifest as auditManifest } from './audit.module.js';
export { AuditService, PLATFORM_SCOPE_ID } from './audit.service.js';
export { statedReason } from './reason.js';
export type { AuditChange, AuditEntry, AuditTarget } from './audit-entry.js';
