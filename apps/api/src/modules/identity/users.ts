import { Injectable } from '@nestjs/common';
import { Clock, newId } from '#platform/crypto/index.js';
import type { Tx } from '#platform/db/index.js';
import { normalizeEmail } from './email.js';
import { eraseRows } from './erase.repository.js';
import { HISTORY_KEPT } from './password-rules.js';
import { userRows, type UserRow } from './users.repository.js';

/** Accounts, for modules that bring people in. Every method works in a transaction of the platform pool. */
@Injectable()
export class Users {
  constructor(private readonly clock: Clock) {}

  /** By any spelling of the address. */
  find(tx: Tx, email: string): Promise<UserRow | null> {
    return userRows.findByEmail(tx, normalizeEmail(email));
  }

  get(tx: Tx, user_id: string): Promise<UserRow | null> {
    return userRows.find(tx, user_id);
  }

  /**
   * A new account. `email_verified`: the person has just shown that the mailbox is theirs. Without a hash nobody can sign in to it yet.
   * @throws Problem email_taken
   */
  async create(
    tx: Tx,
    input: {
      readonly email: string;
      readonly display_name: string;
      readonly password_hash: string | null;
      readonly email_verified?: boolean;
    },
  ): Promise<UserRow> {
    const user = {
      user_id: newId(),
      email: input.email.trim(),
      email_normalized: normalizeEmail(input.email),
      display_name: input.display_name,
      email_verified_at: input.email_verified ? this.clock.now() : null,
    };
    await userRows.insert(tx, user);
    if (input.password_hash !== null) await this.setPassword(tx, user.user_id, input.password_hash);
    return {
      ...user,
      status: 'active',
      locale: null,
      time_zone: null,
      must_change_password: false,
      password_hash: input.password_hash,
      password_changed_at: this.clock.now(),
      mfa_enabled: false,
    };
  }

  /** False when the account did not have the other status. Every version of its rights moves by trigger. */
  setStatus(tx: Tx, user_id: string, from: UserRow['status'], to: UserRow['status']): Promise<boolean> {
    return userRows.setStatus(tx, user_id, from, to);
  }

  /**
   * Takes name and address away, here and in every copy; the id stays as a pseudonym, in the audit log too. Nothing brings them back.
   * False when it was done before.
   */
  erase(tx: Tx, user: Pick<UserRow, 'user_id' | 'email' | 'email_normalized'>): Promise<boolean> {
    return eraseRows.erase(tx, user, { email: `${user.user_id}@erased.invalid`, display_name: 'Erased person' });
  }

  /** @param password_hash from `PasswordRules.accept` */
  setPassword(tx: Tx, user_id: string, password_hash: string): Promise<void> {
    return userRows.setPassword(tx, user_id, { password_hash, history_id: newId(), at: this.clock.now(), keep: HISTORY_KEPT });
  }

  /** Hashes of the passwords that a person has had, newest first, the one of today included. How many of them count says the policy. */
  async usedPasswords(tx: Pick<Tx, 'query'>, user: Pick<UserRow, 'user_id' | 'password_hash'>): Promise<string[]> {
    const used = await userRows.history(tx, user.user_id, HISTORY_KEPT);
    return user.password_hash === null || used.includes(user.password_hash) ? used : [user.password_hash, ...used];
  }
}
