import { errorText } from '../../lib/errors';
import { t } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { Store } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { askConfirm } from '../../components/confirm/confirm';
import type { ListNav } from '../../components/data-table/use-list-nav';
import type { MenuEntry } from '../../components/layers/menu';
import { makeDefault, updateStore, useStoreChange } from './queries';

/** What may be done with a store. Why one cannot close is said by the server, in the dialog. */
export function useStoreActs(nav: ListNav): (store: Store) => MenuEntry[] {
  const here = useTenant();
  const change = useStoreChange();
  return (store) => {
    if (!here.can('stores:write')) return [];
    const { name } = store;
    const activate = async (): Promise<void> => {
      try {
        await change.mutateAsync((api) => updateStore(api, store.store_id, { status: 'active' }));
        showToast({ tone: 'ok', text: t('stores.activated', { name }) });
      } catch (cause) {
        showToast({ tone: 'bad', text: errorText(cause) });
      }
    };
    const acts: MenuEntry[] = [{ key: 'edit', label: t('stores.edit'), onSelect: () => nav.open({ store: store.store_id }) }];
    if (store.status === 'inactive') acts.push({ key: 'on', label: t('stores.activate'), onSelect: () => void activate() });
    if (store.status === 'active' && !store.is_default) {
      acts.push({
        key: 'default',
        label: t('stores.make_default'),
        onSelect: () =>
          askConfirm({
            tier: 1,
            harmless: true,
            title: t('stores.make_default_title', { name }),
            consequence: t('stores.make_default_text'),
            verb: t('stores.make_default'),
            pendingText: t('working'),
            run: async () => {
              await change.mutateAsync((api) => makeDefault(api, store.store_id));
              showToast({ tone: 'ok', text: t('stores.is_default', { name }) });
            },
          }),
      });
    }
    if (store.status === 'active') {
      acts.push({
        key: 'off',
        // The default one cannot close: the reason stands where the act would be.
        label: store.is_default ? t('stores.default_stays') : t('stores.deactivate'),
        disabled: store.is_default,
        danger: !store.is_default,
        onSelect: () =>
          askConfirm({
            tier: 2,
            name,
            title: t('stores.deactivate_title', { name }),
            consequence: t('stores.deactivate_text'),
            verb: t('stores.deactivate'),
            pendingText: t('working'),
            run: async () => {
              await change.mutateAsync((api) => updateStore(api, store.store_id, { status: 'inactive' }));
              nav.open({ store: undefined });
              showToast({ tone: 'ok', text: t('stores.deactivated', { name }) });
            },
          }),
      });
    }
    return acts;
  };
}
