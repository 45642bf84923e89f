import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { ok, type Api } from '../../lib/api';
import { tenantKey } from '../../lib/queries';
import type { Assignment, paths, Role, StoreScope } from '../../lib/types';
import { useTenant, type TenantHere } from '../../components/can/tenant-context';

type Filters = Omit<NonNullable<paths['/api/v1/admin/members']['get']['parameters']['query']>, 'limit' | 'store_id'>;

export const membersQuery = (here: TenantHere, filters: Filters, limit?: number) => {
  const { q, status, role, cursor } = filters;
  const query = { q, status, role, cursor, limit };
  return queryOptions({
    queryKey: tenantKey(here.tenant_id, 'members', query),
    queryFn: ({ signal }) => ok(here.api.GET('/api/v1/admin/members', { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
};

/** There is no address for one member: the list is asked, so that a shared link finds the person too. */
export const memberQuery = (here: TenantHere, userId: string) =>
  queryOptions({
    queryKey: tenantKey(here.tenant_id, 'members', 'one', userId),
    queryFn: async ({ signal }) => {
      for (let cursor: string | undefined; ;) {
        const page = await ok(here.api.GET('/api/v1/admin/members', { params: { query: { limit: 100, cursor } }, signal }));
        const found = page.data.find((member) => member.user_id === userId);
        if (found !== undefined || page.next_cursor === null) return found ?? null;
        cursor = page.next_cursor;
      }
    },
  });

export const invitationsQuery = (here: TenantHere, cursor: string | undefined, limit: number | undefined) =>
  queryOptions({
    queryKey: tenantKey(here.tenant_id, 'invitations', { cursor, limit }),
    queryFn: ({ signal }) =>
      ok(here.api.GET('/api/v1/admin/invitations', { params: { query: { status: 'pending', cursor, limit } }, signal })),
    placeholderData: keepPreviousData,
  });

export interface InviteInput {
  email: string;
  role_id: string;
  store_scope: StoreScope;
  message?: string;
}
const path = <P>(params: P) => ({ params: { path: params } });

export const invite = (api: Api, body: InviteInput, key: string) =>
  ok(api.POST('/api/v1/admin/invitations', { body, headers: { 'Idempotency-Key': key } }));
export const resendInvitation = (api: Api, id: string) =>
  ok(api.POST('/api/v1/admin/invitations/{invitation_id}/resend', path({ invitation_id: id })));
export const revokeInvitation = (api: Api, id: string) =>
  ok(api.DELETE('/api/v1/admin/invitations/{invitation_id}', path({ invitation_id: id })));
export const changeMember = (api: Api, id: string, body: { assignments?: Assignment[]; status?: 'active' | 'suspended' }) =>
  ok(api.PATCH('/api/v1/admin/members/{user_id}', { ...path({ user_id: id }), body }));
export const removeMember = (api: Api, id: string) => ok(api.DELETE('/api/v1/admin/members/{user_id}', path({ user_id: id })));

/** Runs a change and reads the lists of this domain again; lists are never patched by hand. */
export function useTeamChange() {
  const here = useTenant();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: (api: Api) => Promise<unknown>) => change(here.api),
    onSuccess: () =>
      Promise.all(
        ['members', 'invitations', 'roles'].map((what) => queries.invalidateQueries({ queryKey: tenantKey(here.tenant_id, what) })),
      ),
  });
}

/** What I do not hold I cannot give. Unknown until the catalogue is here: the server decides then. */
export const beyondMine = (role: Role, held: ReadonlySet<string> | undefined): string[] =>
  held === undefined ? [] : role.permissions.filter((name) => !held.has(name));
