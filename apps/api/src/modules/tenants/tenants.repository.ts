import type { TenantFace } from '#platform/auth/index.js';
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
  readonly mfa_required: boolean;
  readonly template_code: string | null;
  readonly role_pack: string | null;
  readonly locale: string;
  readonly time_zone: string;
  readonly currency: string;
  readonly branding: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly last_error: Readonly<Record<string, unknown>> | null;
  /** Of an archived tenant: from then on it is purged. */
  readonly delete_after: Date | null;
  readonly created_at: Date;
  readonly row_version: string;
}
/** What a change of state is judged by; read under the tenant's lock. */
export interface LockedTenant {
  readonly status: TenantStatus;
  readonly name: string;
  readonly slug: string;
  readonly read_only: boolean;
  readonly delete_after: Date | null;
  readonly legal_hold: boolean;
}

const getTenant = sql.named('tenants.get')`
  select t.tenant_id, s.slug, t.name, t.status, t.status_reason, s.access, t.read_only, t.mfa_required, t.template_code, t.role_pack, t.locale, t.time_zone, t.currency,
         t.branding, t.settings, t.last_error, t.delete_after, t.created_at, t.row_version
    from tenants t join tenant_state s on s.tenant_id = t.tenant_id
   where t.tenant_id = $1`;
const lockTenant = sql`
  select t.status, t.name, s.slug, t.read_only, t.delete_after, coalesce((t.settings #>> '{platform,legal_hold}')::boolean, false) as legal_hold
    from tenants t join tenant_state s on s.tenant_id = t.tenant_id
   where t.tenant_id = $1 for no key update of t`;
const insertTenant = sql`
  insert into tenants (tenant_id, name, status, template_code, role_pack, locale, time_zone, currency)
  values ($1, $2, 'provisioning', $3, $4, $5, $6, $7) on conflict (tenant_id) do nothing`;
const insertState = sql`insert into tenant_state (tenant_id, slug, access) values ($1, $2, 'not_ready')`;
const setStatus = sql`
  update tenants set status = $2, status_reason = $3, status_changed_at = now(), last_error = $4, delete_after = $5 where tenant_id = $1`;
const setReadOnly = sql`update tenants set read_only = $2 where tenant_id = $1`;
const setLegalHold = sql`
  update tenants set settings = settings || jsonb_build_object('platform', coalesce(settings -> 'platform', '{}') || jsonb_build_object('legal_hold', $2::boolean))
   where tenant_id = $1`;
const slugRests = sql`select slug from released_slugs where slug = $1 and tenant_id <> $2 and released_at > $3`;
const restSlug = sql`
  insert into released_slugs (slug, tenant_id, released_at) values ($1, $2, $3)
  on conflict (slug) do update set tenant_id = excluded.tenant_id, released_at = excluded.released_at`;
// The slug stands in every context of rights, so a new one is a new version of them.
const setSlug = sql`update tenant_state set slug = $2, version = nextval('authz_version') where tenant_id = $1`;
const eraseTenant = sql`
  update tenants
     set name = 'deleted', status = 'deleted', status_reason = null, status_changed_at = now(), last_error = null, delete_after = null, template_code = null,
         role_pack = null, branding = '{}', settings = '{}', read_only = false, mfa_required = false
   where tenant_id = $1`;
const dueForPurge = sql`
  select tenant_id from tenants
   where status = 'archived' and delete_after <= $1 and not coalesce((settings #>> '{platform,legal_hold}')::boolean, false)
   order by delete_after limit $2`;
const updateTenant = sql`
  update tenants set name = coalesce($2, name), locale = coalesce($3, locale), time_zone = coalesce($4, time_zone), currency = coalesce($5, currency), branding = coalesce($6, branding)
   where tenant_id = $1`;
const listTenants = sql`
  select t.tenant_id, s.slug, t.name, t.status, t.status_reason, s.access, t.read_only, t.mfa_required, t.template_code, t.role_pack, t.locale, t.time_zone, t.currency,
         t.branding, t.settings, t.last_error, t.delete_after, t.created_at, t.row_version,
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
  select t.tenant_id, s.slug, t.name, t.status, t.status_reason, s.access, t.read_only, t.mfa_required, t.template_code, t.role_pack, t.locale, t.time_zone, t.currency,
         t.branding, t.settings, t.last_error, t.delete_after, t.created_at, t.row_version,
         (select count(*)::int from memberships m where m.tenant_id = t.tenant_id and m.status <> 'removed') as member_count, e.plan_code
    from tenants t
    join tenant_state s on s.tenant_id = t.tenant_id
    left join entitlements e on e.tenant_id = t.tenant_id
   where t.tenant_id = $1`;
const byHint = sql`select tenant_id, slug from tenant_state where slug = $1 or tenant_id = $2`;
const byHost = sql`
  select tenant_id from tenant_hosts where host = $1 and verified_at is not null and released_at is null and (kind = 'custom' or $2)`;
const face = sql`
  select s.slug, t.name, t.branding from tenants t join tenant_state s on s.tenant_id = t.tenant_id where t.tenant_id = $1 and t.status <> 'deleted'`;
export type TenantListRow = TenantRow & { readonly member_count: number; readonly plan_code: string | null };
type Queries = Pick<Tx, 'query'>;

/** The only SQL of this module's tables. */
export const tenantRows = {
  async find(tx: Queries, tenant_id: string): Promise<TenantRow | null> {
    return (await tx.query<TenantRow>(getTenant, [tenant_id]))[0] ?? null;
  },
  async lock(tx: Tx, tenant_id: string): Promise<LockedTenant | null> {
    return (await tx.query<LockedTenant>(lockTenant, [tenant_id]))[0] ?? null;
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
    },
  ): Promise<void> {
    await tx.query(insertTenant, [row.tenant_id, row.name, row.template_code, row.role_pack, row.locale, row.time_zone, row.currency]);
    await tx.query(insertState, [row.tenant_id, row.slug]);
  },
  async setStatus(
    tx: Tx,
    tenant_id: string,
    to: { readonly status: TenantStatus; readonly reason: string | null; readonly last_error: Param; readonly delete_after: Date | null },
  ): Promise<void> {
    await tx.query(setStatus, [tenant_id, to.status, to.reason, to.last_error, to.delete_after]);
  },
  async setReadOnly(tx: Tx, tenant_id: string, read_only: boolean): Promise<void> {
    await tx.query(setReadOnly, [tenant_id, read_only]);
  },
  async setLegalHold(tx: Tx, tenant_id: string, legal_hold: boolean): Promise<void> {
    await tx.query(setLegalHold, [tenant_id, legal_hold]);
  },
  /** Was it given back by another tenant after `since`? */
  async slugRests(tx: Tx, slug: string, tenant_id: string, since: Date): Promise<boolean> {
    return (await tx.query(slugRests, [slug, tenant_id, since])).length > 0;
  },
  async restSlug(tx: Tx, slug: string, tenant_id: string, now: Date): Promise<void> {
    await tx.query(restSlug, [slug, tenant_id, now]);
  },
  async setSlug(tx: Tx, tenant_id: string, slug: string): Promise<void> {
    await tx.query(setSlug, [tenant_id, slug]);
  },
  /** What is left of a tenant: its id, and that it was. */
  async erase(tx: Tx, tenant_id: string): Promise<void> {
    await tx.query(eraseTenant, [tenant_id]);
  },
  async dueForPurge(tx: Queries, now: Date, take: number): Promise<string[]> {
    return (await tx.query<{ tenant_id: string }>(dueForPurge, [now, take])).map((row) => row.tenant_id);
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
  async byHost(tx: Queries, host: string, subdomains: boolean): Promise<string | null> {
    return (await tx.query<{ tenant_id: string }>(byHost, [host, subdomains]))[0]?.tenant_id ?? null;
  },
  async face(tx: Queries, tenant_id: string): Promise<TenantFace | null> {
    return (await tx.query<TenantFace>(face, [tenant_id]))[0] ?? null;
  },
};
