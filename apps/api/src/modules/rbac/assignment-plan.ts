import { invalid } from '#contracts/errors.js';
import type { Grants } from '#platform/auth/index.js';
import { checkGrant, missingFor } from './grant-rule.js';
import type { MemberAssignment } from './members.repository.js';
import type { RoleRow } from './roles.repository.js';
import { ALL_STORES, sameScope, storeScopeOf, type StoreScope } from './store-scope.js';

export interface WantedAssignment {
  readonly role: RoleRow;
  readonly store_scope: StoreScope;
  readonly expires_at: Date | null;
}

export interface AssignmentPlan {
  readonly add: readonly WantedAssignment[];
  readonly change: readonly (WantedAssignment & { readonly role_assignment_id: string })[];
  /** Ids. */
  readonly remove: readonly string[];
}

/** What has to be written so that `before` becomes `wanted`. What is equal stays untouched, so its version does not move. Pure. */
export function assignmentPlan(before: readonly MemberAssignment[], wanted: readonly WantedAssignment[]): AssignmentPlan {
  const known = new Map(before.map((assignment) => [assignment.role_id, assignment]));
  const kept = new Set(wanted.map(({ role }) => role.role_id));
  return {
    add: wanted.filter(({ role }) => !known.has(role.role_id)),
    change: wanted.flatMap((want) => {
      const is = known.get(want.role.role_id);
      if (
        !is ||
        (sameScope(storeScopeOf(is.all_stores, is.stores), want.store_scope) && is.expires_at?.getTime() === want.expires_at?.getTime())
      )
        return [];
      return [{ ...want, role_assignment_id: is.role_assignment_id }];
    }),
    remove: before.filter(({ role_id }) => !kept.has(role_id)).map(({ role_assignment_id }) => role_assignment_id),
  };
}

/**
 * The scope that a request gives a role: as said, and left out it means all stores, but only for an actor who holds all of the role there.
 * @throws Problem grant_exceeds_own, validation_failed
 */
export function grantedScope(held: Grants, role: RoleRow, asked: StoreScope | undefined, field: string): StoreScope {
  if (asked) {
    const scope: StoreScope =
      asked.mode === 'all' ? ALL_STORES : { mode: 'selected', store_ids: asked.store_ids.map((id) => id.toLowerCase()) };
    checkGrant(held, role.permissions, scope);
    return scope;
  }
  if (missingFor(held, role.permissions, ALL_STORES).length === 0) return ALL_STORES;
  checkGrant(held, role.permissions, { mode: 'selected', store_ids: [] });
  throw invalid([{ field, code: 'required', message: 'Say in which stores: you do not hold this role in all of them.' }]);
}
