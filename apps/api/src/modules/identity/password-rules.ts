import { Injectable } from '@nestjs/common';
import { invalid } from '#contracts/errors.js';
import { Config } from '#platform/config/index.js';
import { PasswordHasher, passwordProblems, PLATFORM_PASSWORD_POLICY, type PasswordPolicy } from '#platform/crypto/index.js';

/** So many hashes are kept, whatever the policy of today asks: a stricter one may come. */
export const HISTORY_KEPT = 24;

/** Which passwords may be set. */
@Injectable()
export class PasswordRules {
  constructor(
    private readonly hasher: PasswordHasher,
    private readonly config: Config,
  ) {}

  /**
   * Refuses a password that breaks the policy or is one of the last ones, and hashes it.
   * @param about `policy` of the person's tenants (`policyOfPerson`), the platform's own where there is none; `field` is the JSON pointer
   *   of the password in the body; `used` are hashes that count as used already, newest first
   * @throws Problem password_refused with the rules in `errors`
   */
  async accept(
    password: string,
    about: {
      readonly email: string;
      readonly policy?: PasswordPolicy;
      readonly tenant_names?: readonly string[];
      readonly used?: readonly string[];
      readonly field: string;
    },
  ): Promise<string> {
    const { email, policy = PLATFORM_PASSWORD_POLICY, tenant_names = [], used = [], field } = about;
    const problems = passwordProblems(password, policy, { email, product_name: this.config.product_name, tenant_names });
    if (problems.length) throw invalid(problems.map((problem) => ({ field, ...problem })), 'password_refused'); // prettier-ignore
    for (const hash of used.slice(0, policy.history)) {
      if (!(await this.hasher.verify(hash, password))) continue;
      throw invalid(
        [{ field, code: 'used_before', message: `Do not use one of the last ${policy.history} passwords.` }],
        'password_refused',
      );
    }
    return this.hasher.hash(password);
  }
}
