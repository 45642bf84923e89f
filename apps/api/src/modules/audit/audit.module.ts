import { Global, Module } from '@nestjs/common';
import { TenantRefusals } from '#platform/auth/index.js';
import { defineModule } from '#platform/modules/index.js';
import { AuditController, OpsAuditController } from './audit.controller.js';
import { AuditRepository } from './audit.repository.js';
import { AuditedRefusals, AuditService } from './audit.service.js';

export const manifest = defineModule({
  code: 'audit',
  name: 'Audit',
  core: true,
  depends_on: [],
  permissions: ['audit:read', 'audit:export'],
  nav: [{ key: 'audit', group: 'oversight', order: 60, requires: 'audit:read' }],
});

/** Global: every module records, and the guard needs the refusals. */
@Global()
@Module({
  controllers: [AuditController, OpsAuditController],
  providers: [AuditRepository, AuditService, AuditedRefusals, { provide: TenantRefusals, useExisting: AuditedRefusals }],
  exports: [AuditService, TenantRefusals],
})
export class AuditModule {}
