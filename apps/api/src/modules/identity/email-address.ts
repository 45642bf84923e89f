import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import type { Caller } from '#platform/auth/index.js';
import { Clock, randomToken, sha256 } from '#platform/crypto/index.js';
import { PlatformDb, type TenantScope, type Tx } from '#platform/db/index.js';
import { MailService } from '#platform/mail/index.js';
import { belongingRows } from './belonging.repository.js';
import { normalizeEmail } from './email.js';
import { EMAIL_CHANGE, EMAIL_CHANGE_NOTICE, EMAIL_CHANGED, EMAIL_VERIFY } from './email.mails.js';
import type { EmailChangeIn } from './identity.dto.js';
import { platformQueries } from './identity.queries.js';
import { OwnPassword } from './own-proof.js';
import { Sessions } from './sessions.js';
import { SignInAudit } from './sign-in-audit.js';
import { accountScope, personScope, strangerScope } from './sign-in-scope.js';
import { SignInTenants } from './sign-in-tenants.js';
import { Throttle } from './throttle.js';
import { untilNextSlot } from './throttle-rules.js';
import { userRows, type UserRow } from './users.repository.js';

const LINK_HOURS = 24;

/** What a link to a new address stands for. */
interface Move {
  readonly email: string;
  /** The sign-in that asked: it goes on, every other one ends. */
  readonly session_id: string | null;
}

/** The address of an account. Source: specs/tenancy.md §4.2. */
@Injectable()
export class EmailAddress {
  constructor(
    private readonly db: PlatformDb,
    private readonly password: OwnPassword,
    private readonly tenants: SignInTenants,
    private readonly sessions: Sessions,
    private readonly accountAudit: SignInAudit,
    private readonly throttle: Throttle,
    private readonly mail: MailService,
    private readonly clock: Clock,
  ) {}

  /**
   * The same answer, in the same time and with the same notice to the old address, whether the new one is free or somebody's: only the
   * mailbox of the new address may tell.
   */
  async change(scope: TenantScope, caller: Caller, input: EmailChangeIn): Promise<void> {
    await this.throttle.call(caller.facts);
    await this.password.mustKnow(scope, caller.facts, input.password);
    const started = performance.now();
    const account = accountScope(scope);
    const queries = platformQueries(this.db, account);
    const user = await userRows.find(queries, scope.actor.id);
    if (!user) throw fail('session_revoked');
    const wanted = normalizeEmail(input.email);
    const isNew = wanted !== user.email_normalized;
    if (isNew && (await this.throttle.mayMail(caller.facts, 'email_change', 'tenant', user.email_normalized))) {
      const isTaken = (await userRows.findByEmail(queries, wanted)) !== null;
      await this.propose(scope, user, input.email.trim(), isTaken);
    }
    await wait(untilNextSlot(performance.now() - started));
  }

  /** A link to the mailbox of a new account, which proves that the address is its owner's. In the caller's transaction. */
  async askToVerify(tx: Tx, { user_id, email, display_name }: Pick<UserRow, 'user_id' | 'email' | 'display_name'>): Promise<void> {
    const token = randomToken();
    const expires_at = new Date(this.clock.now().getTime() + LINK_HOURS * 3_600_000);
    await userRows.insertToken(tx, { token_hash: sha256(token), user_id, purpose: 'verify_email', expires_at });
    await this.mail.send(tx, {
      to: email,
      template: EMAIL_VERIFY,
      params: { display_name, token, hours: LINK_HOURS },
      reason: 'user.created',
    });
  }

  /** `verify_email` proves the address, `change_email` moves it. @throws Problem not_found, email_link_used, email_link_expired, email_taken */
  async verify(caller: Caller, token: string): Promise<void> {
    await this.throttle.call(caller.facts);
    const stranger = strangerScope(caller.facts);
    const queries = platformQueries(this.db, stranger);
    const token_hash = sha256(token);
    const link = await userRows.findToken(queries, token_hash, ['verify_email', 'change_email'] as const);
    const user = link && (await userRows.find(queries, link.user_id));
    if (!link || user?.status !== 'active') throw fail('not_found');
    const now = this.clock.now();
    if (link.used_at) throw fail('email_link_used');
    if (link.expires_at.getTime() <= now.getTime()) throw fail('email_link_expired');
    const scope = personScope(caller.facts, user);
    const tenants = await this.tenants.list(scope, user.user_id);
    await this.accountAudit.around(scope, tenants.map(({ tenant_id }) => tenant_id), async (tx) => {
      if (!(await userRows.claimToken(tx, token_hash, link.purpose, now))) throw fail('email_link_used');
      const target = { type: 'user', id: user.user_id, label: user.email } as const;
      if (link.purpose === 'verify_email') {
        await userRows.emailVerified(tx, user.user_id, now);
        return { result: null, action: 'auth.email_verified', entry: { targets: [target] } };
      }
      const { email } = await this.move(tx, user, link.payload as unknown as Move);
      return { result: null, action: 'auth.email_changed', entry: { targets: [target], changes: [{ field: 'email', from: user.email, to: email }] } };
    }); // prettier-ignore
  }

  /** Link to the new address, notice to the old one. To an address that is somebody's no link goes. */
  private async propose(scope: TenantScope, user: UserRow, email: string, isTaken: boolean): Promise<void> {
    const token = randomToken();
    const payload = { email, session_id: scope.actor.session_id ?? null } satisfies Move;
    const expires_at = new Date(this.clock.now().getTime() + LINK_HOURS * 3_600_000);
    const { user_id, display_name } = user;
    await this.db.inTenant(accountScope(scope, { keyed: true }), scope.tenant_id, async (tx) => {
      if (!isTaken) {
        await userRows.insertToken(tx, { token_hash: sha256(token), user_id, purpose: 'change_email', payload, expires_at });
        const params = { display_name, token, hours: LINK_HOURS };
        await this.mail.send(tx, { to: email, template: EMAIL_CHANGE, params, reason: 'auth.email_change_requested' });
      }
      await this.mail.send(tx, {
        to: user.email,
        template: EMAIL_CHANGE_NOTICE,
        params: { display_name, email },
        reason: 'auth.email_change_requested',
      });
      await this.accountAudit.note(tx, 'auth.email_change_requested', { targets: [{ type: 'user', id: user_id, label: user.email }] });
      return null;
    });
  }

  private async move(tx: Tx, user: UserRow, { email, session_id }: Move): Promise<{ email: string }> {
    const at = this.clock.now();
    const email_normalized = normalizeEmail(email);
    await userRows.moveAddress(tx, user.user_id, { email, email_normalized, at });
    await belongingRows.readdress(tx, user.user_id, { email, email_normalized });
    // Links that are still on their way to the old mailbox open nothing any more.
    for (const purpose of ['password_reset', 'verify_email', 'change_email'] as const)
      await userRows.spendTokens(tx, user.user_id, purpose, at);
    await this.sessions.revokeOthers(tx, user.user_id, session_id, 'user');
    await this.mail.send(tx, {
      to: user.email,
      template: EMAIL_CHANGED,
      params: { display_name: user.display_name, email },
      reason: 'auth.email_changed',
    });
    return { email };
  }
}
