import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { PasswordCheck, SecondFactorCheck, type RequestFacts } from '#platform/auth/index.js';
import { PasswordHasher } from '#platform/crypto/index.js';
import { PlatformDb, type TenantScope } from '#platform/db/index.js';
import { platformQueries } from './identity.queries.js';
import { accountScope } from './sign-in-scope.js';
import { Throttle } from './throttle.js';
import { userRows, type UserRow } from './users.repository.js';

/** The password once more, before what cannot be taken back. Tries count with those of signing in. */
@Injectable()
export class OwnPassword extends PasswordCheck {
  constructor(
    private readonly db: PlatformDb,
    private readonly hasher: PasswordHasher,
    private readonly throttle: Throttle,
  ) {
    super();
  }

  override async mustKnow(scope: TenantScope, facts: RequestFacts, password: string): Promise<void> {
    if (scope.actor.type !== 'user') throw fail('invalid_credentials'); // a key has no password
    const user = await userRows.find(platformQueries(this.db, accountScope(scope)), scope.actor.id);
    if (!user) throw fail('session_revoked');
    await this.mustBe(user, facts, password);
  }

  /** @throws Problem invalid_credentials, after the same number of tries as a sign-in; too_many_attempts, busy */
  async mustBe(user: Pick<UserRow, 'email_normalized' | 'password_hash'>, facts: RequestFacts, password: string): Promise<void> {
    const attempt = await this.throttle.attempt(facts, 'tenant', user.email_normalized);
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
}

@Injectable()
export class OwnFactor extends SecondFactorCheck {
  constructor(private readonly db: PlatformDb) {
    super();
  }

  override async isEnrolled(scope: TenantScope): Promise<boolean> {
    if (scope.actor.type !== 'user') return false;
    return (await userRows.find(platformQueries(this.db, accountScope(scope)), scope.actor.id))?.mfa_enabled === true;
  }
}
