import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { ok, platformApi } from '../../lib/api';
import type { NewTenant, Override, paths } from '../../lib/types';
import { platformKey } from '../../lib/queries';

/** `limit` of the address is the table's matter. */
type Search = Omit<NonNullable<paths['/api/v1/platform/tenants']['get']['parameters']['query']>, 'limit'>;

export const tenantsQuery = (search: Search, limit?: number) => {
  const query = { q: search.q, status: search.status, cursor: search.cursor, limit };
  return queryOptions({
    queryKey: platformKey('tenants', query),
    queryFn: ({ signal }) => ok(platformApi.GET('/api/v1/platform/tenants', { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
};

export const tenantQuery = (tenant_id: string) =>
  queryOptions({
    queryKey: platformKey('tenants', 'one', tenant_id),
    queryFn: ({ signal }) => ok(platformApi.GET('/api/v1/platform/tenants/{tenant_id}', { params: { path: { tenant_id } }, signal })),
  });

export const jobsOfQuery = (tenant_id: string) =>
  queryOptions({
    queryKey: platformKey('jobs', { tenant_id }),
    queryFn: ({ signal }) => ok(platformApi.GET('/api/v1/ops/provisioning/jobs', { params: { query: { tenant_id } }, signal })),
  });

export const createTenant = (body: NewTenant, key: string) =>
  ok(platformApi.POST('/api/v1/platform/tenants', { body, headers: { 'Idempotency-Key': key } }));

export function useTenantChange() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: () => Promise<unknown>) => change(),
    onSuccess: () => Promise.all(['tenants', 'jobs', 'audit'].map((what) => queries.invalidateQueries({ queryKey: platformKey(what) }))),
  });
}

const path = (tenant_id: string) => ({ params: { path: { tenant_id } } });
export const suspendTenant = (tenant_id: string, reason: string) =>
  ok(platformApi.POST('/api/v1/platform/tenants/{tenant_id}/suspend', { ...path(tenant_id), body: { reason } }));
export const resumeTenant = (tenant_id: string, reason: string) =>
  ok(platformApi.POST('/api/v1/platform/tenants/{tenant_id}/resume', { ...path(tenant_id), body: { reason } }));
export const setReadOnly = (tenant_id: string, read_only: boolean, reason: string) =>
  ok(platformApi.POST('/api/v1/platform/tenants/{tenant_id}/read-only', { ...path(tenant_id), body: { read_only, reason } }));
export const archiveTenant = (tenant_id: string, reason: string) =>
  ok(platformApi.POST('/api/v1/platform/tenants/{tenant_id}/archive', { ...path(tenant_id), body: { reason } }));
export const restoreTenant = (tenant_id: string, reason: string) =>
  ok(platformApi.POST('/api/v1/platform/tenants/{tenant_id}/restore', { ...path(tenant_id), body: { reason } }));

export const membersQuery = (tenant_id: string, search: { q?: string; cursor?: string }, limit?: number) => {
  const query = { q: search.q, cursor: search.cursor, limit };
  return queryOptions({
    queryKey: platformKey('tenants', 'members', tenant_id, query),
    queryFn: ({ signal }) =>
      ok(platformApi.GET('/api/v1/platform/tenants/{tenant_id}/members', { params: { path: { tenant_id }, query }, signal })),
    placeholderData: keepPreviousData,
  });
};

export const entitlementsQuery = (tenant_id: string) =>
  queryOptions({
    queryKey: platformKey('tenants', 'entitlements', tenant_id),
    queryFn: ({ signal }) => ok(platformApi.GET('/api/v1/platform/tenants/{tenant_id}/entitlements', { ...path(tenant_id), signal })),
  });
type Entitlements = '/api/v1/platform/tenants/{tenant_id}/entitlements';
type EntitlementsIn = NonNullable<paths[Entitlements]['put']['requestBody']>['content']['application/json'];
export const setEntitlements = (tenant_id: string, body: EntitlementsIn) =>
  ok(platformApi.PUT('/api/v1/platform/tenants/{tenant_id}/entitlements', { ...path(tenant_id), body }));

/** As the API takes it back: all that stand from now on. */
export const overrideIn = ({ kind, code, value, allowed, expires_at }: Override) =>
  kind === 'limit' ? { kind, code, value, expires_at } : { kind, code, allowed: allowed ?? false, expires_at };
