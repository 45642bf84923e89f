import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { call, type Api } from '../../lib/api';
import { tenantKey } from '../../lib/queries';
import type { TenantFacts, TenantSettings } from '../../lib/types';
import { useTenant, type TenantHere } from '../../components/can/tenant-context';

export const settingsQuery = (here: TenantHere) =>
  queryOptions({
    queryKey: tenantKey(here.tenant_id, 'settings'),
    queryFn: ({ signal }) => call<TenantSettings>(here.api, 'get', '/api/v1/tenant/settings', { signal }),
  });
export const tenantQuery = (here: TenantHere) =>
  queryOptions({
    queryKey: tenantKey(here.tenant_id, 'tenant'),
    queryFn: ({ signal }) => call<TenantFacts>(here.api, 'get', '/api/v1/tenant', { signal }),
  });

export interface SettingsPatch {
  modules?: Record<string, boolean>;
  settings?: Record<string, unknown>;
  mfa_required?: boolean;
  with_dependencies?: boolean;
}
export const patchSettings = (api: Api, body: SettingsPatch) => call<TenantSettings>(api, 'patch', '/api/v1/tenant/settings', { body });
export const patchTenant = (api: Api, body: Partial<Pick<TenantFacts, 'name' | 'locale' | 'time_zone' | 'currency'>>) =>
  call<TenantFacts>(api, 'patch', '/api/v1/tenant', { body });

/** Settings change what the whole frame shows: `/me` is read again with them. */
export function useSettingsChange() {
  const here = useTenant();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: (api: Api) => Promise<unknown>) => change(here.api),
    onSuccess: () =>
      Promise.all(
        ['settings', 'tenant', 'me', 'entitlements'].map((what) =>
          queries.invalidateQueries({ queryKey: tenantKey(here.tenant_id, what) }),
        ),
      ),
  });
}
