import { Module } from '@nestjs/common';
import { defineModule } from '#platform/modules/index.js';
import { EntitlementsModule } from '../entitlements/index.js';
import { AcceptInvitation } from './accept-invitation.js';
import { ExpireInvitations, expireInvitations } from './expire-invitations.js';
import { AcceptInvitationController, ExpireInvitationsController, InvitationsController } from './invitations.controller.js';
import './invitations.errors.js';
import { InvitedPerson } from './invited-person.js';
import { Invitations } from './invitations.service.js';
import { ownerStep } from './provision-owner.js';

export const manifest = defineModule({
  code: 'invitations',
  name: 'Invitations',
  core: true,
  depends_on: [],
  permissions: [],
  events: ['invitation.created', 'invitation.accepted', 'invitation.revoked'],
  audit_actions: [
    'invitation.created', 'invitation.accepted', 'invitation.revoked', 'invitation.resent', 'invitation.expired', 'user.created',
  ], // prettier-ignore
  schedules: [expireInvitations],
  provisioning_steps: [ownerStep],
});

@Module({
  imports: [EntitlementsModule],
  controllers: [InvitationsController, AcceptInvitationController, ExpireInvitationsController],
  providers: [Invitations, AcceptInvitation, InvitedPerson, ExpireInvitations],
  exports: [Invitations],
})
export class InvitationsModule {}
