import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { idOf, type TenantId } from '#contracts/ids.js';
import { PlatformDb, type PlatformScope } from '#platform/db/index.js';
import { normalizeEmail } from '../identity/index.js';
import { Invitations } from '../invitations/index.js';
import { ALL_STORES, Members, Roles } from '../rbac/index.js';
import type { OrphanIn } from './staff-people.dto.js';
import { peopleRows, type OrphanRow } from './staff-people.repository.js';

/**
 * Tenants that lose their last administrator with a person. Whoever takes the person away says, in the same call, who comes after: a
 * member gets the top role, anybody else an invitation with it.
 */
@Injectable()
export class OrphanedTenants {
  constructor(
    private readonly db: PlatformDb,
    private readonly roles: Roles,
    private readonly members: Members,
    private readonly invitations: Invitations,
  ) {}

  /** @throws Problem last_admin { tenants } when one was not named; not_found for one that would not be orphaned */
  async hand(scope: PlatformScope, user_id: string, orphans: readonly OrphanIn[]): Promise<void> {
    const left = await this.db.run(scope, (tx) => peopleRows.orphans(tx, user_id));
    const named = new Map(orphans.map(({ tenant_id, new_owner_email }) => [tenant_id.toLowerCase(), new_owner_email]));
    const unnamed = left.filter(({ tenant_id }) => !named.has(tenant_id));
    if (unnamed.length) throw fail('last_admin', { tenants: unnamed });
    if ([...named.keys()].some((tenant_id) => !left.some((orphan) => orphan.tenant_id === tenant_id))) throw fail('not_found');
    for (const orphan of left) await this.handOne(scope, user_id, orphan, named.get(orphan.tenant_id) ?? '');
  }

  private async handOne(scope: PlatformScope, leaving: string, orphan: OrphanRow, email: string): Promise<void> {
    await this.db.inTenant(scope, idOf<TenantId>(orphan.tenant_id), async (tx) => {
      const role = await this.roles.top(tx);
      const member = await this.members.findByEmail(tx, normalizeEmail(email));
      if (member?.user_id === leaving) throw fail('last_admin', { tenants: [orphan] }); // nobody is their own heir
      if (member?.status === 'active') await this.members.promote(tx, member.user_id);
      else await this.invitations.create(tx, { email, role, store_scope: ALL_STORES, invited_by: null });
    });
  }
}
