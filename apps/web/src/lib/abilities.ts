import type { Permission } from '#contracts/permissions.js';

export type Abilities = Readonly<Partial<Record<Permission, 'all' | readonly string[]>>>;

/**
 * Whether the reader may do it: in any store, or in the one named. The server has applied every mask already (module, plan, state,
 * impersonation), so what is absent is no. An empty list of stores is "no store", never "all".
 */
export function can(abilities: Abilities, permission: Permission, storeId?: string): boolean {
  const scope = Object.hasOwn(abilities, permission) ? abilities[permission] : undefined;
  if (scope === undefined) return false;
  if (scope === 'all') return true;
  return storeId === undefined ? scope.length > 0 : scope.includes(storeId);
}

/** Over the whole tenant: needed for what is not counted per store. */
export const canEverywhere = (abilities: Abilities, permission: Permission): boolean =>
  Object.hasOwn(abilities, permission) && abilities[permission] === 'all';
