import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { fail, Problem } from '#contracts/errors.js';
import { idOf, type TenantId } from '#contracts/ids.js';
import type { Caller } from '#platform/auth/index.js';
import { Clock, newId, PasswordHasher } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope, type Tx } from '#platform/db/index.js';
import { Logger } from '#platform/logging/index.js';
import { Metrics } from '#platform/metrics/index.js';
import { AuditService } from '../audit/index.js';
import { normalizeEmail } from './email.js';
import type { LoginIn, SignedInOut } from './identity.dto.js';
import { platformQueries } from './identity.queries.js';
import { Sessions, type StartedSession } from './sessions.js';
import { SignInAnswers } from './sign-in-answer.js';
import { SignInAudit } from './sign-in-audit.js';
import { personScope, strangerScope } from './sign-in-scope.js';
import { SignInTenants } from './sign-in-tenants.js';
import { chooseTenant, type Belonging } from './tenant-choice.js';
import { Throttle } from './throttle.js';
import { untilNextSlot } from './throttle-rules.js';
import { userRows, type UserRow } from './users.repository.js';

/** Label values of `login_attempts_total`; whatever else a sign-in may end with counts as `error`. */
const RESULTS: ReadonlySet<string> = new Set([
  'invalid_credentials', 'too_many_attempts', 'no_membership', 'membership_suspended', 'not_found', 'tenant_suspended', 'tenant_archived', 'tenant_not_ready', 'busy',
]); // prettier-ignore

/** Sign-in with a password. */
@Injectable()
export class SignIn {
  constructor(
    private readonly db: PlatformDb,
    private readonly hasher: PasswordHasher,
    private readonly throttle: Throttle,
    private readonly tenants: SignInTenants,
    private readonly sessions: Sessions,
    private readonly answers: SignInAnswers,
    private readonly accountAudit: SignInAudit,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  async login(caller: Caller, input: LoginIn): Promise<SignedInOut> {
    const account = this.throttle.accountName(normalizeEmail(input.email));
    this.logger.info({ account }, 'login start');
    try {
      const hints = await this.tenants.hints(caller, input.tenant);
      await this.throttle.call(caller.facts);
      const user = await this.identify(caller, input.email, input.password);
      const session_id = newId();
      const scope = personScope(caller.facts, { ...user, session_id });
      const tenants = await this.tenants.list(scope, user.user_id);
      const tenant = await this.enter(scope, user, tenants, () => chooseTenant(tenants, hints));
      const { refresh } = await this.start(scope, { caller, user, session_id, tenant });
      this.ended(account, 'success', 200);
      return this.answers.give(caller, { user, session_id, refresh, tenants, tenant });
    } catch (error) {
      const problem = error instanceof Problem ? error : null;
      this.ended(account, problem && RESULTS.has(problem.code) ? problem.code : 'error', problem?.status ?? 500);
      throw error;
    }
  }

  /**
   * The account that e-mail and password open. An unknown address, a wrong password and an account that is disabled are one answer, after
   * one hash. Also asked by whoever accepts an invitation into an account that exists.
   * @throws Problem too_many_attempts before anything is hashed, invalid_credentials, busy
   */
  async identify(caller: Caller, email: string, password: string): Promise<UserRow> {
    const started = performance.now();
    const scope = strangerScope(caller.facts);
    const address = normalizeEmail(email);
    const attempt = await this.throttle.attempt(caller.facts, 'tenant', address);
    const user = await userRows.findByEmail(platformQueries(this.db, scope), address);
    let isRight: boolean;
    try {
      isRight = user?.password_hash ? await this.hasher.verify(user.password_hash, password) : await this.hasher.verifyNobody(password);
    } catch (cause) {
      await attempt.undecided();
      throw cause;
    }
    if (!user || !isRight || user.status !== 'active') {
      await this.failed(scope, user, address);
      await wait(untilNextSlot(performance.now() - started));
      throw fail('invalid_credentials');
    }
    await attempt.succeeded();
    await this.rehash(scope, user, password);
    return user;
  }

  private async failed(scope: PlatformScope, user: UserRow | null, address: string): Promise<void> {
    const tenants = user ? await this.tenants.list(scope, user.user_id) : [];
    // An address that is no account stands there as a name of ours: what a stranger typed does not belong into a log of seven years.
    const target = user
      ? { type: 'user', id: user.user_id, label: user.email }
      : { type: 'user', id: `unknown:${this.throttle.accountName(address)}` };
    await this.accountAudit.record(scope, tenants.map(({ tenant_id }) => tenant_id), 'auth.login_failed', { targets: [target], outcome: 'failed' }); // prettier-ignore
  }

  /** A hash made under other parameters is replaced while its password is at hand. */
  private async rehash(scope: PlatformScope, user: UserRow, password: string): Promise<void> {
    if (!user.password_hash || !this.hasher.needsRehash(user.password_hash)) return;
    await userRows.rehash(platformQueries(this.db, scope), user.user_id, user.password_hash, await this.hasher.hash(password));
  }

  /** The password was right: from here on a refusal may say why, and it is audited where the person belongs. */
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
    { caller, user, session_id, tenant }: { caller: Caller; user: UserRow; session_id: string; tenant: Belonging | null },
  ): Promise<StartedSession> {
    const work = async (tx: Tx): Promise<StartedSession> => {
      const started = await this.sessions.start(tx, { session_id, user_id: user.user_id, tenant_id: tenant?.tenant_id ?? null, caller });
      await userRows.signedIn(tx, user.user_id, this.clock.now());
      await this.audit.record(tx, 'auth.login', { targets: [{ type: 'user', id: user.user_id, label: user.email }] });
      return started;
    };
    return tenant ? this.db.inTenant(scope, idOf<TenantId>(tenant.tenant_id), work) : this.db.run(scope, work);
  }

  private ended(account: string, result: string, status: number): void {
    this.metrics.loginAttempt(result);
    this.logger.info({ account, result, status }, 'login end');
  }
}
