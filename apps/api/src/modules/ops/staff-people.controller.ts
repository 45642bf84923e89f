import { Controller, Delete, Post } from '@nestjs/common';
import { Facts, Answers, Audited, Id, In, Ops, Platform, Scope } from '#platform/http/index.js';
import type { RequestFacts } from '#platform/auth/index.js';
import type { PlatformScope } from '#platform/db/index.js';
import {
  PlatformPersonActIn,
  PlatformPersonOut,
  PlatformPersonReasonIn,
  RevokedOut,
  SessionsRevokeIn,
  SupportAccessStartIn,
  SupportStartedOut,
} from './staff-people.dto.js';
import { StaffPeople } from './staff-people.js';
import { StaffSupport } from './staff-support.js';

/** Accounts of people, their sessions, and support access to a tenant. */
@Controller()
export class PlatformPeopleController {
  constructor(
    private readonly people: StaffPeople,
    private readonly support: StaffSupport,
  ) {}

  @Post('platform/users/:user_id/disable')
  @Platform('platform:tenants')
  @Audited('user.disabled')
  @Answers(200, PlatformPersonOut, 'last_admin', 'invalid_transition', 'reason_required', 'already_member')
  disable(@Scope() scope: PlatformScope, @Id('user_id') user_id: string, @In() body: PlatformPersonActIn) {
    return this.people.disable(scope, user_id, body);
  }

  @Post('platform/users/:user_id/enable')
  @Platform('platform:tenants')
  @Audited('user.enabled')
  @Answers(200, PlatformPersonOut, 'invalid_transition', 'reason_required')
  enable(@Scope() scope: PlatformScope, @Id('user_id') user_id: string, @In() body: PlatformPersonReasonIn) {
    return this.people.enable(scope, user_id, body.reason);
  }

  @Post('platform/users/:user_id/erase')
  @Platform('platform:purge')
  @Audited('user.erased')
  @Answers(200, PlatformPersonOut, 'last_admin', 'reason_required', 'already_member')
  erase(@Scope() scope: PlatformScope, @Id('user_id') user_id: string, @In() body: PlatformPersonActIn) {
    return this.people.erase(scope, user_id, body);
  }

  @Post('platform/users/:user_id/reset-mfa')
  @Platform('platform:staff')
  @Audited('auth.mfa_reset')
  @Answers(204, null, 'reason_required')
  resetMfa(@Scope() scope: PlatformScope, @Id('user_id') user_id: string, @In() body: PlatformPersonReasonIn) {
    return this.people.resetMfa(scope, user_id, body.reason);
  }

  @Post('ops/sessions/revoke')
  @Ops('platform:tenants')
  @Audited('ops.sessions_revoked')
  @Answers(200, RevokedOut, 'reason_required')
  revokeSessions(@Scope() scope: PlatformScope, @In() body: SessionsRevokeIn) {
    return this.people.revokeSessions(scope, body);
  }

  @Post('platform/tenants/:tenant_id/impersonate')
  @Platform('platform:impersonate')
  @Audited('impersonation.started')
  @Answers(201, SupportStartedOut, 'reason_required')
  impersonate(
    @Scope() scope: PlatformScope,
    @Facts() facts: RequestFacts,
    @Id('tenant_id') tenant_id: string,
    @In() body: SupportAccessStartIn,
  ) {
    return this.support.start(scope, facts, tenant_id, body);
  }

  @Delete('platform/impersonations/:impersonation_id')
  @Platform('platform:impersonate')
  @Audited('impersonation.ended')
  @Answers(204, null)
  endImpersonation(@Scope() scope: PlatformScope, @Id('impersonation_id') impersonation_id: string) {
    return this.support.end(scope, impersonation_id);
  }
}
