import { sql, type Tx } from '#platform/db/index.js';
import type { SortKey } from '#platform/http/index.js';
import type { AssignmentRow } from './grants.js';

export type MemberStatus = 'active' | 'suspended' | 'removed';
export interface MemberRow {
  readonly user_id: string;
  readonly email: string;
  readonly email_normalized: string;
  readonly display_name: string;
  readonly status: MemberStatus;
  readonly joined_at: Date;
  readonly last_seen_at: Date | null;
}
export type MemberAssignment = AssignmentRow & { readonly user_id: string };

const LIST = sql`
  select m.user_id, m.email, m.email_normalized, m.display_name, m.status, m.joined_at, p.last_seen_at
    from memberships m
    left join principal_activity p on p.tenant_id = m.tenant_id and p.principal_id = m.user_id
   where m.tenant_id = $1
     and ($2::text is null or m.email_normalized like $2 or lower(m.display_name) like $2)
     and (case when $3::text is null then m.status <> 'removed' else m.status = $3 end)
     and ($4::text is null or exists (
           select from role_assignments a join roles r on r.tenant_id = a.tenant_id and r.role_id = a.role_id
            where a.tenant_id = m.tenant_id and a.user_id = m.user_id and (r.code = $4 or r.role_id::text = $4)))
     and ($5::uuid is null or exists (
           select from role_assignments a
            where a.tenant_id = m.tenant_id and a.user_id = m.user_id and (a.expires_at is null or a.expires_at > $6)
              and (a.all_stores or exists (
                    select from assignment_stores s where s.tenant_id = a.tenant_id and s.role_assignment_id = a.role_assignment_id and s.store_id = $5))))
     and ($7::text is null or (m.email_normalized, m.user_id) > ($7, $8::uuid))
   order by m.email_normalized, m.user_id
   limit $9`;
const FIND = sql`
  select m.user_id, m.email, m.email_normalized, m.display_name, m.status, m.joined_at, p.last_seen_at
    from memberships m left join principal_activity p on p.tenant_id = m.tenant_id and p.principal_id = m.user_id
   where m.tenant_id = $1 and m.user_id = $2`;
/** Active here, and of a person whose account is active. */
const IS_ACTIVE = sql`
  select m.status = 'active' and coalesce(s.user_active, false) as active
    from memberships m left join authz_state s on s.tenant_id = m.tenant_id and s.principal_id = m.user_id
   where m.tenant_id = $1 and m.user_id = $2`;
const FIND_BY_EMAIL = sql`select user_id, status from memberships where tenant_id = $1 and email_normalized = $2 and status <> 'removed' limit 1`;
/** Everybody who changes a member waits here; a new assignment of the member waits too, because its foreign key shares the row. */
const LOCK = sql`select status from memberships where tenant_id = $1 and user_id = $2 for update`;
const ASSIGNMENTS = sql.named('rbac.assignments')`
  select a.user_id, a.role_assignment_id, a.role_id, r.code, r.name, coalesce(l.permissions, r.permissions) as permissions, a.all_stores, a.expires_at,
         array(select s.store_id from assignment_stores s
                where s.tenant_id = a.tenant_id and s.role_assignment_id = a.role_assignment_id and not a.all_stores order by s.store_id) as stores
    from role_assignments a
    join roles r on r.tenant_id = a.tenant_id and r.role_id = a.role_id
    left join role_library l on l.library_role = r.library_role
   where a.tenant_id = $1 and a.user_id = any ($2::uuid[])
   order by r.code`;
const HOLDERS = sql`
  select m.email, m.display_name from memberships m
   where m.tenant_id = $1 and m.status = 'active' and exists (
     select from role_assignments a
       join roles r on r.tenant_id = a.tenant_id and r.role_id = a.role_id
       left join role_library l on l.library_role = r.library_role
      where a.tenant_id = m.tenant_id and a.user_id = m.user_id and a.all_stores and (a.expires_at is null or a.expires_at > now())
        and $2 = any (coalesce(l.permissions, r.permissions)))
   order by m.email_normalized limit 50`;
const INSERT = sql`
  insert into memberships (tenant_id, user_id, email, email_normalized, display_name, invited_by, joined_at) values ($1, $2, $3, $4, $5, $6, $7)`;
const REVIVE = sql`
  update memberships set status = 'active', joined_at = $3, invited_by = $4, suspended_at = null, removed_at = null where tenant_id = $1 and user_id = $2`;
const SET_STATUS = sql`
  update memberships
     set status = $3::text,
         suspended_at = case when $3::text = 'suspended' then $4::timestamptz end,
         removed_at = case when $3::text = 'removed' then $4::timestamptz end
   where tenant_id = $1 and user_id = $2`;
const INSERT_ASSIGNMENT = sql`
  insert into role_assignments (tenant_id, role_assignment_id, user_id, role_id, all_stores, expires_at, granted_by) values ($1, $2, $3, $4, $5, $6, $7)`;
const UPDATE_ASSIGNMENT = sql`
  update role_assignments set all_stores = $3, expires_at = $4, granted_by = $5 where tenant_id = $1 and role_assignment_id = $2`;
const DELETE_ASSIGNMENTS = sql`delete from role_assignments where tenant_id = $1 and role_assignment_id = any ($2::uuid[])`;
const DELETE_ALL_ASSIGNMENTS = sql`delete from role_assignments where tenant_id = $1`;
const DELETE_ALL_MEMBERS = sql`delete from memberships where tenant_id = $1 returning status`;
const DELETE_STORES = sql`
  delete from assignment_stores where tenant_id = $1 and role_assignment_id = $2 and store_id <> all ($3::uuid[])`;
const INSERT_STORES = sql`
  insert into assignment_stores (tenant_id, role_assignment_id, user_id, store_id)
  select $1, $2, $3, store_id from unnest($4::uuid[]) as store_id
  on conflict (tenant_id, role_assignment_id, store_id) do nothing`;

/** Seats taken: active or suspended (tenancy §10.3). For the nightly recount. */
export const COUNT_SEATS = sql`select count(*)::int from memberships where tenant_id = $1 and status <> 'removed'`;

export interface MemberFilters {
  readonly q: string | null;
  readonly role: string | null;
  readonly status: string | null;
  readonly store_id: string | null;
  readonly now: Date;
}
export interface AssignmentValues {
  readonly role_assignment_id: string;
  readonly user_id: string;
  readonly role_id: string;
  readonly all_stores: boolean;
  readonly stores: readonly string[];
  readonly expires_at: Date | null;
  readonly granted_by: string | null;
}

/** The only SQL of memberships and assignments. Every statement names the tenant: some run on the platform pool. */
export const memberRows = {
  list(tx: Tx, { q, role, status, store_id, now }: MemberFilters, after: SortKey | null, take: number): Promise<MemberRow[]> {
    return tx.query<MemberRow>(LIST, [tx.tenant_id, q, status, role, store_id, now, after?.[0] ?? null, after?.[1] ?? null, take]);
  },
  async find(tx: Tx, user_id: string): Promise<MemberRow | null> {
    return (await tx.query<MemberRow>(FIND, [tx.tenant_id, user_id]))[0] ?? null;
  },
  holders: (tx: Tx, permission: string): Promise<{ email: string; display_name: string }[]> =>
    tx.query(HOLDERS, [tx.tenant_id, permission]),
  async isActive(tx: Tx, user_id: string): Promise<boolean> {
    return (await tx.query<{ active: boolean }>(IS_ACTIVE, [tx.tenant_id, user_id]))[0]?.active ?? false;
  },
  async findByEmail(tx: Tx, email_normalized: string): Promise<{ user_id: string; status: MemberStatus } | null> {
    return (await tx.query<{ user_id: string; status: MemberStatus }>(FIND_BY_EMAIL, [tx.tenant_id, email_normalized]))[0] ?? null;
  },
  /** @returns seats that are free again */
  async removeAll(tx: Tx): Promise<number> {
    await tx.query(DELETE_ALL_ASSIGNMENTS, [tx.tenant_id]);
    const gone = await tx.query<{ status: MemberStatus }>(DELETE_ALL_MEMBERS, [tx.tenant_id]);
    return gone.filter(({ status }) => status !== 'removed').length;
  },
  async lock(tx: Tx, user_id: string): Promise<MemberStatus | null> {
    return (await tx.query<{ status: MemberStatus }>(LOCK, [tx.tenant_id, user_id]))[0]?.status ?? null;
  },
  assignments(tx: Tx, user_ids: readonly string[]): Promise<MemberAssignment[]> {
    return tx.query<MemberAssignment>(ASSIGNMENTS, [tx.tenant_id, [...user_ids]]);
  },
  async insert(
    tx: Tx,
    row: { user_id: string; email: string; email_normalized: string; display_name: string; invited_by: string | null; joined_at: Date },
  ): Promise<void> {
    await tx.query(INSERT, [tx.tenant_id, row.user_id, row.email, row.email_normalized, row.display_name, row.invited_by, row.joined_at]);
  },
  async revive(tx: Tx, user_id: string, joined_at: Date, invited_by: string | null): Promise<void> {
    await tx.query(REVIVE, [tx.tenant_id, user_id, joined_at, invited_by]);
  },
  async setStatus(tx: Tx, user_id: string, status: MemberStatus, at: Date): Promise<void> {
    await tx.query(SET_STATUS, [tx.tenant_id, user_id, status, at]);
  },
  async insertAssignment(tx: Tx, values: AssignmentValues): Promise<void> {
    const { role_assignment_id, user_id, role_id, all_stores, expires_at, granted_by } = values;
    await tx.query(INSERT_ASSIGNMENT, [tx.tenant_id, role_assignment_id, user_id, role_id, all_stores, expires_at, granted_by]);
    await memberRows.setStores(tx, values);
  },
  async updateAssignment(tx: Tx, values: AssignmentValues): Promise<void> {
    const { role_assignment_id, all_stores, expires_at, granted_by } = values;
    await tx.query(UPDATE_ASSIGNMENT, [tx.tenant_id, role_assignment_id, all_stores, expires_at, granted_by]);
    await memberRows.setStores(tx, values);
  },
  /** Their stores go with them, by foreign key. */
  async removeAssignments(tx: Tx, ids: readonly string[]): Promise<void> {
    if (ids.length) await tx.query(DELETE_ASSIGNMENTS, [tx.tenant_id, [...ids]]);
  },
  async setStores(tx: Tx, { role_assignment_id, user_id, all_stores, stores }: AssignmentValues): Promise<void> {
    const wanted = all_stores ? [] : [...stores];
    await tx.query(DELETE_STORES, [tx.tenant_id, role_assignment_id, wanted]);
    if (wanted.length) await tx.query(INSERT_STORES, [tx.tenant_id, role_assignment_id, user_id, wanted]);
  },
};
