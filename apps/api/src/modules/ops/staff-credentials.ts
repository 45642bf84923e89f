import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import type { Caller } from '#platform/auth/index.js';
import { PasswordHasher } from '#platform/crypto/index.js';
import { PlatformDb } from '#platform/db/index.js';
import { AuditService } from '../audit/index.js';
import { normalizeEmail, platformQueries, strangerScope, Throttle, untilNextSlot } from '../identity/index.js';
import { staffTarget } from './staff-answers.js';
import type { StaffLoginIn } from './staff.dto.js';
import { staffRows, type StaffRow } from './staff.repository.js';

/** Does the password of a member of the staff fit? Counted apart from the tries at accounts of tenants. */
@Injectable()
export class StaffCredentials {
  constructor(
    private readonly db: PlatformDb,
    private readonly hasher: PasswordHasher,
    private readonly throttle: Throttle,
    private readonly audit: AuditService,
  ) {}

  /** @throws Problem too_many_attempts before anything is hashed, invalid_credentials, busy */
  async identify(caller: Caller, { email, password }: StaffLoginIn): Promise<StaffRow> {
    const started = performance.now();
    const scope = strangerScope(caller.facts);
    const address = normalizeEmail(email);
    const queries = platformQueries(this.db, scope);
    const member = await staffRows.findByEmail(queries, address);
    const isRight = await this.isRight(caller, member, address, password);
    if (!member || !isRight || member.status !== 'active') {
      const target = member ? staffTarget(member) : { type: 'platform_user', id: `unknown:${this.throttle.accountName(address)}` };
      await this.db.run(scope, (tx) => this.audit.record(tx, 'platform.login_failed', { targets: [target], outcome: 'failed' }));
      await wait(untilNextSlot(performance.now() - started));
      throw fail('invalid_credentials');
    }
    if (member.password_hash && this.hasher.needsRehash(member.password_hash))
      await staffRows.rehash(queries, member.platform_user_id, member.password_hash, await this.hasher.hash(password));
    return member;
  }

  /** Once more, before what cannot be taken back. @throws Problem too_many_attempts, invalid_credentials, busy */
  async mustBe(caller: Caller, member: Pick<StaffRow, 'email_normalized' | 'password_hash' | 'status'>, password: string): Promise<void> {
    if (!(await this.isRight(caller, member, member.email_normalized, password))) throw fail('invalid_credentials');
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
}
