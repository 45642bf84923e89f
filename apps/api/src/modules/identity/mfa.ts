import { Injectable } from '@nestjs/common';
import { fail, Problem } from '#contracts/errors.js';
import type { AuditAction } from '#contracts/audit-actions.js';
import type { Caller } from '#platform/auth/index.js';
import { Clock } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope, type TenantScope, type Tx } from '#platform/db/index.js';
import { MailService, type MailTemplate } from '#platform/mail/index.js';
import { platformQueries } from './identity.queries.js';
import type { MfaCodesOut, MfaDisableIn, MfaEnrolIn, MfaEnrolledOut, MfaOut, MfaProofIn, MfaRenewIn } from './mfa.dto.js';
import { MFA_DISABLED, MFA_ENABLED, RECOVERY_CODE_USED } from './mfa.mails.js';
import type { Principal } from './mfa.repository.js';
import { OwnPassword } from './own-proof.js';
import { RECOVERY_CODES } from './recovery-codes.js';
import { proofOf, SecondFactor, type FactorProof } from './second-factor.js';
import { sessionRows } from './sessions.repository.js';
import { SignInAudit } from './sign-in-audit.js';
import { accountScope } from './sign-in-scope.js';
import { SignInTenants } from './sign-in-tenants.js';
import { Throttle } from './throttle.js';
import { userRows, type UserRow } from './users.repository.js';

/** The second factor of one's own account, for people of tenants. */
@Injectable()
export class Mfa {
  constructor(
    private readonly db: PlatformDb,
    private readonly factor: SecondFactor,
    private readonly password: OwnPassword,
    private readonly tenants: SignInTenants,
    private readonly accountAudit: SignInAudit,
    private readonly throttle: Throttle,
    private readonly mail: MailService,
    private readonly clock: Clock,
  ) {}

  async status(scope: TenantScope): Promise<MfaOut> {
    const { enabled_at, recovery_codes_left } = await this.factor.status(platformQueries(this.db, accountScope(scope)), self(scope));
    const tenants = await this.tenants.list(accountScope(scope), scope.actor.id);
    return {
      enabled: enabled_at !== null,
      enabled_at: enabled_at?.toISOString() ?? null,
      recovery_codes_left,
      required: tenants.some(({ membership, mfa_required }) => membership === 'active' && mfa_required),
    };
  }

  /** Opens nothing until it is confirmed. What is answered here is shown once and stands nowhere. */
  async enrol(scope: TenantScope, caller: Caller, input: MfaEnrolIn): Promise<MfaEnrolledOut> {
    await this.throttle.call(caller.facts);
    await this.password.mustKnow(scope, caller.facts, input.password);
    const { email } = await this.user(scope);
    return this.db.run(keyed(scope), async (tx) => ({ success: true, mfa: await this.factor.propose(tx, self(scope), email) }));
  }

  async confirm(scope: TenantScope, caller: Caller, code: string): Promise<MfaOut> {
    const user = await this.user(scope);
    const { required } = await this.status(scope);
    return this.counted(caller, user, () =>
      this.change(scope, user, 'auth.mfa_enabled', async (tx) => {
        await this.factor.confirm(tx, self(scope), code);
        await this.passed(tx, scope);
        await this.tell(tx, user, MFA_ENABLED, 'auth.mfa_enabled');
        return { enabled: true, enabled_at: this.clock.now().toISOString(), recovery_codes_left: RECOVERY_CODES, required };
      }),
    );
  }

  /** A session from before the factor passes now. */
  async step(scope: TenantScope, caller: Caller, input: MfaProofIn): Promise<null> {
    const user = await this.user(scope);
    const proof = proofOf(input);
    return this.counted(caller, user, () =>
      this.change(scope, user, 'auth.mfa_passed', async (tx) => {
        await this.prove(tx, user, proof);
        await this.passed(tx, scope);
        return null;
      }),
    );
  }

  async renewCodes(scope: TenantScope, caller: Caller, input: MfaRenewIn): Promise<MfaCodesOut> {
    await this.throttle.call(caller.facts);
    await this.password.mustKnow(scope, caller.facts, input.password);
    const user = await this.user(scope);
    return this.counted(caller, user, () =>
      this.change(scope, user, 'auth.recovery_codes_renewed', async (tx) => {
        await this.prove(tx, user, { code: input.code });
        return { success: true as const, recovery_codes: await this.factor.renewCodes(tx, self(scope)) };
      }),
    );
  }

  /** @throws Problem mfa_required_by_tenant */
  async disable(scope: TenantScope, caller: Caller, input: MfaDisableIn): Promise<void> {
    const proof = proofOf(input);
    await this.throttle.call(caller.facts);
    await this.password.mustKnow(scope, caller.facts, input.password);
    const user = await this.user(scope);
    if ((await this.status(scope)).required) throw fail('mfa_required_by_tenant');
    await this.counted(caller, user, () =>
      this.change(scope, user, 'auth.mfa_disabled', async (tx) => {
        await this.prove(tx, user, proof);
        await this.factor.remove(tx, self(scope));
        await sessionRows.forgetFactor(tx, user.user_id);
        await this.tell(tx, user, MFA_DISABLED, 'auth.mfa_disabled');
        return null;
      }),
    );
  }

  private async prove(tx: Tx, user: UserRow, proof: FactorProof): Promise<void> {
    const used = await this.factor.prove(tx, { realm: 'tenant', id: user.user_id }, proof);
    if (used === 'recovery_code') await this.tell(tx, user, RECOVERY_CODE_USED, 'auth.recovery_code_used');
  }

  /** Change, mail and audit row in one transaction, under the Idempotency-Key of the request. */
  private async change<T>(scope: TenantScope, user: UserRow, action: AuditAction, work: (tx: Tx) => Promise<T>): Promise<T> {
    const tenants = await this.tenants.list(accountScope(scope), user.user_id);
    const entry = { targets: [{ type: 'user', id: user.user_id, label: user.email }] } as const;
    const result = await this.accountAudit.around(
      keyed(scope),
      tenants.map(({ tenant_id }) => tenant_id),
      async (tx) => ({ result: await work(tx), action, entry }),
      accountScope(scope),
    );
    return result as T; // what `work` returned: it always has a result
  }

  /** Wrong codes count, twenty an hour; everything else is given back. @throws Problem too_many_attempts */
  private async counted<T>(caller: Caller, user: UserRow, work: () => Promise<T>): Promise<T> {
    const attempt = await this.throttle.code(caller.facts, 'tenant', user.user_id);
    try {
      const result = await work();
      await attempt.succeeded();
      return result;
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'mfa_code_invalid')) await attempt.undecided();
      throw error;
    }
  }

  private async passed(tx: Tx, { actor }: TenantScope): Promise<void> {
    if (actor.session_id) await sessionRows.passedFactor(tx, actor.session_id, this.clock.now());
  }

  private async tell(tx: Tx, user: UserRow, template: MailTemplate<{ display_name: string }>, reason: string): Promise<void> {
    await this.mail.send(tx, { to: user.email, template, params: { display_name: user.display_name }, reason });
  }

  private async user(scope: TenantScope): Promise<UserRow> {
    const user = await userRows.find(platformQueries(this.db, accountScope(scope)), scope.actor.id);
    if (!user) throw fail('session_revoked');
    return user;
  }
}

const self = ({ actor }: TenantScope): Principal => ({ realm: 'tenant', id: actor.id });
const keyed = (scope: TenantScope): PlatformScope => accountScope(scope, { keyed: true });
