import { Injectable } from '@nestjs/common';
import { fail, Problem } from '#contracts/errors.js';
import type { Caller } from '#platform/auth/index.js';
import { PlatformDb } from '#platform/db/index.js';
import { Logger } from '#platform/logging/index.js';
import { MailService } from '#platform/mail/index.js';
import { Metrics } from '#platform/metrics/index.js';
import { platformQueries } from './identity.queries.js';
import type { SignedInOut } from './identity.dto.js';
import type { MfaVerifyIn } from './mfa.dto.js';
import { RECOVERY_CODE_USED } from './mfa.mails.js';
import { proofOf, SecondFactor, type OpenChallenge } from './second-factor.js';
import { SignInAudit } from './sign-in-audit.js';
import { personScope, strangerScope } from './sign-in-scope.js';
import { SignInSession } from './sign-in-session.js';
import { SignInTenants } from './sign-in-tenants.js';
import type { TenantHint } from './tenant-choice.js';
import { Throttle } from './throttle.js';
import { userRows, type UserRow } from './users.repository.js';

/** The second step of a sign-in: the password was right, and this is the code. */
@Injectable()
export class MfaSignIn {
  constructor(
    private readonly db: PlatformDb,
    private readonly factor: SecondFactor,
    private readonly session: SignInSession,
    private readonly tenants: SignInTenants,
    private readonly accountAudit: SignInAudit,
    private readonly throttle: Throttle,
    private readonly mail: MailService,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  async verify(caller: Caller, input: MfaVerifyIn): Promise<SignedInOut> {
    const proof = proofOf(input);
    await this.throttle.call(caller.facts);
    const queries = platformQueries(this.db, strangerScope(caller.facts));
    const open = await this.factor.attempt(queries, 'tenant', input.challenge);
    const user = await userRows.find(queries, open.principal_id);
    if (user?.status !== 'active') throw fail('mfa_challenge_invalid');
    const account = this.throttle.accountName(user.email_normalized);
    const attempt = await this.throttle.code(caller.facts, 'tenant', user.user_id);
    try {
      await this.db.run(personScope(caller.facts, user), async (tx) => {
        const used = await this.factor.prove(tx, { realm: 'tenant', id: user.user_id }, proof);
        await this.factor.spend(tx, input.challenge);
        if (used === 'recovery_code')
          await this.mail.send(tx, { to: user.email, template: RECOVERY_CODE_USED, params: user, reason: 'auth.recovery_code_used' });
      });
    } catch (error) {
      throw await this.refusal(caller, user, open, error);
    }
    await attempt.succeeded();
    const answer = await this.session.open(caller, user, { hints: open.payload['hints'] as TenantHint[], mfa_passed: true });
    this.metrics.loginAttempt('success');
    this.logger.info({ account, result: 'success', status: 200 }, 'login end');
    return answer;
  }

  /** A wrong code is a refused sign-in; a factor that was taken away meanwhile leaves the challenge without a meaning. */
  private async refusal(caller: Caller, user: UserRow, { tries_left }: OpenChallenge, error: unknown): Promise<unknown> {
    if (!(error instanceof Problem)) return error;
    if (error.code === 'mfa_not_enabled') return fail('mfa_challenge_invalid');
    if (error.code !== 'mfa_code_invalid') return error;
    this.metrics.loginAttempt(error.code);
    const scope = strangerScope(caller.facts);
    const tenants = await this.tenants.list(scope, user.user_id);
    const entry = { targets: [{ type: 'user', id: user.user_id, label: user.email }], outcome: 'failed', reason: error.code } as const;
    await this.accountAudit.record(scope, tenants.map(({ tenant_id }) => tenant_id), 'auth.login_failed', entry); // prettier-ignore
    return fail('mfa_code_invalid', { tries_left });
  }
}
