import { Injectable } from '@nestjs/common';
import { Problem } from '#contracts/errors.js';
import { idOf, type TenantId } from '#contracts/ids.js';
import type { Caller } from '#platform/auth/index.js';
import { Clock, newId } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope, type Tx } from '#platform/db/index.js';
import { AuditService } from '../audit/index.js';
import type { SignedInOut } from './identity.dto.js';
import { Sessions, type StartedSession } from './sessions.js';
import { SignInAnswers } from './sign-in-answer.js';
import { SignInAudit } from './sign-in-audit.js';
import { personScope } from './sign-in-scope.js';
import { SignInTenants } from './sign-in-tenants.js';
import { chooseTenant, type Belonging, type TenantHint } from './tenant-choice.js';
import { userRows, type UserRow } from './users.repository.js';

/** The second half of a sign-in: who it is stands, now a tenant is chosen and a session begins. */
@Injectable()
export class SignInSession {
  constructor(
    private readonly db: PlatformDb,
    private readonly tenants: SignInTenants,
    private readonly sessions: Sessions,
    private readonly answers: SignInAnswers,
    private readonly accountAudit: SignInAudit,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem of the tenant that was named or is the only one; from here on a refusal may say why */
  async open(
    caller: Caller,
    user: UserRow,
    { hints, mfa_passed }: { readonly hints: readonly TenantHint[]; readonly mfa_passed: boolean },
  ): Promise<SignedInOut> {
    const session_id = newId();
    const scope = personScope(caller.facts, { ...user, session_id });
    const tenants = await this.tenants.list(scope, user.user_id);
    const tenant = await this.enter(scope, user, tenants, () => chooseTenant(tenants, hints));
    const { refresh } = await this.start(scope, { caller, user, session_id, tenant, mfa_passed });
    return this.answers.give(caller, { user, session_id, mfa_passed, refresh, tenants, tenant });
  }

  /** Who was let in so far is audited where the person belongs when it then fails. */
  private async enter(
    scope: PlatformScope,
    user: UserRow,
    tenants: readonly Belonging[],
    choose: () => Belonging | null,
  ): Promise<Belonging | null> {
    try {
      const tenant = choose();
      if (tenant) await this.tenants.mustBeReady(scope, tenant);
      return tenant;
    } catch (error) {
      if (error instanceof Problem) {
        const entry = { targets: [{ type: 'user', id: user.user_id, label: user.email }], outcome: 'denied', reason: error.code } as const;
        await this.accountAudit.record(scope, tenants.map(({ tenant_id }) => tenant_id), 'auth.login_failed', entry); // prettier-ignore
      }
      throw error;
    }
  }

  /** Session and audit row in one transaction. A sign-in that chose no tenant yet concerns none: it stands in the platform's log. */
  private start(
    scope: PlatformScope,
    {
      caller,
      user,
      session_id,
      tenant,
      mfa_passed,
    }: { caller: Caller; user: UserRow; session_id: string; tenant: Belonging | null; mfa_passed: boolean },
  ): Promise<StartedSession> {
    const work = async (tx: Tx): Promise<StartedSession> => {
      const tenant_id = tenant?.tenant_id ?? null;
      const started = await this.sessions.start(tx, { session_id, user_id: user.user_id, tenant_id, caller, mfa_passed });
      await userRows.signedIn(tx, user.user_id, this.clock.now());
      await this.audit.record(tx, 'auth.login', { targets: [{ type: 'user', id: user.user_id, label: user.email }] });
      return started;
    };
    return tenant ? this.db.inTenant(scope, idOf<TenantId>(tenant.tenant_id), work) : this.db.run(scope, work);
  }
}
