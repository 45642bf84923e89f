import { Controller, Get, Patch, Post } from '@nestjs/common';
import type { PlatformScope } from '#platform/db/index.js';
import { Answers, Audited, Id, In, Platform, Scope, Search, type ListOfQuery } from '#platform/http/index.js';
import { STAFF_LIST, StaffIn, StaffOut, StaffPatch, StaffReasonIn } from './staff-members.dto.js';
import { StaffMembers } from './staff-members.js';

@Controller('platform/staff')
export class PlatformStaffController {
  constructor(private readonly members: StaffMembers) {}

  @Get()
  @Platform('platform:staff')
  @Answers(200, [StaffOut])
  list(@Scope() scope: PlatformScope, @Search(STAFF_LIST) list: ListOfQuery<typeof STAFF_LIST>) {
    return this.members.list(scope, list);
  }

  @Get(':platform_user_id')
  @Platform('platform:staff')
  @Answers(200, StaffOut)
  get(@Scope() scope: PlatformScope, @Id('platform_user_id') platform_user_id: string) {
    return this.members.get(scope, platform_user_id);
  }

  @Post()
  @Platform('platform:staff')
  @Audited('staff.created')
  @Answers(201, StaffOut, 'email_taken', 'reason_required')
  create(@Scope() scope: PlatformScope, @In() body: StaffIn) {
    return this.members.create(scope, body);
  }

  @Patch(':platform_user_id')
  @Platform('platform:staff')
  @Audited('staff.updated')
  @Answers(200, StaffOut, 'last_superuser', 'reason_required')
  update(@Scope() scope: PlatformScope, @Id('platform_user_id') platform_user_id: string, @In() body: StaffPatch) {
    return this.members.update(scope, platform_user_id, body);
  }

  @Post(':platform_user_id/reset-mfa')
  @Platform('platform:staff')
  @Audited('platform.mfa_reset')
  @Answers(204, null, 'reason_required')
  resetMfa(@Scope() scope: PlatformScope, @Id('platform_user_id') platform_user_id: string, @In() body: StaffReasonIn) {
    return this.members.resetMfa(scope, platform_user_id, body.reason);
  }
}
