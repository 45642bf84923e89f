import { sql, type Tx } from '#platform/db/index.js';

export interface UserRow {
  readonly user_id: string;
  readonly email: string;
  readonly email_normalized: string;
  readonly display_name: string;
  readonly status: 'active' | 'disabled' | 'erased';
  readonly email_verified_at: Date | null;
  readonly locale: string | null;
  readonly time_zone: string | null;
  readonly must_change_password: boolean;
  readonly password_hash: string | null;
  readonly password_changed_at: Date | null;
  /** Has a confirmed second factor. */
  readonly mfa_enabled: boolean;
}
export interface UserTokenRow {
  readonly user_id: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly used_at: Date | null;
  readonly expires_at: Date;
}

const byEmail = sql.named('identity.user_by_email')`
  select u.user_id, u.email, u.email_normalized, u.display_name, u.status, u.email_verified_at, u.locale, u.time_zone, u.must_change_password, c.password_hash, c.password_changed_at,
         exists (select from mfa_factors f where f.realm = 'tenant' and f.principal_id = u.user_id and f.confirmed_at is not null) as mfa_enabled
    from users u left join user_credentials c on c.user_id = u.user_id
   where u.email_normalized = $1 and u.status <> 'erased'`;
const byId = sql.named('identity.user')`
  select u.user_id, u.email, u.email_normalized, u.display_name, u.status, u.email_verified_at, u.locale, u.time_zone, u.must_change_password, c.password_hash, c.password_changed_at,
         exists (select from mfa_factors f where f.realm = 'tenant' and f.principal_id = u.user_id and f.confirmed_at is not null) as mfa_enabled
    from users u left join user_credentials c on c.user_id = u.user_id
   where u.user_id = $1`;
const insertUser = sql`
  insert into users (user_id, email, email_normalized, display_name, email_verified_at) values ($1, $2, $3, $4, $5)`;
const updateProfile = sql`
  update users set display_name = coalesce($2, display_name), locale = coalesce($3, locale), time_zone = coalesce($4, time_zone) where user_id = $1`;
const updateLastLogin = sql`update users set last_login_at = $2 where user_id = $1`;
const updateEmailVerified = sql`update users set email_verified_at = coalesce(email_verified_at, $2) where user_id = $1`;
const moveAddress = sql`update users set email = $2, email_normalized = $3, email_verified_at = $4 where user_id = $1`;
const setStatus = sql`update users set status = $2 where user_id = $1 and status = $3 returning user_id`;
const upsertPassword = sql`
  insert into user_credentials (user_id, password_hash, password_changed_at) values ($1, $2, $3)
  on conflict (user_id) do update set password_hash = excluded.password_hash, password_changed_at = excluded.password_changed_at`;
const replaceHash = sql`update user_credentials set password_hash = $3 where user_id = $1 and password_hash = $2`;
const passwordChanged = sql`update users set must_change_password = false where user_id = $1 and must_change_password`;
const insertHistory = sql`insert into password_history (user_id, password_history_id, password_hash) values ($1, $2, $3)`;
// The id is a UUIDv7 of ours: its order is that of the changes.
const listHistory = sql`select password_hash from password_history where user_id = $1 order by password_history_id desc limit $2`;
const trimHistory = sql`
  delete from password_history where user_id = $1 and password_history_id not in
    (select password_history_id from password_history where user_id = $1 order by password_history_id desc limit $2)`;
const insertToken = sql`insert into user_tokens (token_hash, user_id, purpose, payload, expires_at) values ($1, $2, $3, $4, $5)`;
const findToken = sql`select user_id, purpose, payload, used_at, expires_at from user_tokens where token_hash = $1 and purpose = any ($2)`;
const claimToken = sql`
  update user_tokens set used_at = $3 where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3 returning user_id`;
const spendTokens = sql`update user_tokens set used_at = $3 where user_id = $1 and purpose = $2 and used_at is null`;
const dropTokens = sql`delete from user_tokens where expires_at < $1`;
const readPreferences = sql`select preferences from user_preferences where user_id = $1`;
const writePreferences = sql`
  insert into user_preferences (user_id, preferences) values ($1, $2) on conflict (user_id) do update set preferences = excluded.preferences`;

type Queries = Pick<Tx, 'query'>;
export type TokenPurpose = 'password_reset' | 'verify_email' | 'change_email';

/** The only SQL of accounts, credentials and links. All of it runs on the platform pool: the app role has no right on these tables. */
export const userRows = {
  async findByEmail(tx: Queries, email_normalized: string): Promise<UserRow | null> {
    return (await tx.query<UserRow>(byEmail, [email_normalized]))[0] ?? null;
  },
  async find(tx: Queries, user_id: string): Promise<UserRow | null> {
    return (await tx.query<UserRow>(byId, [user_id]))[0] ?? null;
  },
  async insert(
    tx: Queries,
    row: Pick<UserRow, 'user_id' | 'email' | 'email_normalized' | 'display_name' | 'email_verified_at'>,
  ): Promise<void> {
    await tx.query(insertUser, [row.user_id, row.email, row.email_normalized, row.display_name, row.email_verified_at]);
  },
  async updateProfile(tx: Queries, user_id: string, patch: { display_name?: string; locale?: string; time_zone?: string }): Promise<void> {
    await tx.query(updateProfile, [user_id, patch.display_name ?? null, patch.locale ?? null, patch.time_zone ?? null]);
  },
  async signedIn(tx: Queries, user_id: string, at: Date): Promise<void> {
    await tx.query(updateLastLogin, [user_id, at]);
  },
  async emailVerified(tx: Queries, user_id: string, at: Date): Promise<void> {
    await tx.query(updateEmailVerified, [user_id, at]);
  },
  /** @throws a violation of `users_email_normalized_key`: email_taken */
  async moveAddress(
    tx: Queries,
    user_id: string,
    to: { readonly email: string; readonly email_normalized: string; readonly at: Date },
  ): Promise<void> {
    await tx.query(moveAddress, [user_id, to.email, to.email_normalized, to.at]);
  },
  /** False when it did not have the other status. */
  async setStatus(tx: Queries, user_id: string, from: UserRow['status'], to: UserRow['status']): Promise<boolean> {
    return (await tx.query(setStatus, [user_id, to, from])).length > 0;
  },
  /** Sets the password, keeps the last `keep` hashes. */
  async setPassword(
    tx: Queries,
    user_id: string,
    change: { readonly password_hash: string; readonly history_id: string; readonly at: Date; readonly keep: number },
  ): Promise<void> {
    await tx.query(upsertPassword, [user_id, change.password_hash, change.at]);
    await tx.query(passwordChanged, [user_id]);
    await tx.query(insertHistory, [user_id, change.history_id, change.password_hash]);
    await tx.query(trimHistory, [user_id, change.keep]);
  },
  /** The same password under today's parameters; nothing when it was changed meanwhile. */
  async rehash(tx: Queries, user_id: string, from: string, to: string): Promise<void> {
    await tx.query(replaceHash, [user_id, from, to]);
  },
  async history(tx: Queries, user_id: string, n: number): Promise<string[]> {
    return (await tx.query<{ password_hash: string }>(listHistory, [user_id, n])).map((row) => row.password_hash);
  },
  async insertToken(
    tx: Queries,
    row: {
      readonly token_hash: Buffer;
      readonly user_id: string;
      readonly purpose: TokenPurpose;
      readonly payload?: Readonly<Record<string, unknown>>;
      readonly expires_at: Date;
    },
  ): Promise<void> {
    await tx.query(insertToken, [row.token_hash, row.user_id, row.purpose, row.payload ?? {}, row.expires_at]);
  },
  async findToken<P extends TokenPurpose>(
    tx: Queries,
    token_hash: Buffer,
    purposes: readonly P[],
  ): Promise<(UserTokenRow & { readonly purpose: P }) | null> {
    return (await tx.query<UserTokenRow & { readonly purpose: P }>(findToken, [token_hash, purposes]))[0] ?? null;
  },
  /** True for exactly one of several callers. */
  async claimToken(tx: Queries, token_hash: Buffer, purpose: TokenPurpose, at: Date): Promise<boolean> {
    return (await tx.query(claimToken, [token_hash, purpose, at])).length > 0;
  },
  async spendTokens(tx: Queries, user_id: string, purpose: TokenPurpose, at: Date): Promise<void> {
    await tx.query(spendTokens, [user_id, purpose, at]);
  },
  async dropTokens(tx: Queries, before: Date): Promise<void> {
    await tx.query(dropTokens, [before]);
  },
  async preferences(tx: Queries, user_id: string): Promise<Readonly<Record<string, unknown>>> {
    return (await tx.query<{ preferences: Record<string, unknown> }>(readPreferences, [user_id]))[0]?.preferences ?? {};
  },
  async setPreferences(tx: Queries, user_id: string, preferences: Readonly<Record<string, unknown>>): Promise<void> {
    await tx.query(writePreferences, [user_id, preferences]);
  },
};
