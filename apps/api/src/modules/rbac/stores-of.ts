import type { StoreId } from '#contracts/ids.js';
import type { Permission } from '#contracts/permissions.js';
import type { Grants } from '#platform/auth/index.js';
import type { Stores } from '#platform/db/index.js';

/** The stores in which somebody has a permission; null: in none, not even without stores. */
export function storesOf(grants: Grants, permission: Permission): Stores | null {
  const stores = grants.get(permission);
  return stores === undefined ? null : stores === 'all' ? 'all' : ([...stores] as StoreId[]);
}
