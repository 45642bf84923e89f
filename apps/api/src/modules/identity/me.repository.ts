import { sql, type TenantDb, type TenantScope } from '#platform/db/index.js';

/** What `/me` shows of the tenant, beside what the authorization statement has read already. */
export interface MyTenantRow {
  readonly slug: string;
  readonly access: string;
  readonly name: string;
  readonly status: string;
  readonly branding: Readonly<Record<string, unknown>>;
  readonly time_zone: string;
  readonly locale: string;
  readonly currency: string;
  readonly read_only: boolean;
  readonly trial_ends_at: Date | null;
  readonly grace_until: Date | null;
}

const myTenant = sql.named('identity.my_tenant')`
  select s.slug, s.access, t.name, t.status, t.branding, t.time_zone, t.locale, t.currency, t.read_only, e.trial_ends_at, e.grace_until
    from tenants t
    join tenant_state s on s.tenant_id = t.tenant_id
    left join entitlements e on e.tenant_id = t.tenant_id
   where t.tenant_id = $1`;

export const meRows = {
  async tenant(db: TenantDb, scope: TenantScope): Promise<MyTenantRow | null> {
    return (await db.query<MyTenantRow>(scope, myTenant, [scope.tenant_id]))[0] ?? null;
  },
};
