import { Injectable } from '@nestjs/common';
import { invalid } from '#contracts/errors.js';
import { Config } from '#platform/config/index.js';
import { PasswordHasher, passwordProblems, PLATFORM_PASSWORD_POLICY, type PasswordPolicy } from '#platform/crypto/index.js';

/** So many hashes are kept, whatever the policy of today asks: a stricter one may come. */
export const HISTORY_KEPT = 24;

/** Which passwords may be set. One policy for everybody until tenants may have stricter ones. Source: specs/tenancy.md §4.1. */
@Injectable()
export class PasswordRules {
  constructor(
    private readonly hasher: PasswordHasher,
    private readonly config: Config,
  ) {}

  get policy(): PasswordPolicy {
    return PLATFORM_PASSWORD_POLICY;
  }

  /**
   * Refuses a password that breaks the policy or is one of the last ones, and hashes it.
   * @param field JSON pointer of the password in the body
   * @param used hashes that count as used already, newest first
   * @throws Problem password_refused with the rules in `errors`
   */
  async accept(
    password: string,
    about: { readonly email: string; readonly tenant_names?: readonly string[]; readonly used?: readonly string[]; readonly field: string },
  ): Promise<string> {
    const { email, tenant_names = [], used = [], field } = about;
    const problems = passwordProblems(password, this.policy, { email, product_name: this.config.product_name, tenant_names });
    if (problems.length) throw invalid(problems.map((problem) => ({ field, ...problem })), 'password_refused'); // prettier-ignore
    for (const hash of used) {
      if (!(await this.hasher.verify(hash, password))) continue;
      throw invalid(
        [{ field, code: 'used_before', message: `Do not use one of the last ${this.policy.history} passwords.` }],
        'password_refused',
      );
    }
    return this.hasher.hash(password);
  }
}
