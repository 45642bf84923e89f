import { isPermission, PERMISSIONS, type Permission } from '#contracts/permissions.js';
import { fail } from '#contracts/errors.js';
import type { Grants } from '#platform/auth/index.js';
import { ALL_STORES, type StoreScope } from './store-scope.js';

/**
 * "You can give only what you hold." For every permission of what is given the giver holds it on every store of the target scope; `all`
 * needs `all`, and a permission that cannot be limited to stores needs `all` whatever the target. Asked of `held`, not `effective`: a
 * module that is off must not forbid to appoint a manager. Returns what the giver lacks, sorted.
 *
 * An empty list of stores still needs the permission somewhere: the assignment gives nothing today, but somebody may widen it tomorrow.
 */
export function missingFor(held: Grants, permissions: Iterable<string>, scope: StoreScope): string[] {
  const missing = new Set<string>();
  for (const permission of permissions) if (!isPermission(permission) || !coversIn(held, permission, scope)) missing.add(permission);
  return [...missing].sort();
}

function coversIn(held: Grants, permission: Permission, scope: StoreScope): boolean {
  const stores = held.get(permission);
  if (stores === undefined) return false;
  if (stores === 'all') return true;
  if (scope.mode === 'all' || !PERMISSIONS[permission].scopeable) return false;
  return scope.store_ids.every((store) => stores.has(store));
}

/**
 * The taking rule: who changes, suspends or removes a member holds everything that the member holds, so an admin cannot remove an owner.
 * Returns what the actor lacks.
 */
export function missingToTake(held: Grants, target: Grants): Permission[] {
  const missing: Permission[] = [];
  for (const [permission, stores] of target) {
    const scope: StoreScope = stores === 'all' ? ALL_STORES : { mode: 'selected', store_ids: [...stores] };
    if (!coversIn(held, permission, scope)) missing.push(permission);
  }
  return missing.sort();
}

/** @throws Problem grant_exceeds_own with the missing permissions */
export function checkGrant(held: Grants, permissions: Iterable<string>, scope: StoreScope): void {
  const missing = missingFor(held, permissions, scope);
  if (missing.length) throw fail('grant_exceeds_own', { missing });
}

/** @throws Problem target_exceeds_own */
export function checkTake(held: Grants, target: Grants): void {
  const missing = missingToTake(held, target);
  if (missing.length) throw fail('target_exceeds_own', { missing });
}
