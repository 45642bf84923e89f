import { list } from '../../lib/format';
import { t } from '../../lib/i18n';
import type { Store, StoreScope } from '../../lib/types';

/** "All stores", their names, or "No stores": an empty list never means all. */
export function scopeWords(scope: StoreScope, stores: readonly Store[] | undefined): string {
  if (scope.mode === 'all') return t('scope.all');
  if (scope.store_ids.length === 0) return t('scope.none');
  const names = scope.store_ids.map((id) => stores?.find((store) => store.store_id === id)?.name);
  return names.every((name) => name !== undefined) ? list(names) : t('scope.count', { count: scope.store_ids.length });
}
