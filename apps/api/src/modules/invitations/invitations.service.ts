import { Injectable } from '@nestjs/common';
import { ERRORS, fail, invalid, Problem } from '#contracts/errors.js';
import type { AuthzContext } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { Clock, newId, randomBase62, sha256 } from '#platform/crypto/index.js';
import { TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';
import { databaseProblem, type ListOfQuery, type Page } from '#platform/http/index.js';
import { MailService } from '#platform/mail/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { AuditService, PLATFORM_SCOPE_ID } from '../audit/index.js';
import { Entitlements } from '../entitlements/index.js';
import { normalizeEmail } from '../identity/index.js';
import {
  ALL_STORES,
  checkGrant,
  grantedScope,
  GuardedChanges,
  likePattern,
  Members,
  Roles,
  scopeText,
  storeScopeOf,
  type RoleRow,
  type StoreScope,
} from '../rbac/index.js';
import { Tenants } from '../tenants/index.js';
import { MAX_SENT, PER_DAY, PER_MINUTE, REMEMBERED_MS, RESEND_WAIT_MS, statusOf, TOKEN_PREFIX } from './invitation-state.js';
import { invitationOut } from './invitation-out.js';
import type {
  INVITATION_LIST,
  InvitationIn,
  InvitationOut,
  InvitationRefusal,
  InvitationResult,
  InvitationsIn,
  InvitationsOut,
} from './invitations.dto.js';
import { INVITATION } from './invitations.mails.js';
import { invitationRows, type InvitationRow } from './invitations.repository.js';

export interface Invite {
  readonly email: string;
  readonly role: RoleRow;
  readonly store_scope: StoreScope;
  /** null: the platform. */
  readonly invited_by: { readonly user_id: string; readonly label: string } | null;
  readonly message?: string | undefined;
}

/** Invitations as the tenant's people and provisioning make them. Accepting: accept-invitation.ts. */
@Injectable()
export class Invitations {
  constructor(
    private readonly db: TenantDb,
    private readonly changes: GuardedChanges,
    private readonly roles: Roles,
    private readonly members: Members,
    private readonly tenants: Tenants,
    private readonly entitlements: Entitlements,
    private readonly mail: MailService,
    private readonly audit: AuditService,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  async invite(scope: TenantScope, authz: AuthzContext, input: InvitationIn): Promise<InvitationOut> {
    return this.changes.run(scope, about(input), async (tx) => {
      await invitationRows.hold(tx);
      await this.mustBeSlow(tx);
      return this.inviteOne(tx, authz, input);
    });
  }

  /**
   * Many at once, each by itself: what one is refused for does not stop the others, and all that were invited are so together. The call
   * counts once for the minute and each of them for the day.
   */
  async inviteAll(scope: TenantScope, authz: AuthzContext, { invitations }: InvitationsIn): Promise<InvitationsOut> {
    mustDiffer(invitations);
    const beyondOwn: { input: InvitationIn; problem: Problem }[] = [];
    const answer = await this.changes.run(scope, {}, async (tx) => {
      beyondOwn.length = 0; // the work may run again
      const data: InvitationResult[] = [];
      await invitationRows.hold(tx);
      await this.mustBeSlow(tx);
      for (const input of invitations) {
        try {
          const invitation = await tx.savepoint((part) => this.inviteOne(part, authz, input));
          data.push({ email: input.email, invitation, refusal: null });
        } catch (error) {
          const problem = refusalOf(error);
          if (problem.code === 'grant_exceeds_own') beyondOwn.push({ input, problem });
          data.push({ email: input.email, invitation: null, refusal: refusalOut(problem) });
        }
      }
      const refused = data.filter(({ refusal }) => refusal !== null).length;
      return { data, invited: data.length - refused, refused };
    });
    for (const { input, problem } of beyondOwn) await this.changes.refused(scope, about(input), problem);
    return answer;
  }

  async list(scope: TenantScope, list: ListOfQuery<typeof INVITATION_LIST>): Promise<Page<InvitationOut>> {
    const now = this.clock.now();
    const { status = null, email } = list.filters;
    const after = typeof list.after?.[0] === 'string' ? list.after[0] : null;
    const rows = await this.db.run(scope, (tx) => invitationRows.list(tx, { status, pattern: likePattern(email), now }, after, list.take));
    const page = list.page(rows, (row) => [row.invitation_id]);
    return { ...page, data: page.data.map((row) => invitationOut(row, now)) };
  }

  async revoke(scope: TenantScope, invitation_id: string): Promise<void> {
    await this.db.run(scope, async (tx) => {
      await this.open(tx, invitation_id);
      await this.end(tx, invitation_id);
    });
  }

  /** A new token and a new life; the old link is dead. What it gives is asked again, of whoever sends it now and of the role as it is now. */
  async resend(scope: TenantScope, authz: AuthzContext, invitation_id: string): Promise<InvitationOut> {
    return this.changes.run(scope, {}, async (tx) => {
      const invitation = await this.open(tx, invitation_id);
      if (invitation.sent_count >= MAX_SENT) throw fail('resend_limit');
      const now = this.clock.now();
      const wait_ms = (invitation.last_sent_at?.getTime() ?? 0) + RESEND_WAIT_MS - now.getTime();
      if (wait_ms > 0) throw fail('rate_limited', { retry_after: Math.ceil(wait_ms / 1000) });
      const role = await this.roles.get(tx, String(invitation.role_id));
      checkGrant(authz.held, role.permissions, storeScopeOf(invitation.all_stores, invitation.stores));
      const expires_at = this.expiry(now);
      await invitationRows.dropTokens(tx, invitation_id);
      await invitationRows.sent(tx, invitation_id, expires_at, now);
      await this.send(tx, {
        invitation_id,
        expires_at,
        email: invitation.email,
        role,
        inviter: authz.actor.label ?? null,
        message: invitation.message,
      });
      await this.audit.record(tx, 'invitation.resent', { targets: [{ type: 'invitation', id: invitation_id, label: invitation.email }] });
      return invitationOut(await this.found(tx, invitation_id), now);
    });
  }

  /**
   * The platform gives a tenant that nobody administers a person who does, in the caller's transaction. Only then: an invitation by staff
   * to any tenant would be a way into its data. Role left out: the top one. What the platform had open is revoked, so that a mistyped
   * address holds nothing. @throws Problem invalid_state { reason: 'has_administrator' }, invalid_transition, limit_reached, unknown_role
   */
  async inviteOwner(tx: Tx, { email, ...named }: { email: string; role?: string; role_id?: string }): Promise<InvitationOut> {
    await invitationRows.hold(tx);
    const { status } = await this.tenants.locked(tx, String(tx.tenant_id));
    if (status !== 'active' && status !== 'suspended') throw fail('invalid_transition', { from: status, to: status });
    if (await this.roles.hasAdministrator(tx)) throw fail('invalid_state', { reason: 'has_administrator' });
    const role = named.role === undefined && named.role_id === undefined ? await this.roles.top(tx) : await this.roles.resolve(tx, named);
    for (const open of await invitationRows.openBy(tx, PLATFORM_SCOPE_ID)) await this.end(tx, open);
    await this.mustHaveRoom(tx, normalizeEmail(email));
    const invitation_id = await this.create(tx, { email, role, store_scope: ALL_STORES, invited_by: null });
    return invitationOut(await this.found(tx, invitation_id), this.clock.now());
  }

  /**
   * Makes an invitation and sends it, in the caller's transaction. The open one of that address is revoked. Holds the tenant's invitations
   * itself: not every caller has counted them before, and two that do not see each other would both insert. @throws Problem already_member
   */
  async create(tx: Tx, { email, role, store_scope, invited_by, message }: Invite): Promise<string> {
    await invitationRows.hold(tx);
    const email_normalized = normalizeEmail(email);
    if (await this.members.findByEmail(tx, email_normalized)) throw fail('already_member');
    for (const open of await invitationRows.openOf(tx, email_normalized)) await this.end(tx, open);
    const invitation_id = newId();
    const now = this.clock.now();
    const expires_at = this.expiry(now);
    const { mode, store_ids } = store_scope;
    await invitationRows.insert(tx, {
      invitation_id, email: email.trim(), email_normalized, role_id: role.role_id, all_stores: mode === 'all', stores: store_ids, expires_at,
      invited_by: invited_by?.user_id ?? PLATFORM_SCOPE_ID, last_sent_at: now, message: message?.trim() || null,
    }); // prettier-ignore
    await this.send(tx, {
      invitation_id,
      expires_at,
      email: email.trim(),
      role,
      inviter: invited_by?.label ?? null,
      message: message?.trim() || null,
    });
    const target = { type: 'invitation', id: invitation_id, label: email.trim() };
    const changes = [{ field: 'role_id', to: role.role_id }, { field: 'store_scope', to: scopeText(store_scope) }, { field: 'email', to: email.trim() }]; // prettier-ignore
    if (tx.scope.actor.type === 'platform_staff')
      await this.audit.recordStaffAct(tx, 'invitation.created', {
        targets: [target, { type: 'tenant', id: String(tx.tenant_id) }],
        changes,
      });
    else await this.audit.record(tx, 'invitation.created', { targets: [target], changes });
    await this.outbox.emit(tx, {
      type: 'invitation.created',
      subject_id: invitation_id,
      data: { invitation_id, email: email.trim(), role_id: role.role_id },
    });
    return invitation_id;
  }

  /** Revokes an open one. */
  async end(tx: Tx, invitation_id: string): Promise<void> {
    const now = this.clock.now();
    if (!(await invitationRows.end(tx, invitation_id, 'revoked', now))) return;
    await invitationRows.expireTokens(tx, invitation_id, new Date(now.getTime() + REMEMBERED_MS));
    await this.audit.record(tx, 'invitation.revoked', { targets: [{ type: 'invitation', id: invitation_id }] });
    await this.outbox.emit(tx, { type: 'invitation.revoked', subject_id: invitation_id, data: { invitation_id } });
  }

  /** Undoes `create` for a tenant that could not be made. */
  async removeAll(tx: Tx): Promise<void> {
    await invitationRows.removeAll(tx);
  }

  private async inviteOne(tx: Tx, authz: AuthzContext, input: InvitationIn): Promise<InvitationOut> {
    const role = await this.roles.resolve(tx, input);
    const store_scope = grantedScope(authz.held, role, input.store_scope, '/store_scope');
    await this.mustHaveRoom(tx, normalizeEmail(input.email));
    const invited_by = { user_id: authz.principal.user_id, label: authz.actor.label ?? '' };
    const invitation_id = await this.create(tx, { email: input.email, role, store_scope, invited_by, message: input.message });
    return invitationOut(await this.found(tx, invitation_id), this.clock.now());
  }

  /** @throws Problem rate_limited */
  private async mustBeSlow(tx: Tx): Promise<void> {
    const { minute } = await invitationRows.counts(tx, '', this.clock.now());
    if (minute >= PER_MINUTE) throw fail('rate_limited', { retry_after: 60 });
  }

  /** Members and open invitations together fit the seats; accepting decides. @throws Problem rate_limited, limit_reached, entitlement_inactive */
  private async mustHaveRoom(tx: Tx, email_normalized: string): Promise<void> {
    const { day, open } = await invitationRows.counts(tx, email_normalized, this.clock.now());
    if (day >= PER_DAY) throw fail('rate_limited', { retry_after: 3_600 });
    await this.entitlements.mustHaveRoom(tx, 'max_users', { reserved: open });
  }

  /** The raw token exists in this function and in the mail, nowhere else. */
  private async send(
    tx: Tx,
    about: { invitation_id: string; expires_at: Date; email: string; role: RoleRow; inviter: string | null; message: string | null },
  ): Promise<void> {
    const { invitation_id, expires_at, email, role, inviter, message } = about;
    const token = `${TOKEN_PREFIX}${randomBase62(43)}`;
    await invitationRows.putToken(tx, sha256(token), invitation_id, new Date(expires_at.getTime() + REMEMBERED_MS));
    const { name: tenant_name } = await this.tenants.find(tx, String(tx.tenant_id));
    const params = { tenant_name, inviter, role: role.name, message, token, hours: this.config.invitation_ttl_hours };
    await this.mail.send(tx, { to: email, template: INVITATION, params, tenant_id: String(tx.tenant_id), reason: 'invited' });
  }

  /** One that can still be accepted, locked. @throws Problem not_found, invitation_not_pending */
  private async open(tx: Tx, invitation_id: string): Promise<InvitationRow> {
    if (!(await invitationRows.lock(tx, invitation_id))) throw fail('not_found');
    const invitation = await this.found(tx, invitation_id);
    if (statusOf(invitation, this.clock.now()) !== 'pending') throw fail('invitation_not_pending');
    return invitation;
  }

  private async found(tx: Tx, invitation_id: string): Promise<InvitationRow> {
    const invitation = await invitationRows.find(tx, invitation_id);
    if (!invitation) throw fail('not_found');
    return invitation;
  }

  private expiry(now: Date): Date {
    return new Date(now.getTime() + this.config.invitation_ttl_hours * 3_600_000);
  }
}

const about = ({ role_id }: InvitationIn) => (role_id === undefined ? {} : { role_id });

/** The second of an address would revoke the first. @throws Problem validation_failed */
function mustDiffer(invitations: readonly InvitationIn[]): void {
  const seen = new Set<string>();
  const errors = invitations.flatMap(({ email }, i) => {
    const normalized = normalizeEmail(email);
    if (seen.has(normalized)) return [{ field: `/invitations/${i}/email`, code: 'duplicate', message: 'Name each address once.' }];
    seen.add(normalized);
    return [];
  });
  if (errors.length) throw invalid(errors);
}

/** What one of many is refused for; whatever else went wrong ends the call. */
function refusalOf(error: unknown): Problem {
  const problem = error instanceof Problem ? error : databaseProblem(error);
  if (!problem || problem.status >= 500) throw error;
  return problem;
}

function refusalOut({ code, extras }: Problem): InvitationRefusal {
  const { missing } = extras as { missing?: string[] };
  return { code, title: ERRORS[code].sentence, ...(missing ? { missing } : {}) };
}
