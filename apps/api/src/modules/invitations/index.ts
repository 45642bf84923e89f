export { InvitationsModule, manifest as invitationsManifest } from './invitations.module.js';
export { Invitations, type Invite } from './invitations.service.js';
export { InvitationOut } from './invitations.dto.js';
