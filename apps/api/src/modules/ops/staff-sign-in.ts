import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { fail, Problem } from '#contracts/errors.js';
import { CallerHosts, RefreshCookie, type Caller, type StaffMember } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { Clock, KeyRings, newId, PasswordHasher, randomToken, sha256 } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope } from '#platform/db/index.js';
import { MailService } from '#platform/mail/index.js';
import { Metrics } from '#platform/metrics/index.js';
import { AuditService } from '../audit/index.js';
import { normalizeEmail, PasswordRules, platformQueries, StaffTokens, strangerScope, Throttle, untilNextSlot } from '../identity/index.js';
import type { StaffLoginIn, StaffMeOut, StaffPasswordIn, StaffRefreshIn, StaffSignedInOut } from './staff.dto.js';
import { STAFF_PASSWORD_CHANGED } from './staff.mails.js';
import { chainOf, nextToken, staffRefreshState } from './staff-refresh.js';
import { staffRows, type StaffRow, type StaffSessionRow } from './staff.repository.js';
import { memberScope } from './staff-scope.js';

const ACCESS_TTL_S = 900;
/** From the sign-in, however often it is refreshed: a working day. */
const SESSION_MS = 8 * 3_600_000;

/** Sign-in of platform staff: a realm of its own, with its own accounts, key, cookie and sessions. */
@Injectable()
export class StaffSignIn {
  private readonly cookie: RefreshCookie;

  constructor(
    private readonly db: PlatformDb,
    private readonly hosts: CallerHosts,
    private readonly tokens: StaffTokens,
    private readonly hasher: PasswordHasher,
    private readonly rules: PasswordRules,
    private readonly throttle: Throttle,
    private readonly audit: AuditService,
    private readonly mail: MailService,
    private readonly rings: KeyRings,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    config: Config,
  ) {
    this.cookie = new RefreshCookie('tenantry_staff', config);
  }

  async login(caller: Caller, input: StaffLoginIn): Promise<StaffSignedInOut> {
    await this.hosts.mustBePlatform(caller);
    try {
      await this.throttle.call(caller.facts);
      const member = await this.identify(caller, input);
      const created_at = this.clock.now();
      const session = {
        platform_session_id: newId(),
        platform_user_id: member.platform_user_id,
        created_at,
        expires_at: new Date(created_at.getTime() + SESSION_MS),
      };
      const refresh_token = randomToken();
      await this.db.run(memberScope(caller.facts, { ...member, ...session }), async (tx) => {
        await staffRows.insertSession(tx, { ...session, refresh_hash: sha256(refresh_token) });
        await this.audit.record(tx, 'platform.login', { targets: [targetOf(member)] });
      });
      this.metrics.loginAttempt('success');
      return this.answer(caller, { ...member, ...session }, refresh_token);
    } catch (error) {
      this.metrics.loginAttempt(
        error instanceof Problem && ['invalid_credentials', 'too_many_attempts', 'busy'].includes(error.code) ? error.code : 'error',
      );
      throw error;
    }
  }

  async refresh(caller: Caller, input: StaffRefreshIn): Promise<StaffSignedInOut> {
    await this.hosts.mustBePlatform(caller);
    const token = this.cookie.read(caller, input.refresh_token);
    if (token === null) throw fail('refresh_invalid');
    const queries = platformQueries(this.db, strangerScope(caller.facts));
    const ring = this.rings.ring('fields');
    const chain = chainOf(ring, token);
    const successor = nextToken(ring, token);
    for (;;) {
      const session = await staffRows.sessionOf(queries, chain);
      const state = staffRefreshState(session, chain, this.clock.now());
      if (!session || state === 'invalid') throw fail('refresh_invalid');
      if (state === 'reused') await this.end(caller, session, 'platform.access_refused');
      if (state === 'reused' || state === 'revoked') {
        this.cookie.forget(caller);
        throw fail('session_revoked');
      }
      // Superseded: another tab was faster and has the same successor. Lost: it was faster just now, so look again.
      if (
        state === 'superseded' ||
        (await staffRows.rotate(queries, session.platform_session_id, sha256(token), sha256(successor), this.clock.now()))
      )
        return this.answer(caller, session, successor);
    }
  }

  /** Also when there is nothing left to end. */
  async logout(caller: Caller, input: StaffRefreshIn): Promise<void> {
    await this.hosts.mustBePlatform(caller);
    const queries = platformQueries(this.db, strangerScope(caller.facts));
    const token = this.cookie.read(caller, input.refresh_token);
    const byToken = token === null ? null : await staffRows.sessionOf(queries, chainOf(this.rings.ring('fields'), token));
    const byBearer = await this.bearerSession(caller);
    if (byToken) await this.end(caller, byToken, 'platform.logout');
    if (byBearer && byBearer.platform_session_id !== byToken?.platform_session_id) await this.end(caller, byBearer, 'platform.logout');
    this.cookie.forget(caller);
  }

  me(member: StaffMember): StaffMeOut {
    const { platform_user_id, email, display_name, role, permissions, limited_to, platform_session_id, expires_at } = member;
    return {
      user: { platform_user_id, email, display_name, role },
      permissions: [...permissions],
      session: { platform_session_id, expires_at: expires_at.toISOString() },
      next: limited_to,
    };
  }

  /** New tokens for this session; every other one ends. */
  async changePassword(scope: PlatformScope, staff: StaffMember, caller: Caller, input: StaffPasswordIn): Promise<StaffSignedInOut> {
    await this.throttle.call(caller.facts);
    const queries = platformQueries(this.db, scope);
    const session = await staffRows.session(queries, staff.platform_session_id);
    if (!session) throw fail('session_revoked');
    if (!(await this.isRight(caller, session, session.email_normalized, input.current_password))) throw fail('invalid_credentials');
    const used = session.password_hash === null ? [] : [session.password_hash];
    const password_hash = await this.rules.accept(input.new_password, { email: session.email_normalized, used, field: '/new_password' });
    const refresh_token = randomToken();
    const now = this.clock.now();
    await this.db.run(scope, async (tx) => {
      await staffRows.setPassword(tx, session.platform_user_id, password_hash);
      await staffRows.revokeOthers(tx, session.platform_user_id, session.platform_session_id, now);
      // Whoever refreshed in between holds a token that is void now: signing in again is right after a change of password.
      await staffRows.rotate(tx, session.platform_session_id, session.refresh_hash, sha256(refresh_token), now);
      await this.mail.send(tx, {
        to: session.email_normalized,
        template: STAFF_PASSWORD_CHANGED,
        params: { display_name: session.display_name },
        reason: 'platform.password_changed',
      });
      await this.audit.record(tx, 'platform.password_changed', { targets: [targetOf(session)] });
    });
    return this.answer(caller, { ...session, must_change_password: false }, refresh_token);
  }

  /** @throws Problem too_many_attempts before anything is hashed, invalid_credentials, busy */
  private async identify(caller: Caller, { email, password }: StaffLoginIn): Promise<StaffRow> {
    const started = performance.now();
    const scope = strangerScope(caller.facts);
    const address = normalizeEmail(email);
    const queries = platformQueries(this.db, scope);
    const member = await staffRows.findByEmail(queries, address);
    const isRight = await this.isRight(caller, member, address, password);
    if (!member || !isRight || member.status !== 'active') {
      const target = member ? targetOf(member) : { type: 'platform_user', id: `unknown:${this.throttle.accountName(address)}` };
      await this.db.run(scope, (tx) => this.audit.record(tx, 'platform.login_failed', { targets: [target], outcome: 'failed' }));
      await wait(untilNextSlot(performance.now() - started));
      throw fail('invalid_credentials');
    }
    if (member.password_hash && this.hasher.needsRehash(member.password_hash))
      await staffRows.rehash(queries, member.platform_user_id, member.password_hash, await this.hasher.hash(password));
    return member;
  }

  private async isRight(
    caller: Caller,
    member: Pick<StaffRow, 'password_hash' | 'status'> | null,
    address: string,
    password: string,
  ): Promise<boolean> {
    const attempt = await this.throttle.attempt(caller.facts, 'platform', address);
    let isRight: boolean;
    try {
      isRight = member?.password_hash ? await this.hasher.verify(member.password_hash, password) : await this.hasher.verifyNobody(password);
    } catch (cause) {
      await attempt.undecided();
      throw cause;
    }
    if (isRight && member?.status === 'active') await attempt.succeeded();
    return isRight;
  }

  private async end(caller: Caller, session: StaffSessionRow, action: 'platform.logout' | 'platform.access_refused'): Promise<void> {
    await this.db.run(memberScope(caller.facts, session), async (tx) => {
      if (!(await staffRows.revoke(tx, session.platform_session_id, this.clock.now()))) return;
      const refused = { outcome: 'denied', severity: 'critical', reason: 'a refresh token came twice: its session was ended' } as const;
      await this.audit.record(tx, action, { targets: [targetOf(session)], ...(action === 'platform.access_refused' ? refused : {}) });
    });
  }

  private async bearerSession(caller: Caller): Promise<StaffSessionRow | null> {
    if (caller.bearer === null || !(await this.tokens.recognises(caller.bearer))) return null;
    const { sid } = await this.tokens.verify(caller.bearer);
    return staffRows.session(platformQueries(this.db, strangerScope(caller.facts)), sid);
  }

  private answer(
    caller: Caller,
    session: StaffRow & { readonly platform_session_id: string; readonly expires_at: Date },
    refresh_token: string,
  ): StaffSignedInOut {
    const next = session.must_change_password ? ('change_password' as const) : null;
    const token = this.tokens.sign(
      { sub: session.platform_user_id, sid: session.platform_session_id, ...(next ? { lim: next } : {}) },
      ACCESS_TTL_S,
    );
    const left_s = Math.max(0, Math.floor((session.expires_at.getTime() - this.clock.now().getTime()) / 1000));
    if (caller.kind === 'web') this.cookie.keep(caller, refresh_token, left_s);
    const { platform_user_id, email_normalized: email, display_name, role } = session;
    return {
      token, access_token: token, token_type: 'Bearer', expires_in: ACCESS_TTL_S, ...(caller.kind === 'web' ? {} : { refresh_token }),
      user: { platform_user_id, email, display_name, role }, next,
    }; // prettier-ignore
  }
}

const targetOf = ({ platform_user_id, email_normalized }: Pick<StaffRow, 'platform_user_id' | 'email_normalized'>) => ({
  type: 'platform_user',
  id: platform_user_id,
  label: email_normalized,
});
