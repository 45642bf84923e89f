/** Queries that more than one domain needs. Keys start with the realm and the tenant, so that nothing crosses. */
import { QueryClient, queryOptions, QueryCache } from '@tanstack/react-query';
import { ok, platformApi, publicApi, tenantApi } from './api';
import { ApiError, hasCode } from './errors';
import type { ClientConfig, Me } from './types';

export const tenantKey = (tenantId: string, ...rest: readonly unknown[]) => ['tenant', tenantId, ...rest] as const;
export const platformKey = (...rest: readonly unknown[]) => ['platform', null, ...rest] as const;

export const configQuery = queryOptions({
  queryKey: ['public', null, 'client-config'],
  queryFn: ({ signal }) => ok(publicApi.GET('/api/v1/client-config', { signal })) as Promise<ClientConfig>,
  staleTime: 5 * 60_000,
});
export const policyQuery = queryOptions({
  queryKey: ['public', null, 'password-policy'],
  queryFn: ({ signal }) => ok(publicApi.GET('/api/v1/auth/password-policy', { signal })),
  staleTime: 5 * 60_000,
});
export const meQuery = (tenant: { tenant_id: string; slug: string }) =>
  queryOptions({
    queryKey: tenantKey(tenant.tenant_id, 'me'),
    queryFn: ({ signal }) => ok(tenantApi(tenant.slug).GET('/api/v1/me', { signal })) as Promise<Me>,
    staleTime: 30_000,
  });
export const staffMeQuery = queryOptions({
  queryKey: platformKey('me'),
  queryFn: ({ signal }) => ok(platformApi.GET('/api/v1/platform/auth/me', { signal })),
  staleTime: 30_000,
});

const RETRY_STATUS = [0, 502, 503, 504];
const retriable = (error: unknown): boolean =>
  error instanceof ApiError && RETRY_STATUS.includes(error.status) && !hasCode(error, 'signed_out', 'tenant_not_ready', 'maintenance');

export function createQueryClient(): QueryClient {
  const queries: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      // A refusal means that rights changed: navigation and buttons follow.
      onError: (error, query) => {
        if (hasCode(error, 'permission_denied', 'module_disabled') && query.queryKey[2] !== 'me')
          void queries.invalidateQueries({ queryKey: [query.queryKey[0], query.queryKey[1], 'me'] });
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: (count, error) => count < 2 && retriable(error),
        retryDelay: (count) => Math.min(4000, 500 * 2 ** count),
        throwOnError: false,
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
  return queries;
}
