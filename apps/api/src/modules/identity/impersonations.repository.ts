import { sql, type Tx } from '#platform/db/index.js';

export interface ImpersonationRow {
  readonly impersonation_id: string;
  readonly platform_user_id: string;
  readonly tenant_id: string;
  readonly user_id: string;
  readonly reason: string;
  readonly mode: 'read_only' | 'write';
  readonly expires_at: Date;
  readonly ended_at: Date | null;
}
/** Whom staff want to see the tenant as. */
export interface ImpersonatedRow {
  readonly slug: string;
  readonly name: string;
  readonly access: string;
  readonly email: string;
  readonly display_name: string;
  readonly may_write: boolean;
}

const insert = sql`
  insert into impersonations (impersonation_id, platform_user_id, tenant_id, user_id, reason, mode, expires_at) values ($1, $2, $3, $4, $5, $6, $7)`;
const find = sql`
  select impersonation_id, platform_user_id, tenant_id, user_id, reason, mode, expires_at, ended_at from impersonations where impersonation_id = $1`;
const end = sql`update impersonations set ended_at = $2 where impersonation_id = $1 and ended_at is null returning impersonation_id`;
const endSessions = sql`
  update sessions set revoked_at = $2, revoked_reason = $3 where impersonation_id = $1 and revoked_at is null returning session_id`;
const person = sql`
  select s.slug, t.name, s.access, m.email, m.display_name, coalesce(t.settings -> 'tenants' ->> 'allow_support_write', 'false') = 'true' as may_write
    from memberships m
    join tenants t on t.tenant_id = m.tenant_id and t.status not in ('purging', 'deleted')
    join tenant_state s on s.tenant_id = m.tenant_id
    join users u on u.user_id = m.user_id and u.status = 'active'
   where m.tenant_id = $1 and m.user_id = $2 and m.status = 'active'`;
/** In the sense of the last-administrator rule. */
const administrators = sql`
  select m.email, m.display_name
    from memberships m
   where m.tenant_id = $1 and m.status = 'active' and exists (
     select from role_assignments a
       join roles r on r.tenant_id = a.tenant_id and r.role_id = a.role_id
       left join role_library l on l.library_role = r.library_role
      where a.tenant_id = m.tenant_id and a.user_id = m.user_id and a.all_stores and a.expires_at is null
        and coalesce(l.permissions, r.permissions) @> array['users:admin'])
   order by m.email_normalized
   limit 50`;

type Queries = Pick<Tx, 'query'>;

/** Support access: who of the staff acted as whom, and why. */
export const impersonationRows = {
  async insert(tx: Queries, row: Omit<ImpersonationRow, 'ended_at'>): Promise<void> {
    await tx.query(insert, [row.impersonation_id, row.platform_user_id, row.tenant_id, row.user_id, row.reason, row.mode, row.expires_at]);
  },
  async find(tx: Queries, impersonation_id: string): Promise<ImpersonationRow | null> {
    return (await tx.query<ImpersonationRow>(find, [impersonation_id]))[0] ?? null;
  },
  /** False when it had ended already. Its sessions end with it. */
  async end(tx: Queries, impersonation_id: string, at: Date, reason: 'logout' | 'ops'): Promise<boolean> {
    await tx.query(endSessions, [impersonation_id, at, reason]);
    return (await tx.query(end, [impersonation_id, at])).length > 0;
  },
  /** An active member of a tenant; null: no such person there. */
  async person(tx: Queries, tenant_id: string, user_id: string): Promise<ImpersonatedRow | null> {
    return (await tx.query<ImpersonatedRow>(person, [tenant_id, user_id]))[0] ?? null;
  },
  administrators(tx: Queries, tenant_id: string): Promise<{ readonly email: string; readonly display_name: string }[]> {
    return tx.query(administrators, [tenant_id]);
  },
};
