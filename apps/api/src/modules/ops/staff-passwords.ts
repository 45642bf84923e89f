import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { CallerHosts, type Caller, type StaffMember } from '#platform/auth/index.js';
import { Clock, randomToken, sha256 } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope, type Tx } from '#platform/db/index.js';
import { MailService } from '#platform/mail/index.js';
import { AuditService, statedReason } from '../audit/index.js';
import { normalizeEmail, PasswordRules, platformQueries, strangerScope, Throttle, untilNextSlot } from '../identity/index.js';
import { StaffAnswers, staffTarget } from './staff-answers.js';
import { StaffCredentials } from './staff-credentials.js';
import type { StaffForgotIn, StaffPasswordIn, StaffResetIn, StaffSignedInOut } from './staff.dto.js';
import { STAFF_PASSWORD_CHANGED, STAFF_PASSWORD_LINK, STAFF_WELCOME } from './staff.mails.js';
import { staffRows, type StaffRow } from './staff.repository.js';
import { resetScope } from './staff-scope.js';

const RESET_MINUTES = 60;
const WELCOME_HOURS = 72;

/** Passwords of the staff: changing one, and setting one by a link (the first, or one that was forgotten). */
@Injectable()
export class StaffPasswords {
  constructor(
    private readonly db: PlatformDb,
    private readonly hosts: CallerHosts,
    private readonly credentials: StaffCredentials,
    private readonly rules: PasswordRules,
    private readonly answers: StaffAnswers,
    private readonly throttle: Throttle,
    private readonly audit: AuditService,
    private readonly mail: MailService,
    private readonly clock: Clock,
  ) {}

  /** New tokens for this session; every other one ends. */
  async change(scope: PlatformScope, staff: StaffMember, caller: Caller, input: StaffPasswordIn): Promise<StaffSignedInOut> {
    await this.throttle.call(caller.facts);
    const session = await staffRows.session(platformQueries(this.db, scope), staff.platform_session_id);
    if (!session) throw fail('session_revoked');
    await this.credentials.mustBe(caller, session, input.current_password);
    const password_hash = await this.accept(session, input.new_password);
    const refresh_token = randomToken();
    const now = this.clock.now();
    await this.db.run(scope, async (tx) => {
      await this.write(tx, session, password_hash, session.platform_session_id);
      // Whoever refreshed in between holds a token that is void now: signing in again is right after a change of password.
      await staffRows.rotate(tx, session.platform_session_id, session.refresh_hash, sha256(refresh_token), now);
    });
    return this.answers.give(caller, { ...session, must_change_password: false }, refresh_token);
  }

  /** The same answer in the same time, whether or not there is an account. */
  async forgot(caller: Caller, input: StaffForgotIn): Promise<void> {
    const started = performance.now();
    await this.hosts.mustBePlatform(caller);
    await this.throttle.call(caller.facts);
    const scope = strangerScope(caller.facts);
    const address = normalizeEmail(input.email);
    const member = await staffRows.findByEmail(platformQueries(this.db, scope), address);
    if (member?.status === 'active' && (await this.throttle.mayMail(caller.facts, 'reset', 'platform', address)))
      await this.db.run(scope, (tx) => this.sendLink(tx, member, 'forgot'));
    await wait(untilNextSlot(performance.now() - started));
  }

  /** Every session ends; a second factor stays. @throws Problem not_found, reset_used, reset_expired, password_refused */
  async reset(caller: Caller, input: StaffResetIn): Promise<void> {
    await this.hosts.mustBePlatform(caller);
    await this.throttle.call(caller.facts);
    const queries = platformQueries(this.db, strangerScope(caller.facts));
    const token_hash = sha256(input.token);
    const link = await staffRows.findLink(queries, token_hash);
    const member = link && (await staffRows.find(queries, link.platform_user_id));
    if (!link || member?.status !== 'active') throw fail('not_found');
    if (link.used_at) throw fail('reset_used');
    if (link.expires_at.getTime() <= this.clock.now().getTime()) throw fail('reset_expired');
    const password_hash = await this.accept(member, input.new_password);
    await this.db.run(resetScope(caller.facts, member), async (tx) => {
      if (!(await staffRows.claimLink(tx, token_hash, member.platform_user_id, this.clock.now()))) throw fail('reset_used');
      await this.write(tx, member, password_hash, null);
    });
  }

  /**
   * By whoever has a shell, for a member who gets no mail. Every session ends, and the member chooses another one at the next sign-in, because
   * somebody else knows this one. @throws Problem not_found, password_refused, reason_required
   */
  async setFor(scope: PlatformScope, email: string, password: string, given: string | undefined): Promise<void> {
    const reason = statedReason(given);
    const member = await staffRows.findByEmail(platformQueries(this.db, scope), normalizeEmail(email));
    if (member?.status !== 'active') throw fail('not_found');
    const password_hash = await this.accept(member, password);
    await this.db.run(scope, (tx) => this.write(tx, member, password_hash, null, { must_change: true, reason }));
  }

  /** For a new member, and for one who has forgotten theirs. */
  async sendLink(
    tx: Tx,
    member: Pick<StaffRow, 'platform_user_id' | 'email_normalized' | 'display_name'>,
    why: 'welcome' | 'forgot',
  ): Promise<void> {
    const token = randomToken();
    const minutes = why === 'welcome' ? WELCOME_HOURS * 60 : RESET_MINUTES;
    const expires_at = new Date(this.clock.now().getTime() + minutes * 60_000);
    await staffRows.insertLink(tx, { token_hash: sha256(token), platform_user_id: member.platform_user_id, expires_at });
    const to = { to: member.email_normalized, reason: why === 'welcome' ? 'staff.created' : 'platform.password_forgot' };
    const { display_name } = member;
    if (why === 'welcome')
      await this.mail.send(tx, { ...to, template: STAFF_WELCOME, params: { display_name, token, hours: WELCOME_HOURS } });
    else await this.mail.send(tx, { ...to, template: STAFF_PASSWORD_LINK, params: { display_name, token, minutes: RESET_MINUTES } });
  }

  private accept(member: Pick<StaffRow, 'email_normalized' | 'password_hash'>, password: string): Promise<string> {
    const used = member.password_hash === null ? [] : [member.password_hash];
    return this.rules.accept(password, { email: member.email_normalized, used, field: '/new_password' });
  }

  private async write(
    tx: Tx,
    member: StaffRow,
    password_hash: string,
    keep_session: string | null,
    { must_change = false, reason }: { must_change?: boolean; reason?: string } = {},
  ): Promise<void> {
    await staffRows.setPassword(tx, member.platform_user_id, password_hash, must_change);
    await staffRows.revokeOthers(tx, member.platform_user_id, keep_session, this.clock.now());
    const { email_normalized: to, display_name } = member;
    await this.mail.send(tx, { to, template: STAFF_PASSWORD_CHANGED, params: { display_name }, reason: 'platform.password_changed' });
    await this.audit.record(tx, 'platform.password_changed', { targets: [staffTarget(member)], ...(reason ? { reason } : {}) });
  }
}
