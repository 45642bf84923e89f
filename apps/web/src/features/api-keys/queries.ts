import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { call, type Api } from '../../lib/api';
import { tenantKey } from '../../lib/queries';
import type { ApiKey, ApiKeyMade, Page, StoreScope } from '../../lib/types';
import { useTenant, type TenantHere } from '../../components/can/tenant-context';

export const keysQuery = (here: TenantHere, status: string | undefined, cursor: string | undefined, limit: number | undefined) =>
  queryOptions({
    queryKey: tenantKey(here.tenant_id, 'api-keys', { status, cursor, limit }),
    queryFn: ({ signal }) =>
      call<Page<ApiKey>>(here.api, 'get', '/api/v1/api-keys', { params: { query: { status, cursor, limit } }, signal }),
    placeholderData: keepPreviousData,
  });

export interface KeyInput {
  name: string;
  scopes: string[];
  store_scope: StoreScope;
  expires_in_days: number;
  ip_cidrs: string[];
}
const PATH = '/api/v1/api-keys/{api_key_id}';
const one = (api_key_id: string) => ({ params: { path: { api_key_id } } });

export const createKey = (api: Api, body: KeyInput, key: string) =>
  call<ApiKeyMade>(api, 'post', '/api/v1/api-keys', { body, headers: { 'Idempotency-Key': key } });
export const rotateKey = (api: Api, id: string, grace_minutes: number) =>
  call<ApiKeyMade>(api, 'post', `${PATH}/rotate`, { ...one(id), body: { grace_minutes } });
export const revokeKey = (api: Api, id: string) => call(api, 'delete', PATH, one(id));

/** Runs a change and reads the list again. The answer goes to the caller alone: it may hold a secret, no cache keeps it. */
export function useKeyChange() {
  const here = useTenant();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: (api: Api) => Promise<unknown>) => change(here.api),
    gcTime: 0,
    onSuccess: () =>
      Promise.all(['api-keys', 'entitlements'].map((what) => queries.invalidateQueries({ queryKey: tenantKey(here.tenant_id, what) }))),
  });
}
