import { Controller, Post } from '@nestjs/common';
import type { PlatformScope } from '#platform/db/index.js';
import { Answers, Audited, Id, In, Platform, Scope } from '#platform/http/index.js';
import { InvitationOut } from '../invitations/index.js';
import { PlatformInvitationIn } from './platform-invitations.dto.js';
import { PlatformInvitations } from './platform-invitations.service.js';

/** How a tenant without an owner gets one. */
@Controller('platform/tenants/:tenant_id/invitations')
export class PlatformInvitationsController {
  constructor(private readonly invitations: PlatformInvitations) {}

  @Post()
  @Platform('platform:tenants')
  @Audited('invitation.created')
  @Answers(201, InvitationOut, 'invalid_state', 'invalid_transition', 'unknown_role', 'already_member', 'limit_reached', 'entitlement_inactive', 'rate_limited') // prettier-ignore
  create(@Scope() scope: PlatformScope, @Id('tenant_id') tenant_id: string, @In() body: PlatformInvitationIn) {
    return this.invitations.invite(scope, tenant_id, body);
  }
}
