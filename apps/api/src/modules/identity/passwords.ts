import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import type { Caller } from '#platform/auth/index.js';
import { Clock, PASSWORD_MAX_LENGTH, randomToken, sha256 } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope, type TenantScope, type Tx } from '#platform/db/index.js';
import { MailService } from '#platform/mail/index.js';
import { belongingRows } from './belonging.repository.js';
import { normalizeEmail } from './email.js';
import type { ForgotIn, PasswordChangeIn, PasswordPolicyOut, ResetIn, SignedInOut } from './identity.dto.js';
import { PASSWORD_CHANGED, PASSWORD_RESET } from './identity.mails.js';
import { platformQueries } from './identity.queries.js';
import { policyOf, policyOfPerson } from './identity-settings.js';
import { OwnPassword } from './own-proof.js';
import { PasswordRules } from './password-rules.js';
import { sessionRows } from './sessions.repository.js';
import { Sessions } from './sessions.js';
import { SignInAnswers } from './sign-in-answer.js';
import { SignInAudit } from './sign-in-audit.js';
import { accountScope, personScope, strangerScope } from './sign-in-scope.js';
import { SignInTenants } from './sign-in-tenants.js';
import { chooseTenant, type Belonging } from './tenant-choice.js';
import { Throttle } from './throttle.js';
import { untilNextSlot } from './throttle-rules.js';
import { Users } from './users.js';
import { userRows, type UserRow } from './users.repository.js';

/** How long a link to set a new password may be used. */
const RESET_TTL_MS = 3_600_000;

/** Changing a password, and setting a new one when the old one is forgotten. */
@Injectable()
export class Passwords {
  constructor(
    private readonly db: PlatformDb,
    private readonly own: OwnPassword,
    private readonly rules: PasswordRules,
    private readonly users: Users,
    private readonly sessions: Sessions,
    private readonly tenants: SignInTenants,
    private readonly answers: SignInAnswers,
    private readonly accountAudit: SignInAudit,
    private readonly throttle: Throttle,
    private readonly mail: MailService,
    private readonly clock: Clock,
  ) {}

  /** Of the tenant whose host it is, else the platform's. @throws Problem not_found for a host that names nobody */
  async policy(caller: Caller): Promise<PasswordPolicyOut> {
    const tenant_id = await this.tenants.hostOf(caller);
    const queries = platformQueries(this.db, strangerScope(caller.facts));
    const settings = tenant_id === null ? null : await belongingRows.settings(queries, tenant_id);
    const { min_length, classes, history, max_age_days } = policyOf([{ settings }]);
    return { min_length, max_length: PASSWORD_MAX_LENGTH, classes, history, max_age_days };
  }

  /** New tokens for this session; every other one ends. */
  async change(scope: TenantScope, caller: Caller, input: PasswordChangeIn): Promise<SignedInOut> {
    await this.throttle.call(caller.facts);
    const account = accountScope(scope);
    const queries = platformQueries(this.db, account);
    const user = await userRows.find(queries, scope.actor.id);
    const session = await sessionRows.find(queries, scope.actor.session_id ?? '');
    if (!user || !session) throw fail('session_revoked');
    await this.own.mustBe(user, caller.facts, input.current_password);
    const tenants = await this.tenants.list(account, user.user_id);
    const password_hash = await this.accept(queries, user, tenants, input.new_password);
    const refresh = await this.write(account, tenants, user, password_hash, session.session_id, (tx) =>
      this.sessions.renew(tx, session.session_id, session.created_at),
    );
    // A token that opened only this step may have been made before a tenant was chosen.
    const limited = caller.credential?.kind === 'user' && caller.credential.limited_to !== null;
    const tenant_id = limited ? session.last_tenant_id : scope.tenant_id;
    const tenant = chooseTenant(tenants, tenant_id ? [{ tenant_id }] : []);
    return this.answers.give(caller, {
      user: { ...user, must_change_password: false, password_changed_at: this.clock.now() },
      session_id: session.session_id,
      mfa_passed: session.mfa_at !== null,
      refresh,
      tenants,
      tenant,
    });
  }

  /** The same answer in the same time, whether or not there is an account. */
  async forgot(caller: Caller, input: ForgotIn): Promise<void> {
    const started = performance.now();
    await this.throttle.call(caller.facts);
    const scope = strangerScope(caller.facts);
    const address = normalizeEmail(input.email);
    const user = await userRows.findByEmail(platformQueries(this.db, scope), address);
    if (user?.status === 'active' && (await this.throttle.mayMail(caller.facts, 'reset', 'tenant', address)))
      await this.sendLink(scope, user);
    await wait(untilNextSlot(performance.now() - started));
  }

  async reset(caller: Caller, input: ResetIn): Promise<void> {
    await this.throttle.call(caller.facts);
    const stranger = strangerScope(caller.facts);
    const queries = platformQueries(this.db, stranger);
    const token_hash = sha256(input.token);
    const token = await userRows.findToken(queries, token_hash, ['password_reset'] as const);
    const user = token && (await userRows.find(queries, token.user_id));
    if (!token || user?.status !== 'active') throw fail('not_found');
    if (token.used_at) throw fail('reset_used');
    if (token.expires_at.getTime() <= this.clock.now().getTime()) throw fail('reset_expired');
    const scope = personScope(caller.facts, user);
    const tenants = await this.tenants.list(scope, user.user_id);
    const password_hash = await this.accept(queries, user, tenants, input.new_password);
    await this.write(scope, tenants, user, password_hash, null, async (tx) => {
      const now = this.clock.now();
      if (!(await userRows.claimToken(tx, token_hash, 'password_reset', now))) throw fail('reset_used');
      await userRows.spendTokens(tx, user.user_id, 'password_reset', now);
      await userRows.emailVerified(tx, user.user_id, now); // the link has come to that mailbox
    });
  }

  /** By the strictest of the policies of the person's tenants. @throws Problem password_refused */
  private async accept(queries: Pick<Tx, 'query'>, user: UserRow, tenants: readonly Belonging[], password: string): Promise<string> {
    return this.rules.accept(password, {
      email: user.email,
      policy: policyOfPerson(tenants),
      tenant_names: names(tenants),
      used: await this.users.usedPasswords(queries, user),
      field: '/new_password',
    });
  }

  /** Password, ended sessions, mail and audit: one transaction. `first` runs before the rest of it. */
  private async write<T>(
    scope: PlatformScope,
    tenants: readonly Belonging[],
    user: UserRow,
    password_hash: string,
    keep_session: string | null,
    first: (tx: Tx) => Promise<T>,
  ): Promise<T> {
    const done = await this.accountAudit.around(scope, tenants.map(({ tenant_id }) => tenant_id), async (tx) => {
      const result = await first(tx);
      await this.users.setPassword(tx, user.user_id, password_hash);
      await this.sessions.revokeOthers(tx, user.user_id, keep_session, 'password_changed');
      await this.mail.send(tx, { to: user.email, template: PASSWORD_CHANGED, params: { display_name: user.display_name }, reason: 'auth.password_changed' });
      return { result: { value: result }, action: 'auth.password_changed', entry: { targets: [{ type: 'user', id: user.user_id, label: user.email }] } };
    }); // prettier-ignore
    if (!done) throw new Error('a password change ended without a result');
    return done.value;
  }

  private async sendLink(scope: PlatformScope, user: UserRow): Promise<void> {
    const token = randomToken();
    await this.db.run(scope, async (tx) => {
      const expires_at = new Date(this.clock.now().getTime() + RESET_TTL_MS);
      await userRows.insertToken(tx, { token_hash: sha256(token), user_id: user.user_id, purpose: 'password_reset', expires_at });
      await this.mail.send(tx, {
        to: user.email,
        template: PASSWORD_RESET,
        params: { display_name: user.display_name, token, minutes: RESET_TTL_MS / 60_000 },
        reason: 'auth.password_forgot',
      });
    });
  }
}

const names = (tenants: readonly Belonging[]): string[] => tenants.flatMap(({ name, slug }) => [name, slug]);
