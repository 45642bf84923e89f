import { newId } from '#platform/crypto/index.js';
import { sql, type Tx } from '#platform/db/index.js';
import type { PackRole } from '#contracts/roles.js';

export interface RoleRow {
  readonly role_id: string;
  readonly code: string;
  readonly name: string;
  readonly description: string;
  readonly is_system: boolean;
  readonly library_role: string | null;
  /** What it gives now: of the library for a system role, its own list otherwise. */
  readonly permissions: readonly string[];
  readonly member_count: number;
  readonly row_version: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const LIST = sql`
  select r.role_id, r.code, r.name, r.description, r.is_system, r.library_role, coalesce(l.permissions, r.permissions) as permissions, r.row_version, r.created_at, r.updated_at,
         (select count(*)::int from role_assignments a where a.tenant_id = r.tenant_id and a.role_id = r.role_id) as member_count
    from roles r left join role_library l on l.library_role = r.library_role
   where r.tenant_id = $1
     and ($2::text is null or r.code like $2 or lower(r.name) like $2)
     and ($3::text is null or r.code > $3)
   order by r.code
   limit $4`;
const FIND = sql`
  select r.role_id, r.code, r.name, r.description, r.is_system, r.library_role, coalesce(l.permissions, r.permissions) as permissions, r.row_version, r.created_at, r.updated_at,
         (select count(*)::int from role_assignments a where a.tenant_id = r.tenant_id and a.role_id = r.role_id) as member_count
    from roles r left join role_library l on l.library_role = r.library_role
   where r.tenant_id = $1 and (r.role_id = $2 or r.code = any ($3::text[]))
   order by array_position($3::text[], r.code) nulls first
   limit 1`;
const FIND_TOP = sql`select role_id from roles where tenant_id = $1 and library_role = 'owner' order by role_id limit 1`;
const LOCK = sql`select role_id from roles where tenant_id = $1 and role_id = $2 for update`;
const INSERT = sql`insert into roles (tenant_id, role_id, code, name, description, permissions) values ($1, $2, $3, $4, $5, $6)`;
const UPDATE = sql`update roles set code = $3, name = $4, description = $5, permissions = $6 where tenant_id = $1 and role_id = $2`;
const DELETE = sql`delete from roles where tenant_id = $1 and role_id = $2`;
const USES = sql`
  select (select count(*)::int from role_assignments a where a.tenant_id = $1 and a.role_id = $2) as members,
         (select count(*)::int from invitations i where i.tenant_id = $1 and i.role_id = $2 and i.status = 'pending') as invitations`;
const INSERT_PACK = sql`
  insert into roles (tenant_id, role_id, code, name, is_system, library_role)
  select $1, x.role_id, x.code, x.name, true, x.library from unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) as x (role_id, code, name, library)
  on conflict (tenant_id, code) do nothing`;
const DELETE_PACK = sql`delete from roles where tenant_id = $1 and is_system`;
const HAS_ADMIN = sql`
  select exists (
    select from role_assignments a
      join memberships m on m.tenant_id = a.tenant_id and m.user_id = a.user_id and m.status = 'active'
      join authz_state s on s.tenant_id = a.tenant_id and s.principal_id = a.user_id and s.user_active
      join roles r on r.tenant_id = a.tenant_id and r.role_id = a.role_id
      left join role_library l on l.library_role = r.library_role
     where a.tenant_id = $1 and a.all_stores and a.expires_at is null and 'users:admin' = any (coalesce(l.permissions, r.permissions))) as has_admin`;

/** For the nightly recount. */
export const COUNT_CUSTOM_ROLES = sql`select count(*)::int from roles where tenant_id = $1 and not is_system`;

export interface RoleValues {
  readonly code: string;
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly string[];
}

/** The only SQL of roles. Every statement names the tenant: some run on the platform pool. */
export const roleRows = {
  list(tx: Tx, pattern: string | null, after: string | null, take: number): Promise<RoleRow[]> {
    return tx.query<RoleRow>(LIST, [tx.tenant_id, pattern, after, take]);
  },
  /** By id, or by the first of several codes that exists. */
  async find(tx: Tx, by: { role_id: string } | { codes: readonly string[] }): Promise<RoleRow | null> {
    const [role_id, codes] = 'role_id' in by ? [by.role_id, []] : [null, [...by.codes]];
    return (await tx.query<RoleRow>(FIND, [tx.tenant_id, role_id, codes]))[0] ?? null;
  },
  async findTop(tx: Tx): Promise<string | null> {
    return (await tx.query<{ role_id: string }>(FIND_TOP, [tx.tenant_id]))[0]?.role_id ?? null;
  },
  async lock(tx: Tx, role_id: string): Promise<boolean> {
    return (await tx.query(LOCK, [tx.tenant_id, role_id])).length > 0;
  },
  async insert(tx: Tx, role_id: string, { code, name, description, permissions }: RoleValues): Promise<void> {
    await tx.query(INSERT, [tx.tenant_id, role_id, code, name, description, [...permissions]]);
  },
  async update(tx: Tx, role_id: string, { code, name, description, permissions }: RoleValues): Promise<void> {
    await tx.query(UPDATE, [tx.tenant_id, role_id, code, name, description, [...permissions]]);
  },
  async remove(tx: Tx, role_id: string): Promise<void> {
    await tx.query(DELETE, [tx.tenant_id, role_id]);
  },
  async uses(tx: Tx, role_id: string): Promise<{ members: number; invitations: number }> {
    const [row] = await tx.query<{ members: number; invitations: number }>(USES, [tx.tenant_id, role_id]);
    return row ?? { members: 0, invitations: 0 };
  },
  async insertPack(tx: Tx, pack: readonly PackRole[]): Promise<void> {
    const column = <T>(pick: (role: PackRole) => T): T[] => pack.map(pick);
    await tx.query(INSERT_PACK, [
      tx.tenant_id,
      column(() => newId()),
      column((role) => role.code),
      column((role) => role.name),
      column((role) => role.library),
    ]);
  },
  async removePack(tx: Tx): Promise<void> {
    await tx.query(DELETE_PACK, [tx.tenant_id]);
  },
  /** Is there an administrator: active, of an active user, over all stores, without an end, with `users:admin`? */
  async hasAdmin(tx: Tx): Promise<boolean> {
    return (await tx.query<{ has_admin: boolean }>(HAS_ADMIN, [tx.tenant_id]))[0]?.has_admin ?? false;
  },
};
