import { Controller, Get } from '@nestjs/common';
import type { PlatformScope, TenantScope } from '#platform/db/index.js';
import { Answers, Id, Ops, Requires, Scope, Search, type ListOfQuery } from '#platform/http/index.js';
import { AUDIT_LIST, AuditEventDetail, AuditEventOut, OPS_AUDIT_LIST } from './audit.dto.js';
import { AuditService } from './audit.service.js';

@Controller('audit-logs')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @Requires('audit:read')
  @Answers(200, [AuditEventOut])
  list(@Scope() scope: TenantScope, @Search(AUDIT_LIST) list: ListOfQuery<typeof AUDIT_LIST>) {
    return this.audit.list(scope, list);
  }

  @Get(':audit_event_id')
  @Requires('audit:read')
  @Answers(200, AuditEventDetail)
  get(@Scope() scope: TenantScope, @Id('audit_event_id') audit_event_id: string) {
    return this.audit.get(scope, audit_event_id);
  }
}

@Controller('ops/audit-logs')
export class OpsAuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @Ops('platform:audit')
  @Answers(200, [AuditEventOut])
  list(@Scope() scope: PlatformScope, @Search(OPS_AUDIT_LIST) list: ListOfQuery<typeof OPS_AUDIT_LIST>) {
    return this.audit.listAll(scope, list);
  }
}
