import { PERMISSIONS, type Permission } from '#contracts/permissions.js';
import type { AuthzContext, Grants } from '#platform/auth/index.js';
import type { AssignmentRow } from './grants.js';

export interface ExplainInput extends Pick<AuthzContext, 'effective' | 'removed'> {
  /** Those that have not expired. */
  readonly assignments: readonly AssignmentRow[];
  readonly member_status: 'active' | 'suspended' | 'removed' | null;
  readonly user_active: boolean | null;
}
export interface Explanation {
  readonly allowed: boolean;
  /** The assignments that give it, in the store asked for if one was. */
  readonly granted_by: readonly AssignmentRow[];
  readonly removed_by: readonly { readonly mask: string; readonly detail: string | null }[];
}

/**
 * Why may somebody do this, or why not? The same grants as the guard's, told with their reasons. Without a store: in at least one.
 */
export function explain(input: ExplainInput, permission: Permission, store_id: string | null): Explanation {
  const { scopeable } = PERMISSIONS[permission];
  const naming = input.assignments.filter((assignment) => assignment.permissions.includes(permission));
  const covers = (a: AssignmentRow): boolean =>
    a.all_stores || (scopeable && a.stores.length > 0 && (store_id === null || a.stores.includes(store_id)));
  const granted_by = naming.filter(covers);
  const removed_by: { mask: string; detail: string | null }[] = [];
  if (input.user_active === false) removed_by.push({ mask: 'user', detail: 'disabled' });
  if (input.member_status !== 'active') removed_by.push({ mask: 'membership', detail: input.member_status });
  if (granted_by.length < naming.length && granted_by.length === 0)
    removed_by.push({ mask: 'store_scope', detail: scopeable ? null : 'needs_all_stores' });
  const removal = input.removed.get(permission);
  if (removal) removed_by.push({ mask: removal.reason, detail: removal.detail ?? null });
  // A key may be limited to stores that are fewer than those of its owner's roles.
  if (granted_by.length > 0 && removed_by.length === 0 && !holdsIn(input.effective, permission, store_id))
    removed_by.push({ mask: 'token_scope', detail: 'stores' });
  return { allowed: granted_by.length > 0 && removed_by.length === 0, granted_by, removed_by };
}

/** What the guard would say; without a store: in at least one. */
function holdsIn(effective: Grants, permission: Permission, store_id: string | null): boolean {
  const stores = effective.get(permission);
  return stores !== undefined && (store_id === null || stores === 'all' || stores.has(store_id));
}
