import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import type { RequestFacts } from '#platform/auth/index.js';
import { Clock, KeyRings } from '#platform/crypto/index.js';
import { PlatformDb } from '#platform/db/index.js';
import { Metrics } from '#platform/metrics/index.js';
import { platformQueries } from './identity.queries.js';
import { strangerScope } from './sign-in-scope.js';
import {
  ACCOUNT_AND_IP,
  ACCOUNT_ANYWHERE,
  CALLS_OF_IP,
  CODES_OF_ACCOUNT,
  countedAddress,
  emissionMs,
  RESETS_OF_ACCOUNT,
  retryAfterSeconds,
  SIGNUPS_OF_IP,
  SLOW_MS,
  type Bucket,
} from './throttle-rules.js';
import { throttleRows } from './throttle.repository.js';

export type Realm = 'tenant' | 'platform';

/**
 * Counts attempts in PostgreSQL, over all processes. What is counted stands there as an HMAC: neither an address nor an e-mail can be
 * read from the table. Source: specs/tenancy.md §4.3.
 */
@Injectable()
export class Throttle {
  constructor(
    private readonly db: PlatformDb,
    private readonly rings: KeyRings,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /** A call of a sign-in route by this address. @throws Problem too_many_attempts */
  call(facts: RequestFacts): Promise<void> {
    return this.take(facts, CALLS_OF_IP, countedAddress(facts.ip));
  }

  /** Signing up: a call like any other, and fewer of them. @throws Problem too_many_attempts */
  async signUp(facts: RequestFacts): Promise<void> {
    await this.call(facts);
    await this.take(facts, SIGNUPS_OF_IP, countedAddress(facts.ip));
  }

  /**
   * One try at the password of an account from this address, taken before the hash is computed, so that parallel tries do not get
   * through. An account that is tried from everywhere answers slowly, to everybody. @throws Problem too_many_attempts
   */
  async attempt(facts: RequestFacts, realm: Realm, email_normalized: string): Promise<Attempt> {
    const parts = [realm, email_normalized, countedAddress(facts.ip)];
    await this.take(facts, ACCOUNT_AND_IP, ...parts);
    const everywhere = [realm, email_normalized];
    const isCalm = await this.fits(facts, ACCOUNT_ANYWHERE, everywhere);
    if (!isCalm) await wait(randomInt(SLOW_MS.least, SLOW_MS.most));
    const queries = platformQueries(this.db, strangerScope(facts));
    const key = this.key(ACCOUNT_AND_IP, parts);
    const giveBack = async (): Promise<void> => {
      if (isCalm) await this.give(facts, ACCOUNT_ANYWHERE, everywhere);
    };
    return {
      succeeded: async () => {
        await throttleRows.reset(queries, key);
        await giveBack();
      },
      undecided: async () => {
        await this.give(facts, ACCOUNT_AND_IP, parts);
        await giveBack();
      },
    };
  }

  /** One try at a code of the second factor. Only wrong ones stay counted. @throws Problem too_many_attempts */
  async code(facts: RequestFacts, realm: Realm, principal_id: string): Promise<Attempt> {
    const parts = [realm, principal_id];
    await this.take(facts, CODES_OF_ACCOUNT, ...parts);
    const give = (): Promise<void> => this.give(facts, CODES_OF_ACCOUNT, parts);
    return { succeeded: give, undecided: give };
  }

  /** True while one more mail of that kind may go to this account. */
  mayMail(facts: RequestFacts, kind: 'reset' | 'email_change', realm: Realm, email_normalized: string): Promise<boolean> {
    return this.fits(facts, RESETS_OF_ACCOUNT, [kind, realm, email_normalized]);
  }

  /** A name for an account in log lines and audit rows that no one can turn back into an e-mail. */
  accountName(email_normalized: string): string {
    return this.rings.ring('throttle').hmac('account', email_normalized).toString('hex').slice(0, 16);
  }

  private async take(facts: RequestFacts, bucket: Bucket, ...parts: readonly string[]): Promise<void> {
    if (await this.fits(facts, bucket, parts)) return;
    this.metrics.rateLimited(`auth_${bucket.name}`);
    const now = this.clock.now();
    const empty_at = await throttleRows.emptyAt(platformQueries(this.db, strangerScope(facts)), this.key(bucket, parts));
    throw fail('too_many_attempts', { retry_after: retryAfterSeconds(bucket, empty_at ?? now, now) });
  }

  private fits(facts: RequestFacts, bucket: Bucket, parts: readonly string[]): Promise<boolean> {
    return throttleRows.take(
      platformQueries(this.db, strangerScope(facts)),
      this.key(bucket, parts),
      this.clock.now(),
      emissionMs(bucket),
      bucket.period_ms,
    );
  }

  private give(facts: RequestFacts, bucket: Bucket, parts: readonly string[]): Promise<void> {
    return throttleRows.give(platformQueries(this.db, strangerScope(facts)), this.key(bucket, parts), emissionMs(bucket));
  }

  private key(bucket: Bucket, parts: readonly string[]): string {
    return this.rings
      .ring('throttle')
      .hmac(bucket.name, ...parts)
      .toString('base64url');
  }
}

/** What became of a try that was counted. Neither is called after a wrong password: then it counts. */
export interface Attempt {
  succeeded(): Promise<void>;
  /** Nothing was learned about the password (the service was busy). */
  undecided(): Promise<void>;
}
