/** Small lists that several domains of a tenant show: roles, stores, the permission catalogue. */
import { queryOptions } from '@tanstack/react-query';
import { call, ok, tenantApi } from './api';
import { tenantKey } from './queries';
import type { Entitlements } from './types';

interface TenantId {
  readonly tenant_id: string;
  readonly slug: string;
}
const ALL = { query: { limit: 100 } };

export const rolesQuery = (tenant: TenantId) =>
  queryOptions({
    queryKey: tenantKey(tenant.tenant_id, 'roles', 'all'),
    queryFn: ({ signal }) => ok(tenantApi(tenant.slug).GET('/api/v1/roles', { params: ALL, signal })),
  });

export const storesQuery = (tenant: TenantId) =>
  queryOptions({
    queryKey: tenantKey(tenant.tenant_id, 'stores', 'all'),
    queryFn: ({ signal }) => ok(tenantApi(tenant.slug).GET('/api/v1/stores', { params: ALL, signal })),
  });

/** What exists and what the reader holds; held is what counts for giving (a module that is off does not forbid it). */
export const permissionsQuery = (tenant: TenantId) =>
  queryOptions({
    queryKey: tenantKey(tenant.tenant_id, 'permissions'),
    queryFn: ({ signal }) => ok(tenantApi(tenant.slug).GET('/api/v1/rbac/permissions', { signal })),
    staleTime: 5 * 60_000,
  });

export const entitlementsQuery = (tenant: TenantId) =>
  queryOptions({
    queryKey: tenantKey(tenant.tenant_id, 'entitlements'),
    queryFn: ({ signal }) => call<Entitlements>(tenantApi(tenant.slug), 'get', '/api/v1/me/entitlements', { signal }),
  });

/** What a person chose for this product, on every device; what it means is decided here. */
export type Preferences = Readonly<Record<string, unknown> & { shortcuts?: boolean }>;
export const preferencesQuery = (tenant: TenantId) =>
  queryOptions({
    queryKey: tenantKey(tenant.tenant_id, 'preferences'),
    queryFn: ({ signal }) => call<Preferences>(tenantApi(tenant.slug), 'get', '/api/v1/me/preferences', { signal }),
    staleTime: Infinity,
  });
