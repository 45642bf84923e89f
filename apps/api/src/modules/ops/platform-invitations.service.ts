import { Injectable } from '@nestjs/common';
import { idOf, type TenantId } from '#contracts/ids.js';
import { PlatformDb, type PlatformScope } from '#platform/db/index.js';
import { Invitations, type InvitationOut } from '../invitations/index.js';
import type { PlatformInvitationIn } from './platform-invitations.dto.js';

/** Staff invite an owner. The tenant's log has it from the invitation itself; the platform's has it too, by whom and for which tenant. */
@Injectable()
export class PlatformInvitations {
  constructor(
    private readonly db: PlatformDb,
    private readonly invitations: Invitations,
  ) {}

  /** @throws Problem invalid_state, invalid_transition, unknown_role, already_member, limit_reached */
  invite(scope: PlatformScope, tenant_id: string, input: PlatformInvitationIn): Promise<InvitationOut> {
    return this.db.inTenant(scope, idOf<TenantId>(tenant_id), (tx) => this.invitations.inviteOwner(tx, input));
  }
}
