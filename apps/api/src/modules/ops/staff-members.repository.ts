import type { StaffRole } from '#contracts/permissions.js';
import { sql, type Tx } from '#platform/db/index.js';
import type { StaffRow, StaffSource } from './staff.repository.js';

export interface StaffAccountRow extends Omit<StaffRow, 'password_hash' | 'must_change_password'> {
  readonly source: StaffSource;
  readonly has_password: boolean;
  readonly created_at: Date;
  readonly last_login_at: Date | null;
}

export type EnvironmentRow = Pick<StaffAccountRow, 'platform_user_id' | 'email_normalized' | 'display_name' | 'role' | 'status'>;

const list = sql`
  select u.platform_user_id, u.email_normalized, u.display_name, u.role, u.source, u.status, u.created_at, u.password_hash is not null as has_password,
         exists (select from mfa_factors f where f.realm = 'platform' and f.principal_id = u.platform_user_id and f.confirmed_at is not null) as mfa_enabled,
         (select max(s.created_at) from platform_sessions s where s.platform_user_id = u.platform_user_id) as last_login_at
    from platform_users u
   where ($1::uuid is null or u.platform_user_id < $1)
     and ($2::text is null or u.status = $2)
     and ($3::text is null or u.role = $3)
   order by u.platform_user_id desc
   limit $4`;
const find = sql`
  select u.platform_user_id, u.email_normalized, u.display_name, u.role, u.source, u.status, u.created_at, u.password_hash is not null as has_password,
         exists (select from mfa_factors f where f.realm = 'platform' and f.principal_id = u.platform_user_id and f.confirmed_at is not null) as mfa_enabled,
         (select max(s.created_at) from platform_sessions s where s.platform_user_id = u.platform_user_id) as last_login_at
    from platform_users u
   where u.platform_user_id = $1`;
const lock = sql`select platform_user_id from platform_users where platform_user_id = $1 for update`;
const insert = sql`
  insert into platform_users (platform_user_id, email_normalized, display_name, role, source) values ($1, $2, $3, $4, $5)`;
const update = sql`update platform_users set display_name = $2, role = $3, status = $4 where platform_user_id = $1`;
/** In one order, so that two changes at once wait for each other and not in a circle. */
const lockSuperusers = sql`
  select platform_user_id from platform_users where role = 'superuser' and status = 'active' order by platform_user_id for update`;
const ofEnvironment = sql`
  select platform_user_id, email_normalized, display_name, role, status from platform_users where source = 'env' order by platform_user_id for update`;
const takenAddresses = sql`select email_normalized from platform_users where email_normalized = any ($1)`;
// Processes that start at once do this one after the other.
const lockEnvironment = sql`select pg_advisory_xact_lock(hashtext('tenantry.ops_admins'))`;

type Queries = Pick<Tx, 'query'>;

/** Who belongs to the staff, for those who decide it. */
export const staffAccountRows = {
  list(
    tx: Queries,
    filters: { readonly status?: string; readonly role?: string },
    after: string | null,
    take: number,
  ): Promise<StaffAccountRow[]> {
    return tx.query<StaffAccountRow>(list, [after, filters.status ?? null, filters.role ?? null, take]);
  },
  async find(tx: Queries, platform_user_id: string): Promise<StaffAccountRow | null> {
    return (await tx.query<StaffAccountRow>(find, [platform_user_id]))[0] ?? null;
  },
  async lock(tx: Tx, platform_user_id: string): Promise<StaffAccountRow | null> {
    await tx.query(lock, [platform_user_id]);
    return this.find(tx, platform_user_id);
  },
  /** @throws a violation of `platform_users_email_normalized_key`: email_taken */
  async insert(
    tx: Queries,
    row: {
      readonly platform_user_id: string;
      readonly email_normalized: string;
      readonly display_name: string;
      readonly role: StaffRole;
      readonly source: StaffSource;
    },
  ): Promise<void> {
    await tx.query(insert, [row.platform_user_id, row.email_normalized, row.display_name, row.role, row.source]);
  },
  async update(tx: Queries, platform_user_id: string, to: Pick<StaffAccountRow, 'display_name' | 'role' | 'status'>): Promise<void> {
    await tx.query(update, [platform_user_id, to.display_name, to.role, to.status]);
  },
  /** Ids of the active superusers, held until the end of the transaction. */
  async superusers(tx: Tx): Promise<string[]> {
    return (await tx.query<{ platform_user_id: string }>(lockSuperusers)).map((row) => row.platform_user_id);
  },
  /** Those that OPS_ADMINS has made, held until the end of the transaction; one process at a time. */
  async ofEnvironment(tx: Tx): Promise<EnvironmentRow[]> {
    await tx.query(lockEnvironment);
    return tx.query(ofEnvironment);
  },
  async taken(tx: Queries, addresses: readonly string[]): Promise<Set<string>> {
    const rows = await tx.query<{ email_normalized: string }>(takenAddresses, [addresses]);
    return new Set(rows.map((row) => row.email_normalized));
  },
};
