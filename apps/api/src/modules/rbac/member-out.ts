import type { MemberAssignment, MemberRow } from './members.repository.js';
import type { MemberOut } from './rbac.dto.js';
import { storeScopeOf, unionOfScopes, type StoreScope } from './store-scope.js';

export const scopeOut = ({ mode, store_ids }: StoreScope): { mode: 'all' | 'selected'; store_ids: string[] } => ({
  mode,
  store_ids: [...store_ids],
});

export function memberOut(row: MemberRow, assignments: readonly MemberAssignment[]): MemberOut {
  const scopes = assignments.map((assignment) => storeScopeOf(assignment.all_stores, assignment.stores));
  return {
    user_id: row.user_id,
    email: row.email,
    display_name: row.display_name,
    status: row.status,
    roles: assignments.map(({ role_assignment_id, role_id, code, name, expires_at, all_stores, stores }) => ({
      role_assignment_id,
      role_id,
      code,
      name,
      store_scope: scopeOut(storeScopeOf(all_stores, stores)),
      expires_at: expires_at?.toISOString() ?? null,
    })),
    store_scope: scopeOut(unionOfScopes(scopes)),
    joined_at: row.joined_at.toISOString(),
    last_seen_at: row.last_seen_at?.toISOString() ?? null,
  };
}
