import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import type { Caller } from '#platform/auth/index.js';
import { Clock, PASSWORD_MAX_LENGTH, PasswordHasher, randomToken, sha256 } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope, type TenantScope, type Tx } from '#platform/db/index.js';
import { MailService } from '#platform/mail/index.js';
import { normalizeEmail } from './email.js';
import type { ForgotIn, PasswordChangeIn, PasswordPolicyOut, ResetIn, SignedInOut } from './identity.dto.js';
import { PASSWORD_CHANGED, PASSWORD_RESET } from './identity.mails.js';
import { platformQueries } from './identity.queries.js';
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
    private readonly hasher: PasswordHasher,
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

  policy(): PasswordPolicyOut {
    const { min_length, classes, history, max_age_days } = this.rules.policy;
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
    await this.mustKnow(caller, user, input.current_password);
    const tenants = await this.tenants.list(account, user.user_id);
    const used = await this.users.usedPasswords(queries, user);
    const password_hash = await this.rules.accept(input.new_password, {
      email: user.email,
      tenant_names: names(tenants),
      used,
      field: '/new_password',
    });
    const refresh = await this.write(account, tenants, user, password_hash, session.session_id, (tx) =>
      this.sessions.renew(tx, session.session_id, session.created_at),
    );
    // A token that opened only this step may have been made before a tenant was chosen.
    const limited = caller.credential?.kind === 'user' && caller.credential.limited_to !== null;
    const tenant_id = limited ? session.last_tenant_id : scope.tenant_id;
    const tenant = chooseTenant(tenants, tenant_id ? [{ tenant_id }] : []);
    return this.answers.give(caller, {
      user: { ...user, must_change_password: false },
      session_id: session.session_id,
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
    if (user?.status === 'active' && (await this.throttle.mayMail(caller.facts, address))) await this.sendLink(scope, user);
    await wait(untilNextSlot(performance.now() - started));
  }

  async reset(caller: Caller, input: ResetIn): Promise<void> {
    await this.throttle.call(caller.facts);
    const stranger = strangerScope(caller.facts);
    const queries = platformQueries(this.db, stranger);
    const token_hash = sha256(input.token);
    const token = await userRows.findToken(queries, token_hash, 'password_reset');
    const user = token && (await userRows.find(queries, token.user_id));
    if (!token || user?.status !== 'active') throw fail('not_found');
    if (token.used_at) throw fail('reset_used');
    if (token.expires_at.getTime() <= this.clock.now().getTime()) throw fail('reset_expired');
    const scope = personScope(caller.facts, user);
    const tenants = await this.tenants.list(scope, user.user_id);
    const used = await this.users.usedPasswords(queries, user);
    const password_hash = await this.rules.accept(input.new_password, {
      email: user.email,
      tenant_names: names(tenants),
      used,
      field: '/new_password',
    });
    await this.write(scope, tenants, user, password_hash, null, async (tx) => {
      const now = this.clock.now();
      if (!(await userRows.claimToken(tx, token_hash, 'password_reset', now))) throw fail('reset_used');
      await userRows.spendTokens(tx, user.user_id, 'password_reset', now);
      await userRows.emailVerified(tx, user.user_id, now); // the link has come to that mailbox
    });
  }

  /** @throws Problem invalid_credentials, after the same number of tries as a sign-in */
  private async mustKnow(caller: Caller, user: UserRow, password: string): Promise<void> {
    const attempt = await this.throttle.attempt(caller.facts, 'tenant', user.email_normalized);
    let isRight: boolean;
    try {
      isRight = user.password_hash ? await this.hasher.verify(user.password_hash, password) : await this.hasher.verifyNobody(password);
    } catch (cause) {
      await attempt.undecided();
      throw cause;
    }
    if (!isRight) throw fail('invalid_credentials');
    await attempt.succeeded();
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
      await userRows.insertToken(tx, sha256(token), user.user_id, 'password_reset', new Date(this.clock.now().getTime() + RESET_TTL_MS));
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
