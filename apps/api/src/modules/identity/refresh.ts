import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import type { Caller } from '#platform/auth/index.js';
import { Clock } from '#platform/crypto/index.js';
import { PlatformDb } from '#platform/db/index.js';
import { MailService } from '#platform/mail/index.js';
import type { RefreshIn, SignedInOut } from './identity.dto.js';
import { SESSION_REUSE } from './identity.mails.js';
import { platformQueries } from './identity.queries.js';
import { sessionRows, type RefreshRow } from './sessions.repository.js';
import { Sessions, type Presented, type RefreshToken } from './sessions.js';
import { SignInAnswers } from './sign-in-answer.js';
import { SignInAudit } from './sign-in-audit.js';
import { personScope, strangerScope } from './sign-in-scope.js';
import { SignInTenants } from './sign-in-tenants.js';
import { chooseTenant } from './tenant-choice.js';
import { userRows, type UserRow } from './users.repository.js';

/** A new access token, and with it a new refresh token. */
@Injectable()
export class Refresh {
  constructor(
    private readonly db: PlatformDb,
    private readonly sessions: Sessions,
    private readonly tenants: SignInTenants,
    private readonly answers: SignInAnswers,
    private readonly accountAudit: SignInAudit,
    private readonly mail: MailService,
    private readonly clock: Clock,
  ) {}

  /**
   * A refusal leaves token and cookie as they are: a client that keeps the old token after a rotation would look like a thief half a minute
   * later. So the tenant is looked at before the token is used. Only a session that has ended takes the cookie with it.
   */
  async refresh(caller: Caller, input: RefreshIn): Promise<SignedInOut> {
    const token = this.answers.cookie.read(caller, input.refresh_token);
    if (token === null) throw fail('refresh_invalid');
    const hints = await this.tenants.hints(caller, input.tenant);
    const queries = platformQueries(this.db, strangerScope(caller.facts));
    const presented = await this.sessions.present(queries, token);
    const { row, user } = await this.owner(caller, presented);
    const scope = personScope(caller.facts, { ...user, session_id: row.session_id });
    const tenants = await this.tenants.list(scope, user.user_id);
    const tenant = chooseTenant(tenants, hints);
    if (tenant) await this.tenants.mustBeReady(scope, tenant);
    const refresh = await this.next(caller, token, presented.state === 'superseded' ? null : row, tenant?.tenant_id ?? null);
    return this.answers.give(caller, { user, session_id: row.session_id, mfa_passed: row.mfa_at !== null, refresh, tenants, tenant });
  }

  /** Whose live session a presented token belongs to. Also for switch-tenant. @throws Problem refresh_invalid or session_revoked */
  async owner(caller: Caller, { state, row }: Presented): Promise<{ row: RefreshRow; user: UserRow }> {
    if (!row || state === 'invalid') throw fail('refresh_invalid');
    const scope = strangerScope(caller.facts);
    const user = await userRows.find(platformQueries(this.db, scope), row.user_id);
    if (state === 'reused' && user) await this.reused(caller, row, user);
    if (!user || state === 'reused' || state === 'revoked') {
      this.answers.cookie.forget(caller);
      throw fail('session_revoked');
    }
    return { row, user };
  }

  /** @param row null: the token was used already, so its successor is looked up */
  private async next(caller: Caller, token: string, row: RefreshRow | null, tenant_id: string | null): Promise<RefreshToken> {
    const scope = strangerScope(caller.facts);
    const rotated = row && (await this.db.run(scope, (tx) => this.sessions.rotate(tx, token, row, tenant_id)));
    if (rotated) return rotated;
    // Another tab was faster, or the session ended in between: look again.
    const queries = platformQueries(this.db, scope);
    const again = await this.sessions.present(queries, token);
    const { row: used } = await this.owner(caller, again);
    return this.sessions.successor(queries, token, used);
  }

  /** Two parties hold one token, and which of them is the thief cannot be told: the session ends for both. */
  private async reused(caller: Caller, row: RefreshRow, user: UserRow): Promise<void> {
    const scope = personScope(caller.facts, { ...user, session_id: row.session_id });
    const tenants = await this.tenants.list(scope, user.user_id);
    await this.accountAudit.around(scope, tenants.map(({ tenant_id }) => tenant_id), async (tx) => {
      if (!(await sessionRows.revoke(tx, row.session_id, row.user_id, this.clock.now(), 'reuse'))) return null;
      await this.mail.send(tx, { to: user.email, template: SESSION_REUSE, params: { display_name: user.display_name }, reason: 'auth.refresh_reused' });
      return { result: true, action: 'auth.refresh_reused', entry: { targets: [{ type: 'session', id: row.session_id }], outcome: 'denied' } };
    }); // prettier-ignore
  }
}
