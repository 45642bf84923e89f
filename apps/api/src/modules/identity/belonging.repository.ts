import { sql, type Tx } from '#platform/db/index.js';
import type { IdentitySettings } from './identity-settings.js';
import type { Belonging } from './tenant-choice.js';

/**
 * Read models of sign-in: where a person belongs, over all tenants, before any tenant is agreed. `authz_state` leads, because it alone has
 * an index by person; every membership has its row there.
 */
const belongingsOf = sql.named('identity.belongings')`
  select m.tenant_id, s.slug, t.name, t.status, s.access, m.status as membership, t.mfa_required, t.settings -> 'identity' as settings,
         (select coalesce(json_agg(json_build_object('role_id', r.role_id, 'code', r.code, 'name', r.name) order by r.code), '[]')
            from role_assignments a join roles r on r.tenant_id = a.tenant_id and r.role_id = a.role_id
           where a.tenant_id = m.tenant_id and a.user_id = m.user_id and (a.expires_at is null or a.expires_at > $2)) as roles,
         exists (
           select from role_assignments a
             join roles r on r.tenant_id = a.tenant_id and r.role_id = a.role_id
             left join role_library l on l.library_role = r.library_role
            where a.tenant_id = m.tenant_id and a.user_id = m.user_id and a.all_stores and (a.expires_at is null or a.expires_at > $2)
              and 'tenants:admin' = any (coalesce(l.permissions, r.permissions))) as is_owner
    from authz_state z
    join memberships m on m.tenant_id = z.tenant_id and m.user_id = z.principal_id and m.status <> 'removed'
    join tenants t on t.tenant_id = m.tenant_id and t.status not in ('purging', 'deleted')
    join tenant_state s on s.tenant_id = m.tenant_id
   where z.principal_id = $1 and z.principal_kind = 'user'
   order by m.joined_at, m.tenant_id`;
const stepOf = sql`
  select step_key from provisioning_jobs where tenant_id = $1 and kind = 'tenant_create' order by provisioning_job_id desc limit 1`;
// The copies that a tenant may see of a person (tenancy §2.3). A name is no right: the triggers bump nothing.
const renameCopies = sql`
  update memberships m set display_name = $2
    from authz_state z
   where z.principal_id = $1 and m.tenant_id = z.tenant_id and m.user_id = z.principal_id and m.display_name is distinct from $2`;

const readdressCopies = sql`
  update memberships m set email = $2, email_normalized = $3
    from authz_state z
   where z.principal_id = $1 and m.tenant_id = z.tenant_id and m.user_id = z.principal_id`;
const settingsOf = sql`select settings -> 'identity' as settings from tenants where tenant_id = $1`;

type Queries = Pick<Tx, 'query'>;

export const belongingRows = {
  /** Tenants of a person, in the order in which they joined. */
  list(tx: Queries, user_id: string, now: Date): Promise<Belonging[]> {
    return tx.query<Belonging>(belongingsOf, [user_id, now]);
  },
  /** The step at which the making of a tenant stands; null before the first. */
  async provisioningStep(tx: Queries, tenant_id: string): Promise<string | null> {
    return (await tx.query<{ step_key: string | null }>(stepOf, [tenant_id]))[0]?.step_key ?? null;
  },
  async readdress(tx: Queries, user_id: string, to: { readonly email: string; readonly email_normalized: string }): Promise<void> {
    await tx.query(readdressCopies, [user_id, to.email, to.email_normalized]);
  },
  /** `settings.identity` of a tenant, null when it has none. */
  async settings(tx: Queries, tenant_id: string): Promise<IdentitySettings | null> {
    return (await tx.query<{ settings: IdentitySettings | null }>(settingsOf, [tenant_id]))[0]?.settings ?? null;
  },
  async rename(tx: Queries, user_id: string, display_name: string): Promise<void> {
    await tx.query(renameCopies, [user_id, display_name]);
  },
};
