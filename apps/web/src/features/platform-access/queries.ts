import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { ok, platformApi } from '../../lib/api';
import { platformKey } from '../../lib/queries';
import type { StaffMember, StaffRole } from '../../lib/types';

export const STAFF_ROLES = ['ops_viewer', 'ops_admin', 'superuser'] as const satisfies readonly StaffRole[];

interface Filters {
  role?: StaffRole;
  status?: StaffMember['status'];
  cursor?: string;
}
export const staffQuery = ({ role, status, cursor }: Filters, limit: number | undefined) =>
  queryOptions({
    queryKey: platformKey('staff', { role, status, cursor, limit }),
    queryFn: ({ signal }) => ok(platformApi.GET('/api/v1/platform/staff', { params: { query: { role, status, cursor, limit } }, signal })),
    placeholderData: keepPreviousData,
  });

export interface NewStaff {
  email: string;
  display_name?: string;
  role: StaffRole;
  reason: string;
}
const one = (platform_user_id: string) => ({ params: { path: { platform_user_id } } });
export const createStaff = (body: NewStaff, key: string) =>
  ok(platformApi.POST('/api/v1/platform/staff', { body, headers: { 'Idempotency-Key': key } }));
export const updateStaff = (id: string, body: { role?: StaffRole; status?: StaffMember['status']; reason: string }) =>
  ok(platformApi.PATCH('/api/v1/platform/staff/{platform_user_id}', { ...one(id), body }));
export const resetFactor = (id: string, reason: string) =>
  ok(platformApi.POST('/api/v1/platform/staff/{platform_user_id}/reset-mfa', { ...one(id), body: { reason } }));

/** The reader may have changed themselves: `/me` is read again, too. */
export function useStaffChange() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: () => Promise<unknown>) => change(),
    onSuccess: () => Promise.all(['staff', 'me', 'audit'].map((what) => queries.invalidateQueries({ queryKey: platformKey(what) }))),
  });
}
