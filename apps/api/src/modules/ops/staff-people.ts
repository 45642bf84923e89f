import { Injectable } from '@nestjs/common';
import type { AuditAction } from '#contracts/audit-actions.js';
import { fail, invalid } from '#contracts/errors.js';
import { idOf, type TenantId } from '#contracts/ids.js';
import { PlatformDb, type PlatformScope, type Tx } from '#platform/db/index.js';
import { MailService } from '#platform/mail/index.js';
import { AuditService, statedReason, type AuditEntry } from '../audit/index.js';
import { MFA_RESET, SecondFactor, Sessions, SignInTenants, Users, type UserRow } from '../identity/index.js';
import { OrphanedTenants } from './staff-orphans.js';
import { peopleRows } from './staff-people.repository.js';
import type { OrphanIn, PlatformPersonActIn, PlatformPersonOut, SessionsRevokeIn } from './staff-people.dto.js';
import { furtherScope } from './staff-scope.js';

/** What staff do with the account of a person, over all tenants. Each act has a reason and stands in the log of every one of them. */
@Injectable()
export class StaffPeople {
  constructor(
    private readonly db: PlatformDb,
    private readonly users: Users,
    private readonly sessions: Sessions,
    private readonly factor: SecondFactor,
    private readonly tenants: SignInTenants,
    private readonly orphaned: OrphanedTenants,
    private readonly audit: AuditService,
    private readonly mail: MailService,
  ) {}

  /** By any spelling of the address. @throws Problem not_found */
  async idOf(scope: PlatformScope, email: string): Promise<string> {
    const user = await this.db.run(scope, (tx) => this.users.find(tx, email));
    if (!user) throw fail('not_found');
    return user.user_id;
  }

  /** Signs the person out everywhere and lets nobody in as them. @throws Problem last_admin { tenants }, invalid_transition, reason_required */
  async disable(scope: PlatformScope, user_id: string, input: PlatformPersonActIn): Promise<PlatformPersonOut> {
    const reason = statedReason(input.reason);
    await this.orphaned.hand(furtherScope(scope), user_id, input.orphans ?? []);
    return this.act(
      scope,
      user_id,
      'user.disabled',
      { changes: [{ field: 'status', from: 'active', to: 'disabled' }], reason },
      async (tx, user) => {
        await peopleRows.hold(tx, user_id);
        await this.mustLeaveNobodyAlone(tx, user_id, input.orphans ?? []);
        await this.move(tx, user, 'active', 'disabled');
        await this.sessions.revokeOthers(tx, user_id, null, 'disabled');
        return personOut({ ...user, status: 'disabled' });
      },
    );
  }

  /** For good: name and address go, here and in every tenant; what is left is an id. @throws Problem last_admin, not_found, reason_required */
  async erase(scope: PlatformScope, user_id: string, input: PlatformPersonActIn): Promise<PlatformPersonOut> {
    const reason = statedReason(input.reason);
    await this.orphaned.hand(furtherScope(scope), user_id, input.orphans ?? []);
    const about = { targets: [{ type: 'user', id: user_id }], changes: [{ field: 'status', to: 'erased' }], reason } as const;
    return this.act(scope, user_id, 'user.erased', about, async (tx, user) => {
      await peopleRows.hold(tx, user_id);
      await this.mustLeaveNobodyAlone(tx, user_id, input.orphans ?? []);
      await this.sessions.revokeOthers(tx, user_id, null, 'disabled');
      await this.audit.erasePerson(tx, user); // asks where the address stands, so before it is gone
      await this.users.erase(tx, user);
      return personOut((await this.users.get(tx, user_id)) ?? user);
    });
  }

  enable(scope: PlatformScope, user_id: string, given: string | undefined): Promise<PlatformPersonOut> {
    const reason = statedReason(given);
    return this.act(
      scope,
      user_id,
      'user.enabled',
      { changes: [{ field: 'status', from: 'disabled', to: 'active' }], reason },
      async (tx, user) => {
        await this.move(tx, user, 'disabled', 'active');
        return personOut({ ...user, status: 'active' });
      },
    );
  }

  /** For somebody who has lost the second factor and the recovery codes. A tenant cannot do it: the person may belong to others. */
  async resetMfa(scope: PlatformScope, user_id: string, given: string | undefined): Promise<void> {
    const reason = statedReason(given);
    await this.act(scope, user_id, 'auth.mfa_reset', { reason }, async (tx, user) => {
      await this.factor.remove(tx, { realm: 'tenant', id: user_id });
      await this.sessions.forgetFactor(tx, user_id);
      await this.sessions.revokeOthers(tx, user_id, null, 'ops');
      const { email: to, display_name } = user;
      await this.mail.send(tx, { to, template: MFA_RESET, params: { display_name }, reason: 'auth.mfa_reset' });
      return null;
    });
  }

  /** Really revokes: the next request of any of these sessions is refused. @throws Problem not_found, reason_required, validation_failed */
  async revokeSessions(scope: PlatformScope, input: SessionsRevokeIn): Promise<{ revoked: number }> {
    const { tenant_id, user_id, all } = input;
    const reason = statedReason(input.reason);
    if ([tenant_id !== undefined, user_id !== undefined, all === true].filter(Boolean).length !== 1)
      throw invalid([{ field: '', code: 'required', message: 'Name one of tenant_id, user_id and all.' }]);
    if (user_id !== undefined)
      return this.act(
        scope,
        user_id,
        'ops.sessions_revoked',
        { targets: [{ type: 'session', id: user_id, label: 'all' }], reason },
        async (tx) => ({
          revoked: await this.sessions.revokeMany(tx, { user_id }, 'ops'),
        }),
      );
    const revoke = async (tx: Tx): Promise<{ revoked: number }> => {
      const revoked = await this.sessions.revokeMany(tx, { tenant_id }, 'ops');
      const entry = {
        targets: [{ type: 'session', id: tenant_id ?? 'all' }],
        changes: [{ field: 'revoked', to: revoked }],
        reason,
      } as const;
      await (tenant_id
        ? this.audit.recordStaffAct(tx, 'ops.sessions_revoked', entry)
        : this.audit.record(tx, 'ops.sessions_revoked', entry));
      return { revoked };
    };
    return tenant_id ? this.db.inTenant(scope, idOf<TenantId>(tenant_id), revoke) : this.db.run(scope, revoke);
  }

  private async mustLeaveNobodyAlone(tx: Tx, user_id: string, handed: readonly OrphanIn[]): Promise<void> {
    const known = new Set(handed.map(({ tenant_id }) => tenant_id.toLowerCase()));
    const left = (await peopleRows.orphans(tx, user_id)).filter(({ tenant_id }) => !known.has(tenant_id));
    if (left.length) throw fail('last_admin', { tenants: left });
  }

  private async move(tx: Tx, { user_id, status }: UserRow, from: UserRow['status'], to: UserRow['status']): Promise<void> {
    if (!(await this.users.setStatus(tx, user_id, from, to))) throw fail('invalid_transition', { from: status, to });
  }

  /** The act and its row in the platform's log in one transaction; a row in each tenant of the person follows. @throws Problem not_found */
  private async act<T>(
    scope: PlatformScope,
    user_id: string,
    action: AuditAction,
    about: Omit<AuditEntry, 'targets'> & Partial<Pick<AuditEntry, 'targets'>>,
    work: (tx: Tx, user: UserRow) => Promise<T>,
  ): Promise<T> {
    const further = furtherScope(scope);
    const tenants = await this.tenants.list(further, user_id);
    const last: { entry: AuditEntry | null } = { entry: null };
    const result = await this.db.run(scope, async (tx) => {
      const user = await this.users.get(tx, user_id);
      if (!user || user.status === 'erased') throw fail('not_found');
      const done = await work(tx, user);
      last.entry = { targets: [{ type: 'user', id: user_id, label: user.email }], ...about };
      await this.audit.record(tx, action, last.entry);
      return done;
    });
    const { entry } = last;
    if (entry)
      for (const { tenant_id } of tenants)
        await this.db.inTenant(further, idOf<TenantId>(tenant_id), (tx) => this.audit.record(tx, action, entry));
    return result;
  }
}

const personOut = ({ user_id, email, display_name, status, mfa_enabled }: UserRow): PlatformPersonOut => ({
  user_id,
  email,
  display_name,
  status,
  mfa_enabled,
});
