import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { call, ok, type Api } from '../../lib/api';
import { tenantKey } from '../../lib/queries';
import { useTenant, type TenantHere } from '../../components/can/tenant-context';

interface Filters {
  q?: string;
  status?: 'active' | 'inactive';
  cursor?: string;
}
export const storeListQuery = (here: TenantHere, { q, status, cursor }: Filters, limit: number | undefined) =>
  queryOptions({
    queryKey: tenantKey(here.tenant_id, 'stores', { q, status, cursor, limit }),
    queryFn: ({ signal }) => ok(here.api.GET('/api/v1/stores', { params: { query: { q, status, cursor, limit } }, signal })),
    placeholderData: keepPreviousData,
  });
export const storeQuery = (here: TenantHere, store_id: string) =>
  queryOptions({
    queryKey: tenantKey(here.tenant_id, 'stores', 'one', store_id),
    queryFn: ({ signal }) => ok(here.api.GET('/api/v1/stores/{store_id}', { params: { path: { store_id } }, signal })),
  });

export interface StoreInput {
  code: string;
  name: string;
  phone: string | null;
  time_zone: string;
  currency: string;
}
const one = (store_id: string) => ({ params: { path: { store_id } } });
const PATH = '/api/v1/stores/{store_id}';

export const createStore = (api: Api, body: StoreInput, key: string) =>
  call(api, 'post', '/api/v1/stores', { body, headers: { 'Idempotency-Key': key } });
/** With the version that was read: a change of somebody else in between is told, not overwritten. */
export const updateStore = (api: Api, id: string, body: Partial<StoreInput> & { status?: 'active' | 'inactive' }, version?: number) =>
  call(api, 'patch', PATH, { ...one(id), body, headers: version === undefined ? {} : { 'If-Match': `"${version}"` } });
export const makeDefault = (api: Api, id: string) => call(api, 'post', `${PATH}/make-default`, one(id));

export function useStoreChange() {
  const here = useTenant();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: (api: Api) => Promise<unknown>) => change(here.api),
    onSuccess: () =>
      Promise.all(['stores', 'entitlements'].map((what) => queries.invalidateQueries({ queryKey: tenantKey(here.tenant_id, what) }))),
  });
}
