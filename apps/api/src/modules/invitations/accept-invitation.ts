import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { idOf, type TenantId } from '#contracts/ids.js';
import { CallerHosts, type Caller } from '#platform/auth/index.js';
import { Clock, sha256 } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope, type Tx } from '#platform/db/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { AuditService, PLATFORM_SCOPE_ID } from '../audit/index.js';
import {
  passwordPolicyOf,
  personScope,
  Sessions,
  SignIn,
  SignInAnswers,
  SignInTenants,
  strangerScope,
  Throttle,
  Users,
  type SignedIn,
  type SignedInOut,
  type UserRow,
} from '../identity/index.js';
import { Members, missingFor, Roles, storeScopeOf } from '../rbac/index.js';
import { Tenants } from '../tenants/index.js';
import { isInvitationToken, refusalOf, REMEMBERED_MS } from './invitation-state.js';
import { InvitedPerson, type FoundInvitation, type Person } from './invited-person.js';
import type { AcceptIn, InvitationPreview } from './invitations.dto.js';
import { invitationRows, type InvitationRow } from './invitations.repository.js';
import { Invitations } from './invitations.service.js';

/** The inviter may not give this any more: leaves the transaction, so that the claim is taken back, and then revokes. */
class NoLongerGiven extends Error {}

/** What the invited person does: looks, and accepts. Runs on the platform pool: accounts are written here. */
@Injectable()
export class AcceptInvitation {
  constructor(
    private readonly db: PlatformDb,
    private readonly invitations: Invitations,
    private readonly invited: InvitedPerson,
    private readonly roles: Roles,
    private readonly members: Members,
    private readonly tenants: Tenants,
    private readonly users: Users,
    private readonly sessions: Sessions,
    private readonly signIn: SignIn,
    private readonly answers: SignInAnswers,
    private readonly belongings: SignInTenants,
    private readonly throttle: Throttle,
    private readonly hosts: CallerHosts,
    private readonly audit: AuditService,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  /** Consumes nothing: mail scanners open links. */
  async preview(caller: Caller, token: string): Promise<InvitationPreview> {
    await this.throttle.call(caller.facts);
    const { invitation, tenant_name, user } = await this.find(caller, token);
    this.mustBeOpen(invitation);
    return {
      email: invitation.email, role: invitation.role_name ?? '', tenant_name, expires_at: invitation.expires_at.toISOString(), account_exists: user !== null,
    }; // prettier-ignore
  }

  async accept(caller: Caller, input: AcceptIn): Promise<SignedInOut> {
    await this.throttle.call(caller.facts);
    const found = await this.find(caller, input.token);
    this.mustBeOpen(found.invitation);
    const person = await this.invited.identify(caller, found, input);
    const scope = 'user' in person ? personScope(caller.facts, person.user) : strangerScope(caller.facts);
    const tenant_id = idOf<TenantId>(found.tenant_id);
    try {
      const { user, session } = await this.db.inTenant(scope, tenant_id, (tx) =>
        this.join(tx, caller, found.invitation.invitation_id, person),
      );
      // Who has a second factor is a member now, and signed in only when the code is right.
      if (!session) return await this.signIn.challenge(caller, user, [{ tenant_id }]);
      const tenants = await this.belongings.list(personScope(caller.facts, user), user.user_id);
      const tenant = tenants.find((belonging) => belonging.tenant_id === tenant_id) ?? null;
      return this.answers.give(caller, { user, ...session, tenants, tenant });
    } catch (error) {
      if (!(error instanceof NoLongerGiven)) throw error;
      await this.db.inTenant(strangerScope(caller.facts), tenant_id, (tx) => this.invitations.end(tx, found.invitation.invitation_id));
      throw fail('invitation_revoked');
    }
  }

  /** Everything in one transaction: any refusal leaves the invitation open. */
  private async join(tx: Tx, caller: Caller, invitation_id: string, person: Person) {
    const now = this.clock.now();
    const claimed = await invitationRows.claim(tx, invitation_id, now);
    const invitation = await invitationRows.find(tx, invitation_id);
    if (!invitation) throw fail('not_found');
    if (!claimed) throw fail(refusalOf(invitation, now) ?? 'invitation_used');
    await this.tenantMustBeOpen(tx);
    const role = await this.roles.get(tx, String(invitation.role_id));
    const store_scope = storeScopeOf(invitation.all_stores, invitation.stores);
    // Asked of the role as it is now. The platform's own invitation has no inviter whose rights could have shrunk: staff and provisioning
    // give the first administrator what nobody in the tenant holds yet.
    const isPlatforms = invitation.invited_by === PLATFORM_SCOPE_ID;
    if (!isPlatforms) {
      const held = await this.members.heldBy(tx, invitation.invited_by);
      if (held === null || missingFor(held, role.permissions, store_scope).length) throw new NoLongerGiven();
    }
    const user = 'user' in person ? person.user : await this.createUser(tx, invitation, person);
    const granted_by = isPlatforms ? null : invitation.invited_by;
    const { user_id, email, email_normalized, display_name } = user;
    await this.members.add(tx, { user_id, email, email_normalized, display_name, role_id: role.role_id, store_scope, granted_by });
    await invitationRows.acceptedBy(tx, invitation_id, user_id);
    await invitationRows.expireTokens(tx, invitation_id, new Date(now.getTime() + REMEMBERED_MS));
    await this.audit.record(tx, 'invitation.accepted', { targets: [{ type: 'invitation', id: invitation_id, label: email }, { type: 'user', id: user_id }] }); // prettier-ignore
    await this.outbox.emit(tx, { type: 'invitation.accepted', subject_id: invitation_id, data: { invitation_id, user_id } });
    return { user, session: await this.session(tx, caller, user, person) };
  }

  /** The one that is open already, or a new one; null: a code of the second factor is due first. */
  private async session(
    tx: Tx,
    caller: Caller,
    user: UserRow,
    person: Person,
  ): Promise<Pick<SignedIn, 'session_id' | 'refresh' | 'mfa_passed'> | null> {
    const open = 'user' in person ? person.session_id : null;
    if (open !== null) return { session_id: open, refresh: null, mfa_passed: await this.sessions.hasPassedFactor(tx, open) };
    if (user.mfa_enabled) return null;
    const { session_id, refresh } = await this.sessions.start(tx, { user_id: user.user_id, tenant_id: tx.tenant_id, caller });
    return { session_id, refresh, mfa_passed: false };
  }

  private async createUser(
    tx: Tx,
    { email }: InvitationRow,
    { display_name, password_hash }: { display_name: string; password_hash: string },
  ): Promise<UserRow> {
    const user = await this.users.create(tx, { email, display_name, password_hash, email_verified: true }); // the link has come to that mailbox
    const { user_id } = user;
    await this.audit.record(tx, 'user.created', {
      targets: [{ type: 'user', id: user_id, label: email }],
      changes: [{ field: 'email', to: email }],
    });
    await this.outbox.emit(tx, { type: 'user.created', subject_id: user_id, data: { user_id, email, display_name } });
    return user;
  }

  private async find(caller: Caller, token: string): Promise<FoundInvitation> {
    const hosted = await this.hosts.tenantOf(caller);
    if (!isInvitationToken(token)) throw fail('not_found');
    const scope: PlatformScope = strangerScope(caller.facts);
    const credential = await invitationRows.findToken(this.db, scope, sha256(token), this.clock.now());
    // A host that names a tenant only narrows: what belongs to another one is not there.
    if (!credential || (hosted !== null && hosted !== credential.tenant_id)) throw fail('not_found');
    const { tenant_id, invitation_id } = credential;
    return this.db.inTenant(scope, idOf<TenantId>(tenant_id), async (tx) => {
      const invitation = await invitationRows.find(tx, invitation_id);
      if (!invitation) throw fail('not_found');
      const { name, slug, settings } = await this.tenants.find(tx, tenant_id);
      const user = await this.users.find(tx, invitation.email);
      return { tenant_id, tenant_name: name, tenant_slug: slug, tenant_policy: passwordPolicyOf(settings), invitation, user };
    });
  }

  private mustBeOpen(invitation: InvitationRow): void {
    const refusal = refusalOf(invitation, this.clock.now());
    if (refusal) throw fail(refusal);
  }

  private async tenantMustBeOpen(tx: Tx): Promise<void> {
    switch (await invitationRows.tenantAccess(tx)) {
      case 'full':
      case 'read_only':
        return;
      case 'restricted':
        throw fail('tenant_suspended');
      case 'not_ready':
        throw fail('tenant_not_ready', { retry_after: 5, reason: 'provisioning' });
      default:
        throw fail('tenant_archived');
    }
  }
}
