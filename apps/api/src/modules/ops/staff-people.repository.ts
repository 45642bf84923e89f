import { sql, type Tx } from '#platform/db/index.js';

/** An active tenant that would have no administrator without this person. */
export interface OrphanRow {
  readonly tenant_id: string;
  readonly slug: string;
  readonly name: string;
}

/** Where a person administers, in one order, held against every other change of administrators. */
const hold = sql`
  select hold_tenant_rights(k.tenant_id)
    from (select z.tenant_id from authz_state z where z.principal_id = $1 and z.principal_kind = 'user' order by z.tenant_id) k`;
const orphans = sql`
  select t.tenant_id, s.slug, t.name
    from authz_state z
    join memberships m on m.tenant_id = z.tenant_id and m.user_id = z.principal_id and m.status = 'active'
    join tenants t on t.tenant_id = z.tenant_id and t.status = 'active'
    join tenant_state s on s.tenant_id = z.tenant_id
   where z.principal_id = $1 and z.principal_kind = 'user' and z.user_active
     and exists (
       select from role_assignments a join roles r on r.tenant_id = a.tenant_id and r.role_id = a.role_id
        where a.tenant_id = z.tenant_id and a.user_id = $1 and a.all_stores and a.expires_at is null and gives_administration(r.library_role, r.permissions))
     and not exists (
       select from role_assignments a
         join roles r on r.tenant_id = a.tenant_id and r.role_id = a.role_id
         join memberships o on o.tenant_id = a.tenant_id and o.user_id = a.user_id and o.status = 'active'
         join authz_state x on x.tenant_id = a.tenant_id and x.principal_id = a.user_id and x.user_active
        where a.tenant_id = z.tenant_id and a.user_id <> $1 and a.all_stores and a.expires_at is null and gives_administration(r.library_role, r.permissions))
   order by t.tenant_id`;

/** Read models over all tenants, for what staff do with an account. */
export const peopleRows = {
  async hold(tx: Tx, user_id: string): Promise<void> {
    await tx.query(hold, [user_id]);
  },
  orphans(tx: Pick<Tx, 'query'>, user_id: string): Promise<OrphanRow[]> {
    return tx.query<OrphanRow>(orphans, [user_id]);
  },
};
