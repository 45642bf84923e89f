import { Injectable } from '@nestjs/common';
import type { AuditAction } from '#contracts/audit-actions.js';
import { fail, Problem } from '#contracts/errors.js';
import { CallerHosts, type Caller, type StaffMember } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { Clock } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope, type Tx } from '#platform/db/index.js';
import { MailService } from '#platform/mail/index.js';
import { Metrics } from '#platform/metrics/index.js';
import { AuditService } from '../audit/index.js';
import {
  platformQueries, proofOf, SecondFactor, strangerScope, Throttle, type FactorProof, type MfaCodesOut, type MfaDisableIn, type MfaEnrolIn, type MfaEnrolledOut, type MfaOut,
  type MfaProofIn, type MfaRenewIn, type MfaVerifyIn, type Principal,
} from '../identity/index.js'; // prettier-ignore
import { staffTarget } from './staff-answers.js';
import { StaffCredentials } from './staff-credentials.js';
import type { StaffSignedInOut } from './staff.dto.js';
import { STAFF_MFA } from './staff.mails.js';
import { resetScope } from './staff-scope.js';
import { StaffSignIn } from './staff-sign-in.js';
import { staffRows, type StaffSessionRow } from './staff.repository.js';

type MfaMail = 'enabled' | 'disabled' | 'reset' | 'recovery_code_used';

/** The second factor of the staff: the one of tenants' people, in the staff's realm. */
@Injectable()
export class StaffMfa {
  constructor(
    private readonly db: PlatformDb,
    private readonly hosts: CallerHosts,
    private readonly factor: SecondFactor,
    private readonly credentials: StaffCredentials,
    private readonly signIn: StaffSignIn,
    private readonly throttle: Throttle,
    private readonly audit: AuditService,
    private readonly mail: MailService,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly config: Config,
  ) {}

  async status(scope: PlatformScope, staff: StaffMember): Promise<MfaOut> {
    const { enabled_at, recovery_codes_left } = await this.factor.status(platformQueries(this.db, scope), self(staff));
    return {
      enabled: enabled_at !== null,
      enabled_at: enabled_at?.toISOString() ?? null,
      recovery_codes_left,
      required: this.config.platform_mfa_required,
    };
  }

  async enrol(scope: PlatformScope, staff: StaffMember, caller: Caller, input: MfaEnrolIn): Promise<MfaEnrolledOut> {
    await this.throttle.call(caller.facts);
    const session = await this.session(scope, staff);
    await this.credentials.mustBe(caller, session, input.password);
    return this.db.run(scope, async (tx) => ({ success: true, mfa: await this.factor.propose(tx, self(staff), session.email_normalized) }));
  }

  async confirm(scope: PlatformScope, staff: StaffMember, caller: Caller, code: string): Promise<MfaOut> {
    const session = await this.session(scope, staff);
    await this.counted(caller, staff, () =>
      this.change(scope, session, 'platform.mfa_enabled', async (tx) => {
        await this.factor.confirm(tx, self(staff), code);
        await staffRows.passedFactor(tx, session.platform_session_id, this.clock.now());
        await this.tell(tx, session, 'enabled');
      }),
    );
    return this.status(scope, staff);
  }

  /** The second step of a sign-in. */
  async verify(caller: Caller, input: MfaVerifyIn): Promise<StaffSignedInOut> {
    await this.hosts.mustBePlatform(caller);
    const proof = proofOf(input);
    await this.throttle.call(caller.facts);
    const queries = platformQueries(this.db, strangerScope(caller.facts));
    const open = await this.factor.attempt(queries, 'platform', input.challenge);
    const member = await staffRows.find(queries, open.principal_id);
    if (member?.status !== 'active') throw fail('mfa_challenge_invalid');
    const who: Principal = { realm: 'platform', id: member.platform_user_id };
    try {
      await this.counted(caller, member, () =>
        this.db.run(resetScope(caller.facts, member), async (tx) => {
          const used = await this.factor.prove(tx, who, proof);
          await this.factor.spend(tx, input.challenge);
          if (used === 'recovery_code') await this.tell(tx, member, 'recovery_code_used');
        }),
      );
    } catch (error) {
      if (error instanceof Problem && error.code === 'mfa_not_enabled') throw fail('mfa_challenge_invalid', {}, error);
      if (!(error instanceof Problem) || error.code !== 'mfa_code_invalid') throw error;
      this.metrics.loginAttempt(error.code);
      const entry = { targets: [staffTarget(member)], outcome: 'failed', reason: error.code } as const;
      await this.db.run(strangerScope(caller.facts), (tx) => this.audit.record(tx, 'platform.login_failed', entry));
      throw fail('mfa_code_invalid', { tries_left: open.tries_left }, error);
    }
    return this.signIn.open(caller, member, this.clock.now());
  }

  /** A session from before the factor passes now. */
  async step(scope: PlatformScope, staff: StaffMember, caller: Caller, input: MfaProofIn): Promise<void> {
    const proof = proofOf(input);
    const session = await this.session(scope, staff);
    await this.counted(caller, staff, () =>
      this.change(scope, session, 'platform.mfa_passed', async (tx) => {
        await this.prove(tx, session, proof);
        await staffRows.passedFactor(tx, session.platform_session_id, this.clock.now());
      }),
    );
  }

  async renewCodes(scope: PlatformScope, staff: StaffMember, caller: Caller, input: MfaRenewIn): Promise<MfaCodesOut> {
    await this.throttle.call(caller.facts);
    const session = await this.session(scope, staff);
    await this.credentials.mustBe(caller, session, input.password);
    return this.counted(caller, staff, () =>
      this.change(scope, session, 'platform.recovery_codes_renewed', async (tx) => {
        await this.prove(tx, session, { code: input.code });
        return { success: true as const, recovery_codes: await this.factor.renewCodes(tx, self(staff)) };
      }),
    );
  }

  /** @throws Problem mfa_required_by_tenant: here the platform requires it */
  async disable(scope: PlatformScope, staff: StaffMember, caller: Caller, input: MfaDisableIn): Promise<void> {
    const proof = proofOf(input);
    await this.throttle.call(caller.facts);
    const session = await this.session(scope, staff);
    await this.credentials.mustBe(caller, session, input.password);
    if (this.config.platform_mfa_required) throw fail('mfa_required_by_tenant');
    await this.counted(caller, staff, () =>
      this.change(scope, session, 'platform.mfa_disabled', async (tx) => {
        await this.prove(tx, session, proof);
        await this.factor.remove(tx, self(staff));
        await staffRows.forgetFactor(tx, session.platform_user_id);
        await this.tell(tx, session, 'disabled');
      }),
    );
  }

  private async prove(tx: Tx, session: StaffSessionRow, proof: FactorProof): Promise<void> {
    const used = await this.factor.prove(tx, { realm: 'platform', id: session.platform_user_id }, proof);
    if (used === 'recovery_code') await this.tell(tx, session, 'recovery_code_used');
  }

  private change<T>(scope: PlatformScope, session: StaffSessionRow, action: AuditAction, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(scope, async (tx) => {
      const result = await work(tx);
      await this.audit.record(tx, action, { targets: [staffTarget(session)] });
      return result;
    });
  }

  /** Wrong codes count, twenty an hour; everything else is given back. @throws Problem too_many_attempts */
  private async counted<T>(caller: Caller, { platform_user_id }: { platform_user_id: string }, work: () => Promise<T>): Promise<T> {
    const attempt = await this.throttle.code(caller.facts, 'platform', platform_user_id);
    try {
      const result = await work();
      await attempt.succeeded();
      return result;
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'mfa_code_invalid')) await attempt.undecided();
      throw error;
    }
  }

  private async tell(tx: Tx, member: { email_normalized: string; display_name: string }, what: MfaMail): Promise<void> {
    const { email_normalized: to, display_name } = member;
    await this.mail.send(tx, { to, template: STAFF_MFA, params: { display_name, what }, reason: `platform.mfa_${what}` });
  }

  private async session(scope: PlatformScope, staff: StaffMember): Promise<StaffSessionRow> {
    const session = await staffRows.session(platformQueries(this.db, scope), staff.platform_session_id);
    if (!session) throw fail('session_revoked');
    return session;
  }
}

const self = ({ platform_user_id }: StaffMember): Principal => ({ realm: 'platform', id: platform_user_id });
