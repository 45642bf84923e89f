import { sql, type Param, type Tx } from '#platform/db/index.js';
import type { TenantStatus } from './tenant-state.js';

export interface TenantRow {
  readonly tenant_id: string;
  readonly slug: string;
  readonly name: string;
  readonly status: TenantStatus;
  readonly status_reason: string | null;
  readonly access: string;
  readonly read_only: boolean;
  readonly template_code: string | null;
  readonly role_pack: string | null;
  readonly locale: string;
  readonly time_zone: string;
  readonly currency: string;
  readonly branding: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly last_error: Readonly<Record<string, unknown>> | null;
  readonly created_at: Date;
  readonly row_version: string;
}

const getTenant = sql.named('tenants.get')`
  select t.tenant_id, s.slug, t.name, t.status, t.status_reason, s.access, t.read_only, t.template_code, t.role_pack, t.locale, t.time_zone, t.currency,
         t.branding, t.settings, t.last_error, t.created_at, t.row_version
    from tenants t join tenant_state s on s.tenant_id = t.tenant_id
   where t.tenant_id = $1`;
const lockTenant = sql`select status from tenants where tenant_id = $1 for no key update`;
const insertTenant = sql`
  insert into tenants (tenant_id, name, status, template_code, role_pack, locale, time_zone, currency)
  values ($1, $2, 'provisioning', $3, $4, $5, $6, $7) on conflict (tenant_id) do nothing`;
const insertState = sql`insert into tenant_state (tenant_id, slug, access) values ($1, $2, 'not_ready')`;
const insertHost = sql`
  insert into tenant_hosts (host, tenant_id, kind, is_primary, verified_at) values ($1, $2, 'subdomain', true, now()) on conflict (host) do nothing`;
const setStatus = sql`
  update tenants set status = $2, status_reason = $3, status_changed_at = now(), last_error = $4 where tenant_id = $1`;
const updateTenant = sql`
  update tenants set name = coalesce($2, name), locale = coalesce($3, locale), time_zone = coalesce($4, time_zone), currency = coalesce($5, currency), branding = coalesce($6, branding)
   where tenant_id = $1`;
const insertModules = sql`
  insert into tenant_modules (tenant_id, module_code, enabled, changed_by)
  select $1, code, true, $3 from unnest($2::text[]) as code on conflict do nothing`;
const insertFeatures = sql`
  insert into tenant_features (tenant_id, feature_code, enabled, changed_by)
  select $1, code, true, $3 from unnest($2::text[]) as code on conflict do nothing`;
const deleteModules = sql`delete from tenant_modules where tenant_id = $1`;
const deleteFeatures = sql`delete from tenant_features where tenant_id = $1`;
const listTenants = sql`
  select t.tenant_id, s.slug, t.name, t.status, t.status_reason, s.access, t.read_only, t.template_code, t.role_pack, t.locale, t.time_zone, t.currency,
         t.branding, t.settings, t.last_error, t.created_at, t.row_version,
         (select count(*)::int from memberships m where m.tenant_id = t.tenant_id and m.status <> 'removed') as member_count, e.plan_code
    from tenants t
    join tenant_state s on s.tenant_id = t.tenant_id
    left join entitlements e on e.tenant_id = t.tenant_id
   where ($1::uuid is null or t.tenant_id < $1)
     and ($2::text is null or t.status = $2)
     and ($3::text is null or t.name ilike $3 or s.slug ilike $3)
   order by t.tenant_id desc
   limit $4`;
const forConsole = sql`
  select t.tenant_id, s.slug, t.name, t.status, t.status_reason, s.access, t.read_only, t.template_code, t.role_pack, t.locale, t.time_zone, t.currency,
         t.branding, t.settings, t.last_error, t.created_at, t.row_version,
         (select count(*)::int from memberships m where m.tenant_id = t.tenant_id and m.status <> 'removed') as member_count, e.plan_code
    from tenants t
    join tenant_state s on s.tenant_id = t.tenant_id
    left join entitlements e on e.tenant_id = t.tenant_id
   where t.tenant_id = $1`;
const byHint = sql`select tenant_id, slug from tenant_state where slug = $1 or tenant_id = $2`;
const byHost = sql`select tenant_id from tenant_hosts where host = $1 and verified_at is not null and released_at is null`;
const enabledCodes = sql`select module_code from tenant_modules where tenant_id = $1 and enabled order by module_code`;

export type TenantListRow = TenantRow & { readonly member_count: number; readonly plan_code: string | null };
type Queries = Pick<Tx, 'query'>;

/** The only SQL of this module's tables. */
export const tenantRows = {
  async find(tx: Queries, tenant_id: string): Promise<TenantRow | null> {
    return (await tx.query<TenantRow>(getTenant, [tenant_id]))[0] ?? null;
  },
  async lock(tx: Tx, tenant_id: string): Promise<TenantStatus | null> {
    return (await tx.query<{ status: TenantStatus }>(lockTenant, [tenant_id]))[0]?.status ?? null;
  },
  async insert(
    tx: Tx,
    row: {
      tenant_id: string;
      name: string;
      slug: string;
      template_code: string;
      role_pack: string;
      locale: string;
      time_zone: string;
      currency: string;
      host: string;
    },
  ): Promise<void> {
    await tx.query(insertTenant, [row.tenant_id, row.name, row.template_code, row.role_pack, row.locale, row.time_zone, row.currency]);
    await tx.query(insertState, [row.tenant_id, row.slug]);
    await tx.query(insertHost, [row.host, row.tenant_id]);
  },
  async setStatus(tx: Tx, tenant_id: string, status: TenantStatus, reason: string | null, last_error: Param): Promise<void> {
    await tx.query(setStatus, [tenant_id, status, reason, last_error]);
  },
  async update(
    tx: Tx,
    tenant_id: string,
    patch: { name?: string; locale?: string; time_zone?: string; currency?: string; branding?: Record<string, unknown> },
  ): Promise<void> {
    await tx.query(updateTenant, [
      tenant_id,
      patch.name ?? null,
      patch.locale ?? null,
      patch.time_zone ?? null,
      patch.currency ?? null,
      patch.branding ?? null,
    ]);
  },
  async enable(tx: Tx, tenant_id: string, modules: readonly string[], features: readonly string[], by: string): Promise<void> {
    await tx.query(insertModules, [tenant_id, [...modules], by]);
    await tx.query(insertFeatures, [tenant_id, [...features], by]);
  },
  async disableAll(tx: Tx, tenant_id: string): Promise<void> {
    await tx.query(deleteModules, [tenant_id]);
    await tx.query(deleteFeatures, [tenant_id]);
  },
  list(tx: Queries, filters: { status?: string; q?: string }, after: string | null, take: number): Promise<TenantListRow[]> {
    const q = filters.q ? `%${filters.q.replace(/[\\%_]/g, '\\$&')}%` : null;
    return tx.query<TenantListRow>(listTenants, [after, filters.status ?? null, q, take]);
  },
  async forConsole(tx: Queries, tenant_id: string): Promise<TenantListRow | null> {
    return (await tx.query<TenantListRow>(forConsole, [tenant_id]))[0] ?? null;
  },
  async byHint(tx: Queries, slug: string | null, tenant_id: string | null): Promise<string | null> {
    return (await tx.query<{ tenant_id: string }>(byHint, [slug, tenant_id]))[0]?.tenant_id ?? null;
  },
  async byHost(tx: Queries, host: string): Promise<string | null> {
    return (await tx.query<{ tenant_id: string }>(byHost, [host]))[0]?.tenant_id ?? null;
  },
  async modulesOn(tx: Queries, tenant_id: string): Promise<string[]> {
    return (await tx.query<{ module_code: string }>(enabledCodes, [tenant_id])).map((row) => row.module_code);
  },
};
