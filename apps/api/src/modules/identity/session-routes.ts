import { Injectable } from '@nestjs/common';
import { fail, Problem } from '#contracts/errors.js';
import { idOf, type TenantId } from '#contracts/ids.js';
import type { Caller, Claims } from '#platform/auth/index.js';
import { Clock } from '#platform/crypto/index.js';
import { PlatformDb, type Tx } from '#platform/db/index.js';
import { AuditService } from '../audit/index.js';
import type { LogoutIn, SignedInOut, SwitchTenantIn } from './identity.dto.js';
import { platformQueries } from './identity.queries.js';
import { mustChangePassword } from './next-step.js';
import { Refresh } from './refresh.js';
import { sessionRows, type SessionRow } from './sessions.repository.js';
import { Sessions } from './sessions.js';
import { SignInAnswers } from './sign-in-answer.js';
import { personScope, strangerScope } from './sign-in-scope.js';
import { SignInTenants } from './sign-in-tenants.js';
import { SupportAccess } from './support-access.js';
import { chooseTenant } from './tenant-choice.js';
import { Throttle } from './throttle.js';
import { TenantTokens } from './token-realms.js';
import { userRows, type UserRow } from './users.repository.js';

/** What a session does besides refreshing: it goes to another tenant, and it ends. Either token proves it, so both routes are public. */
@Injectable()
export class SessionRoutes {
  constructor(
    private readonly db: PlatformDb,
    private readonly tokens: TenantTokens,
    private readonly sessions: Sessions,
    private readonly refresh: Refresh,
    private readonly tenants: SignInTenants,
    private readonly answers: SignInAnswers,
    private readonly support: SupportAccess,
    private readonly throttle: Throttle,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** An access token of another tenant for the same session. The refresh token stays. */
  async switchTenant(caller: Caller, input: SwitchTenantIn): Promise<SignedInOut> {
    await this.throttle.call(caller.facts);
    const { session_id, user, mfa_passed } = await this.live(caller, input.refresh_token);
    const scope = personScope(caller.facts, { ...user, session_id });
    const tenants = await this.tenants.list(scope, user.user_id);
    if (mustChangePassword({ user, tenants }, this.clock.now())) throw fail('password_change_required');
    const hints = await this.tenants.hints(caller, input.tenant);
    if (hints.length === 0) throw fail('tenant_required'); // also where the person has only one: nobody goes to a tenant by default
    const tenant = chooseTenant(tenants, hints);
    if (!tenant) throw fail('not_found');
    await this.tenants.mustBeReady(scope, tenant);
    await this.db.inTenant(scope, idOf<TenantId>(tenant.tenant_id), async (tx) => {
      await sessionRows.chooseTenant(tx, session_id, tenant.tenant_id);
      await this.audit.record(tx, 'auth.tenant_switched', { targets: [{ type: 'user', id: user.user_id, label: user.email }] });
    });
    return this.answers.give(caller, { user, session_id, mfa_passed, refresh: null, tenants, tenant });
  }

  /** Ends the sessions that the request can prove, those of both tokens. Also when there is none left to end. */
  async logout(caller: Caller, input: LogoutIn): Promise<void> {
    const token = this.answers.cookie.read(caller, input.refresh_token);
    const claims = await this.claims(caller);
    const queries = platformQueries(this.db, strangerScope(caller.facts));
    const presented = token === null ? null : (await this.sessions.present(queries, token)).row;
    const ended = new Map<string, string | null>();
    if (presented) ended.set(presented.session_id, presented.last_tenant_id);
    if (claims) ended.set(claims.sid, claims.tid ?? null);
    for (const [session_id, tenant_id] of ended) await this.end(caller, session_id, tenant_id);
    this.answers.cookie.forget(caller);
  }

  private async end(caller: Caller, session_id: string, tenant_id: string | null): Promise<void> {
    const queries = platformQueries(this.db, strangerScope(caller.facts));
    const session = await sessionRows.find(queries, session_id);
    const user = session && (await userRows.find(queries, session.user_id));
    if (!session || !user) return;
    if (session.impersonation_id) return this.support.logout(caller.facts, session.impersonation_id);
    const scope = personScope(caller.facts, { ...user, session_id });
    const work = async (tx: Tx): Promise<void> => {
      if (!(await sessionRows.revoke(tx, session_id, session.user_id, this.clock.now(), 'logout'))) return;
      await this.audit.record(tx, 'auth.logout', { targets: [{ type: 'user', id: user.user_id, label: user.email }] });
    };
    await (tenant_id ? this.db.inTenant(scope, idOf<TenantId>(tenant_id), work) : this.db.run(scope, work));
  }

  /** The session behind the bearer token or the refresh token. @throws Problem unauthenticated, token_expired, refresh_invalid or session_revoked */
  private async live(caller: Caller, inBody: string | undefined): Promise<{ session_id: string; user: UserRow; mfa_passed: boolean }> {
    const queries = platformQueries(this.db, strangerScope(caller.facts));
    if (caller.bearer !== null) {
      const claims = await this.tokens.verify(caller.bearer);
      if (claims.lim) throw fail(claims.lim === 'mfa_setup' ? 'mfa_required' : 'password_change_required');
      if (claims.act) throw fail('permission_denied'); // support access is for one tenant
      const session = await sessionRows.find(queries, claims.sid);
      if (!session || !isLive(session, this.clock.now())) throw fail('session_revoked');
      const user = await userRows.find(queries, session.user_id);
      if (!user || user.user_id !== claims.sub) throw fail('session_revoked');
      return { session_id: session.session_id, user, mfa_passed: session.mfa_at !== null };
    }
    const token = this.answers.cookie.read(caller, inBody);
    if (token === null) throw fail('unauthenticated');
    const { row, user } = await this.refresh.owner(caller, await this.sessions.present(queries, token));
    return { session_id: row.session_id, user, mfa_passed: row.mfa_at !== null };
  }

  private async claims(caller: Caller): Promise<Claims | null> {
    if (caller.bearer === null) return null;
    try {
      return await this.tokens.verify(caller.bearer);
    } catch (error) {
      if (error instanceof Problem) return null; // expired or foreign: it ends nothing
      throw error;
    }
  }
}

const isLive = (session: SessionRow, now: Date): boolean =>
  session.revoked_at === null && session.expires_at.getTime() > now.getTime() && session.user_status === 'active';
