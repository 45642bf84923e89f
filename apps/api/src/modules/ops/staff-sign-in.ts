import { Injectable } from '@nestjs/common';
import { fail, Problem } from '#contracts/errors.js';
import { CallerHosts, type Caller, type StaffMember } from '#platform/auth/index.js';
import { Clock, KeyRings, newId, randomToken, sha256 } from '#platform/crypto/index.js';
import { PlatformDb } from '#platform/db/index.js';
import { Metrics } from '#platform/metrics/index.js';
import { AuditService } from '../audit/index.js';
import { platformQueries, SecondFactor, StaffTokens, strangerScope, Throttle } from '../identity/index.js';
import { StaffAnswers, staffTarget } from './staff-answers.js';
import { BOOTSTRAP_ID } from './staff-bootstrap-token.js';
import { StaffCredentials } from './staff-credentials.js';
import type { StaffLoginIn, StaffMeOut, StaffRefreshIn, StaffSignedInOut } from './staff.dto.js';
import { chainOf, nextToken, staffRefreshState } from './staff-refresh.js';
import { staffRows, type StaffRow, type StaffSessionRow } from './staff.repository.js';
import { memberScope } from './staff-scope.js';

/** From the sign-in, however often it is refreshed: a working day. */
const SESSION_MS = 8 * 3_600_000;
const COUNTED: ReadonlySet<string> = new Set(['invalid_credentials', 'too_many_attempts', 'busy']);

/** Sign-in of platform staff: a realm of its own, with its own accounts, key, cookie and sessions. */
@Injectable()
export class StaffSignIn {
  constructor(
    private readonly db: PlatformDb,
    private readonly hosts: CallerHosts,
    private readonly tokens: StaffTokens,
    private readonly credentials: StaffCredentials,
    private readonly factor: SecondFactor,
    private readonly answers: StaffAnswers,
    private readonly throttle: Throttle,
    private readonly audit: AuditService,
    private readonly rings: KeyRings,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  async login(caller: Caller, input: StaffLoginIn): Promise<StaffSignedInOut> {
    await this.hosts.mustBePlatform(caller);
    try {
      await this.throttle.call(caller.facts);
      const member = await this.credentials.identify(caller, input);
      if (member.mfa_enabled) return await this.askForCode(caller, member);
      return await this.open(caller, member, null);
    } catch (error) {
      this.metrics.loginAttempt(error instanceof Problem && COUNTED.has(error.code) ? error.code : 'error');
      throw error;
    }
  }

  /** A session of somebody who is known now. @param mfa_at when they showed the second factor */
  async open(caller: Caller, member: StaffRow, mfa_at: Date | null): Promise<StaffSignedInOut> {
    const created_at = this.clock.now();
    const session = {
      platform_session_id: newId(),
      platform_user_id: member.platform_user_id,
      created_at,
      expires_at: new Date(created_at.getTime() + SESSION_MS),
      mfa_at,
    };
    const refresh_token = randomToken();
    await this.db.run(memberScope(caller.facts, { ...member, ...session }), async (tx) => {
      await staffRows.insertSession(tx, { ...session, refresh_hash: sha256(refresh_token) });
      await this.audit.record(tx, 'platform.login', { targets: [staffTarget(member)] });
    });
    this.metrics.loginAttempt('success');
    return this.answers.give(caller, { ...member, ...session }, refresh_token);
  }

  async refresh(caller: Caller, input: StaffRefreshIn): Promise<StaffSignedInOut> {
    await this.hosts.mustBePlatform(caller);
    const token = this.answers.cookie.read(caller, input.refresh_token);
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
        this.answers.cookie.forget(caller);
        throw fail('session_revoked');
      }
      // Superseded: another tab was faster and has the same successor. Lost: it was faster just now, so look again.
      if (
        state === 'superseded' ||
        (await staffRows.rotate(queries, session.platform_session_id, sha256(token), sha256(successor), this.clock.now()))
      )
        return this.answers.give(caller, session, successor);
    }
  }

  /** Also when there is nothing left to end. */
  async logout(caller: Caller, input: StaffRefreshIn): Promise<void> {
    await this.hosts.mustBePlatform(caller);
    const queries = platformQueries(this.db, strangerScope(caller.facts));
    const token = this.answers.cookie.read(caller, input.refresh_token);
    const byToken = token === null ? null : await staffRows.sessionOf(queries, chainOf(this.rings.ring('fields'), token));
    const byBearer = await this.bearerSession(caller);
    if (byToken) await this.end(caller, byToken, 'platform.logout');
    if (byBearer && byBearer.platform_session_id !== byToken?.platform_session_id) await this.end(caller, byBearer, 'platform.logout');
    this.answers.cookie.forget(caller);
  }

  async me(caller: Caller, member: StaffMember): Promise<StaffMeOut> {
    const { platform_user_id, email, display_name, role, permissions, limited_to, platform_session_id, expires_at } = member;
    const isNobody = platform_user_id === BOOTSTRAP_ID;
    const account = isNobody ? null : await staffRows.find(platformQueries(this.db, strangerScope(caller.facts)), platform_user_id);
    return {
      user: { platform_user_id, email, display_name, role },
      permissions: [...permissions],
      session: isNobody ? null : { platform_session_id, expires_at: expires_at.toISOString() },
      next: limited_to === 'mfa_setup' && account?.mfa_enabled ? 'mfa' : limited_to,
    };
  }

  private async askForCode(caller: Caller, member: StaffRow): Promise<StaffSignedInOut> {
    const queries = platformQueries(this.db, strangerScope(caller.facts));
    const challenge = await this.factor.challenge(queries, { realm: 'platform', id: member.platform_user_id }, {});
    this.metrics.loginAttempt('mfa');
    return this.answers.challenge(member, challenge);
  }

  private async end(caller: Caller, session: StaffSessionRow, action: 'platform.logout' | 'platform.access_refused'): Promise<void> {
    await this.db.run(memberScope(caller.facts, session), async (tx) => {
      if (!(await staffRows.revoke(tx, session.platform_session_id, this.clock.now()))) return;
      const refused = { outcome: 'denied', severity: 'critical', reason: 'a refresh token came twice: its session was ended' } as const;
      await this.audit.record(tx, action, { targets: [staffTarget(session)], ...(action === 'platform.access_refused' ? refused : {}) });
    });
  }

  private async bearerSession(caller: Caller): Promise<StaffSessionRow | null> {
    if (caller.bearer === null || !(await this.tokens.recognises(caller.bearer))) return null;
    const { sid } = await this.tokens.verify(caller.bearer);
    return staffRows.session(platformQueries(this.db, strangerScope(caller.facts)), sid);
  }
}
