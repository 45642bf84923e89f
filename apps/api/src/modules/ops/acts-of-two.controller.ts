import { Controller, Delete, Get, Post } from '@nestjs/common';
import type { PlatformScope } from '#platform/db/index.js';
import {
  Answers, Audited, Id, In, OrAnswers, Platform, Scope, Search, Status, type ListOfQuery, type SetStatus,
} from '#platform/http/index.js'; // prettier-ignore
import { ActsOfTwo } from './acts-of-two.service.js';
import { Approvals } from './approvals.js';
import { APPROVAL_LIST, ApprovalOut, LegalHoldIn, PurgeIn, TenantActOut } from './approvals.dto.js';

/** 202: it waits, or it has begun; 200: it is done, or nothing was to be done. */
@Controller('platform/tenants/:tenant_id')
export class ActsOfTwoController {
  constructor(private readonly acts: ActsOfTwo) {}

  @Post('purge')
  @Platform('platform:purge')
  @Audited('tenant.purge_started')
  @Answers(202, TenantActOut, 'invalid_transition', 'reason_required', 'job_running', 'same_person')
  @OrAnswers(200, TenantActOut)
  async purge(@Scope() scope: PlatformScope, @Id('tenant_id') tenant_id: string, @In() body: PurgeIn, @Status() setStatus: SetStatus) {
    const act = await this.acts.purge(scope, tenant_id, body);
    if (act.status === 'dry_run') setStatus(200);
    return act;
  }

  @Post('legal-hold')
  @Platform('platform:tenants')
  @Audited('tenant.legal_hold_set')
  @Answers(202, TenantActOut, 'invalid_transition', 'reason_required', 'same_person')
  @OrAnswers(200, TenantActOut)
  async legalHold(
    @Scope() scope: PlatformScope,
    @Id('tenant_id') tenant_id: string,
    @In() body: LegalHoldIn,
    @Status() setStatus: SetStatus,
  ) {
    const act = await this.acts.legalHold(scope, tenant_id, body);
    if (act.status !== 'approval_pending') setStatus(200);
    return act;
  }
}

/** What waits for a second person. */
@Controller('platform/approvals')
export class ApprovalsController {
  constructor(private readonly approvals: Approvals) {}

  @Get()
  @Platform('platform:read')
  @Answers(200, [ApprovalOut])
  list(@Scope() scope: PlatformScope, @Search(APPROVAL_LIST) list: ListOfQuery<typeof APPROVAL_LIST>) {
    return this.approvals.list(scope, list);
  }

  @Delete(':approval_id')
  @Platform('platform:tenants')
  @Audited('approval.cancelled')
  @Answers(204, null, 'invalid_state')
  cancel(@Scope() scope: PlatformScope, @Id('approval_id') approval_id: string) {
    return this.approvals.cancel(scope, approval_id);
  }
}
