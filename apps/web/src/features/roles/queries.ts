import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { ok, type Api } from '../../lib/api';
import type { RoleInput } from '../../lib/types';
import { tenantKey } from '../../lib/queries';
import { useTenant, type TenantHere } from '../../components/can/tenant-context';

const path = (role_id: string) => ({ params: { path: { role_id } } });

export const roleQuery = (here: TenantHere, role_id: string) =>
  queryOptions({
    queryKey: tenantKey(here.tenant_id, 'roles', 'one', role_id),
    queryFn: ({ signal }) => ok(here.api.GET('/api/v1/roles/{role_id}', { ...path(role_id), signal })),
  });

export const createRole = (api: Api, body: RoleInput, key: string) =>
  ok(api.POST('/api/v1/roles', { body, headers: { 'Idempotency-Key': key } }));
export const updateRole = (api: Api, role_id: string, body: RoleInput) =>
  ok(api.PATCH('/api/v1/roles/{role_id}', { ...path(role_id), body }));
export const deleteRole = (api: Api, role_id: string) => ok(api.DELETE('/api/v1/roles/{role_id}', path(role_id)));

/** What a change of a role touches. */
export function useRolesAgain(): () => Promise<unknown> {
  const here = useTenant();
  const queries = useQueryClient();
  return () =>
    Promise.all(['roles', 'members', 'me'].map((what) => queries.invalidateQueries({ queryKey: tenantKey(here.tenant_id, what) })));
}

export function useRoleChange() {
  const here = useTenant();
  const again = useRolesAgain();
  return useMutation({ mutationFn: (change: (api: Api) => Promise<unknown>) => change(here.api), onSuccess: again });
}
