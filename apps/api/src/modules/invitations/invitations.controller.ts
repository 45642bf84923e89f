import { Controller, Delete, Get, Param, Post } from '@nestjs/common';
import { FromCaller, type AuthzContext, type Caller } from '#platform/auth/index.js';
import type { TenantScope } from '#platform/db/index.js';
import {
  Answers,
  Audited,
  Authz,
  Id,
  In,
  Machine,
  OneRun,
  OrAnswers,
  Public,
  Requires,
  Scope,
  Search,
  Status,
  type ListOfQuery,
  type SetStatus,
} from '#platform/http/index.js';
import { SignedInOut } from '../identity/index.js';
import { AcceptInvitation } from './accept-invitation.js';
import { ExpireInvitations } from './expire-invitations.js';
import {
  AcceptIn,
  CronOut,
  CronSkippedOut,
  INVITATION_LIST,
  InvitationIn,
  InvitationOut,
  InvitationPreview,
  InvitationsIn,
  InvitationsOut,
} from './invitations.dto.js';
import { Invitations } from './invitations.service.js';

@Controller('admin/invitations')
export class InvitationsController {
  constructor(private readonly invitations: Invitations) {}

  @Get()
  @Requires('users:read')
  @Answers(200, [InvitationOut])
  list(@Scope() scope: TenantScope, @Search(INVITATION_LIST) list: ListOfQuery<typeof INVITATION_LIST>) {
    return this.invitations.list(scope, list);
  }

  @Post()
  @Requires('users:write')
  @Audited('invitation.created')
  @Answers(201, InvitationOut, 'grant_exceeds_own', 'unknown_role', 'already_member', 'limit_reached', 'rate_limited')
  create(@Scope() scope: TenantScope, @Authz() authz: AuthzContext, @In() body: InvitationIn) {
    return this.invitations.invite(scope, authz, body);
  }

  @Post('bulk')
  @Requires('users:write')
  @Audited('invitation.created')
  @Answers(200, InvitationsOut, 'rate_limited')
  createAll(@Scope() scope: TenantScope, @Authz() authz: AuthzContext, @In() body: InvitationsIn) {
    return this.invitations.inviteAll(scope, authz, body);
  }

  @Delete(':invitation_id')
  @Requires('users:write')
  @OneRun()
  @Audited('invitation.revoked')
  @Answers(204, null, 'invitation_not_pending')
  revoke(@Scope() scope: TenantScope, @Id('invitation_id') invitation_id: string) {
    return this.invitations.revoke(scope, invitation_id);
  }

  @Post(':invitation_id/resend')
  @Requires('users:write')
  @Audited('invitation.resent')
  @Answers(200, InvitationOut, 'grant_exceeds_own', 'invitation_not_pending', 'resend_limit', 'rate_limited')
  resend(@Scope() scope: TenantScope, @Authz() authz: AuthzContext, @Id('invitation_id') invitation_id: string) {
    return this.invitations.resend(scope, authz, invitation_id);
  }
}

const DEAD = ['invitation_used', 'invitation_revoked', 'invitation_expired', 'too_many_attempts'] as const;

/** For whoever holds the link. */
@Controller('auth')
export class AcceptInvitationController {
  constructor(private readonly accepting: AcceptInvitation) {}

  @Get('invitation/:token')
  @Public()
  @Answers(200, InvitationPreview, ...DEAD)
  preview(@FromCaller() caller: Caller, @Param('token') token: string) {
    return this.accepting.preview(caller, token);
  }

  @Post('accept-invitation')
  @Public()
  @Audited('invitation.accepted')
  @Answers(
    200, SignedInOut, ...DEAD, 'sign_in_required', 'invalid_credentials', 'other_account', 'already_member', 'member_suspended', 'limit_reached', 'entitlement_inactive',
    'password_refused', 'tenant_suspended', 'tenant_archived', 'tenant_not_ready', 'busy',
  ) // prettier-ignore
  accept(@FromCaller() caller: Caller, @In() body: AcceptIn) {
    return this.accepting.accept(caller, body);
  }
}

/** The schedule's own work, asked for from outside. */
@Controller('cron/expire-invitations')
export class ExpireInvitationsController {
  constructor(private readonly expiring: ExpireInvitations) {}

  @Post()
  @Machine('cron')
  @Audited({ none: 'each invitation that expires is audited by itself' })
  @Answers(200, CronOut)
  @OrAnswers(202, CronSkippedOut)
  async run(@Status() setStatus: SetStatus) {
    const outcome = await this.expiring.ask();
    if (outcome.skipped) setStatus(202);
    return outcome;
  }
}
