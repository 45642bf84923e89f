/** Where a role holds, as JSON says it. `selected` with an empty list is no store; it never means all. */
export interface StoreScope {
  readonly mode: 'all' | 'selected';
  readonly store_ids: readonly string[];
}

export const ALL_STORES: StoreScope = Object.freeze({ mode: 'all', store_ids: [] });

/** `all_stores` and the rows of a table beside it → JSON. */
export const storeScopeOf = (all_stores: boolean, stores: readonly string[]): StoreScope =>
  all_stores ? ALL_STORES : { mode: 'selected', store_ids: [...stores].sort() };

/** The stores in which any of several assignments holds. */
export function unionOfScopes(scopes: readonly StoreScope[]): StoreScope {
  if (scopes.some((scope) => scope.mode === 'all')) return ALL_STORES;
  return { mode: 'selected', store_ids: [...new Set(scopes.flatMap((scope) => scope.store_ids))].sort() };
}

export const sameScope = (a: StoreScope, b: StoreScope): boolean =>
  a.mode === b.mode && (a.mode === 'all' || [...new Set(a.store_ids)].sort().join() === [...new Set(b.store_ids)].sort().join());

/** For audit rows and messages. */
export const scopeText = (scope: StoreScope): string =>
  scope.mode === 'all' ? 'all' : scope.store_ids.length ? scope.store_ids.join(' ') : 'none';
