import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { fail, Problem } from '#contracts/errors.js';
import type { Caller } from '#platform/auth/index.js';
import { PasswordHasher } from '#platform/crypto/index.js';
import { PlatformDb, sqlState, type PlatformScope } from '#platform/db/index.js';
import { Logger } from '#platform/logging/index.js';
import { Metrics } from '#platform/metrics/index.js';
import { normalizeEmail } from './email.js';
import type { LoginIn, SignedInOut } from './identity.dto.js';
import { platformQueries } from './identity.queries.js';
import { SecondFactor } from './second-factor.js';
import { SignInAnswers } from './sign-in-answer.js';
import { SignInAudit } from './sign-in-audit.js';
import { strangerScope } from './sign-in-scope.js';
import { SignInSession } from './sign-in-session.js';
import { SignInTenants } from './sign-in-tenants.js';
import type { TenantHint } from './tenant-choice.js';
import { Throttle } from './throttle.js';
import { untilNextSlot, WRONG_PASSWORD_GRID_MS } from './throttle-rules.js';
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
    private readonly session: SignInSession,
    private readonly factor: SecondFactor,
    private readonly answers: SignInAnswers,
    private readonly accountAudit: SignInAudit,
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
      // Half a sign-in: the tenant is looked at, and anything said about it, only when the second factor was shown too.
      if (user.mfa_enabled) return await this.askForCode(caller, account, user, hints);
      const answer = await this.session.open(caller, user, { hints, mfa_passed: false });
      this.ended(account, 'success', 200);
      return answer;
    } catch (cause) {
      const error = ofSchema(cause);
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
      await wait(untilNextSlot(performance.now() - started, WRONG_PASSWORD_GRID_MS));
      throw fail('invalid_credentials');
    }
    await attempt.succeeded();
    await this.rehash(scope, user, password);
    return user;
  }

  /** What whoever has a second factor gets for the right password. Also asked where an invitation is accepted. */
  async challenge(caller: Caller, user: UserRow, hints: readonly TenantHint[]): Promise<SignedInOut> {
    const queries = platformQueries(this.db, strangerScope(caller.facts));
    const challenge = await this.factor.challenge(queries, { realm: 'tenant', id: user.user_id }, { hints });
    return this.answers.challenge(user, challenge);
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

  private async askForCode(caller: Caller, account: string, user: UserRow, hints: readonly TenantHint[]): Promise<SignedInOut> {
    const answer = await this.challenge(caller, user, hints);
    this.ended(account, 'mfa', 200);
    return answer;
  }

  private ended(account: string, result: string, status: number): void {
    this.metrics.loginAttempt(result);
    this.logger.info({ account, result, status }, 'login end');
  }
}

/** A table or column that this release knows and the database does not: a migration is pending, and that is no fault of who signs in. */
function ofSchema(cause: unknown): unknown {
  const isOutdated = ['42P01', '42703'].includes(sqlState(cause) ?? '');
  return isOutdated ? fail('tenant_not_ready', { retry_after: 5, reason: 'schema_outdated', step: null }, cause) : cause;
}
