import type { StaffRole } from '#contracts/permissions.js';
import { sql, type Tx } from '#platform/db/index.js';
import type { StaffSessionState } from './staff-refresh.js';

export type StaffSource = 'bootstrap' | 'env' | 'staff';

export interface StaffRow {
  readonly platform_user_id: string;
  readonly email_normalized: string;
  readonly display_name: string;
  readonly role: StaffRole;
  readonly status: 'active' | 'disabled';
  readonly must_change_password: boolean;
  readonly password_hash: string | null;
  /** Has a confirmed second factor. */
  readonly mfa_enabled: boolean;
}
export interface StaffSessionRow extends StaffSessionState, StaffRow {
  readonly platform_session_id: string;
  readonly created_at: Date;
  readonly mfa_at: Date | null;
  readonly status: StaffRow['status'];
}

const byEmail = sql`
  select u.platform_user_id, u.email_normalized, u.display_name, u.role, u.status, u.must_change_password, u.password_hash,
         exists (select from mfa_factors f where f.realm = 'platform' and f.principal_id = u.platform_user_id and f.confirmed_at is not null) as mfa_enabled
    from platform_users u where u.email_normalized = $1`;
const byId = sql`
  select u.platform_user_id, u.email_normalized, u.display_name, u.role, u.status, u.must_change_password, u.password_hash,
         exists (select from mfa_factors f where f.realm = 'platform' and f.principal_id = u.platform_user_id and f.confirmed_at is not null) as mfa_enabled
    from platform_users u where u.platform_user_id = $1`;
const anybody = sql`select 1 as one from platform_users limit 1`;
// Processes that start at once wait here for each other: "nobody is there" is true for one of them.
const lockFirst = sql`select pg_advisory_xact_lock(hashtext('tenantry.first_owner'))`;
const insertFirst = sql`
  insert into platform_users (platform_user_id, email_normalized, display_name, role, source, password_hash, must_change_password)
  select $1, $2, $3, 'superuser', 'bootstrap', $4, $5 where not exists (select 1 from platform_users) returning platform_user_id`;
const insertSession = sql`
  insert into platform_sessions (platform_session_id, platform_user_id, refresh_hash, created_at, expires_at, mfa_at) values ($1, $2, $3, $4, $5, $6)`;
const bySession = sql.named('ops.staff_session')`
  select s.platform_session_id, s.refresh_hash, s.created_at, s.expires_at, s.revoked_at, s.mfa_at, s.updated_at > now() - interval '30 seconds' as just_rotated,
         u.platform_user_id, u.email_normalized, u.display_name, u.role, u.status, u.must_change_password, u.password_hash,
         exists (select from mfa_factors f where f.realm = 'platform' and f.principal_id = u.platform_user_id and f.confirmed_at is not null) as mfa_enabled
    from platform_sessions s join platform_users u on u.platform_user_id = s.platform_user_id
   where s.platform_session_id = $1`;
const byRefresh = sql`
  select s.platform_session_id, s.refresh_hash, s.created_at, s.expires_at, s.revoked_at, s.mfa_at, s.updated_at > now() - interval '30 seconds' as just_rotated,
         u.platform_user_id, u.email_normalized, u.display_name, u.role, u.status, u.must_change_password, u.password_hash,
         exists (select from mfa_factors f where f.realm = 'platform' and f.principal_id = u.platform_user_id and f.confirmed_at is not null) as mfa_enabled
    from platform_sessions s join platform_users u on u.platform_user_id = s.platform_user_id
   where s.refresh_hash = any($1::bytea[])`;
const rotate = sql`
  update platform_sessions set refresh_hash = $3
   where platform_session_id = $1 and refresh_hash = $2 and revoked_at is null and expires_at > $4 returning platform_session_id`;
const revoke = sql`update platform_sessions set revoked_at = $2 where platform_session_id = $1 and revoked_at is null returning platform_session_id`;
const revokeOthers = sql`
  update platform_sessions set revoked_at = $3
   where platform_user_id = $1 and platform_session_id is distinct from $2::uuid and revoked_at is null and expires_at > $3 returning platform_session_id`;
// This moves `updated_at` too, which says when a token was rotated: one that was rotated before counts as "just now" for another 30 s, and
// leads to its one successor. Harmless.
const passedFactor = sql`update platform_sessions set mfa_at = $2 where platform_session_id = $1`;
const forgetFactor = sql`update platform_sessions set mfa_at = null where platform_user_id = $1 and mfa_at is not null`;
const insertLink = sql`insert into platform_user_tokens (token_hash, platform_user_id, expires_at) values ($1, $2, $3)`;
/** For so long a dead link still says why it is dead. */
const dropLinks = sql`delete from platform_user_tokens where expires_at < now() - interval '30 days'`;
const findLink = sql`select platform_user_id, expires_at, used_at from platform_user_tokens where token_hash = $1`;
const claimLink = sql`
  update platform_user_tokens set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2 returning token_hash`;
const spendLinks = sql`update platform_user_tokens set used_at = $2 where platform_user_id = $1 and used_at is null`;
const setPassword = sql`update platform_users set password_hash = $2, must_change_password = $3 where platform_user_id = $1`;
const rehash = sql`update platform_users set password_hash = $3 where platform_user_id = $1 and password_hash = $2`;

type FirstOwnerRow = Pick<StaffRow, 'platform_user_id' | 'email_normalized' | 'display_name' | 'must_change_password'> & {
  readonly password_hash: string;
};
type Queries = Pick<Tx, 'query'>;

/** The only SQL of the staff's accounts and sessions. */
export const staffRows = {
  async findByEmail(tx: Queries, email_normalized: string): Promise<StaffRow | null> {
    return (await tx.query<StaffRow>(byEmail, [email_normalized]))[0] ?? null;
  },
  async find(tx: Queries, platform_user_id: string): Promise<StaffRow | null> {
    return (await tx.query<StaffRow>(byId, [platform_user_id]))[0] ?? null;
  },
  async exists(tx: Queries): Promise<boolean> {
    return (await tx.query(anybody)).length > 0;
  },
  /** False when somebody is there already. In a transaction, to whose end it holds a lock. */
  async insertFirst(tx: Tx, row: FirstOwnerRow): Promise<boolean> {
    await tx.query(lockFirst);
    const { platform_user_id, email_normalized, display_name, password_hash, must_change_password } = row;
    return (
      (await tx.query(insertFirst, [platform_user_id, email_normalized, display_name, password_hash, must_change_password])).length > 0
    );
  },
  async insertSession(
    tx: Queries,
    row: {
      readonly platform_session_id: string;
      readonly platform_user_id: string;
      readonly refresh_hash: Buffer;
      readonly created_at: Date;
      readonly expires_at: Date;
      readonly mfa_at: Date | null;
    },
  ): Promise<void> {
    await tx.query(insertSession, [
      row.platform_session_id,
      row.platform_user_id,
      row.refresh_hash,
      row.created_at,
      row.expires_at,
      row.mfa_at,
    ]);
  },
  async session(tx: Queries, platform_session_id: string): Promise<StaffSessionRow | null> {
    return (await tx.query<StaffSessionRow>(bySession, [platform_session_id]))[0] ?? null;
  },
  /** The session whose token is one of these. */
  async sessionOf(tx: Queries, chain: readonly Buffer[]): Promise<StaffSessionRow | null> {
    return (await tx.query<StaffSessionRow>(byRefresh, [chain]))[0] ?? null;
  },
  /** Atomic: of parallel callers exactly one gets true. */
  async rotate(tx: Queries, platform_session_id: string, from: Buffer, to: Buffer, now: Date): Promise<boolean> {
    return (await tx.query(rotate, [platform_session_id, from, to, now])).length > 0;
  },
  async revoke(tx: Queries, platform_session_id: string, at: Date): Promise<boolean> {
    return (await tx.query(revoke, [platform_session_id, at])).length > 0;
  },
  /** All of a member's but one; how many. */
  async revokeOthers(tx: Queries, platform_user_id: string, keep_session_id: string | null, at: Date): Promise<number> {
    return (await tx.query(revokeOthers, [platform_user_id, keep_session_id, at])).length;
  },
  async passedFactor(tx: Queries, platform_session_id: string, at: Date): Promise<void> {
    await tx.query(passedFactor, [platform_session_id, at]);
  },
  async forgetFactor(tx: Queries, platform_user_id: string): Promise<void> {
    await tx.query(forgetFactor, [platform_user_id]);
  },
  async insertLink(
    tx: Queries,
    link: { readonly token_hash: Buffer; readonly platform_user_id: string; readonly expires_at: Date },
  ): Promise<void> {
    await tx.query(dropLinks);
    await tx.query(insertLink, [link.token_hash, link.platform_user_id, link.expires_at]);
  },
  async findLink(
    tx: Queries,
    token_hash: Buffer,
  ): Promise<{ readonly platform_user_id: string; readonly expires_at: Date; readonly used_at: Date | null } | null> {
    return (await tx.query<{ platform_user_id: string; expires_at: Date; used_at: Date | null }>(findLink, [token_hash]))[0] ?? null;
  },
  /** True for exactly one of several callers. The member's other links are spent with it. */
  async claimLink(tx: Queries, token_hash: Buffer, platform_user_id: string, at: Date): Promise<boolean> {
    if ((await tx.query(claimLink, [token_hash, at])).length === 0) return false;
    await tx.query(spendLinks, [platform_user_id, at]);
    return true;
  },
  /** `must_change`: somebody else has chosen it. */
  async setPassword(tx: Queries, platform_user_id: string, password_hash: string, must_change = false): Promise<void> {
    await tx.query(setPassword, [platform_user_id, password_hash, must_change]);
  },
  async rehash(tx: Queries, platform_user_id: string, from: string, to: string): Promise<void> {
    await tx.query(rehash, [platform_user_id, from, to]);
  },
};
