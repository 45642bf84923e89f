import IconBuildingStore from '@tabler/icons-react/icons/IconBuildingStore';
import IconDots from '@tabler/icons-react/icons/IconDots';
import IconPlus from '@tabler/icons-react/icons/IconPlus';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { t } from '../../lib/i18n';
import type { Store } from '../../lib/types';
import { Can, useTenant } from '../../components/can/tenant-context';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty, filteredEmpty } from '../../components/data-table/empty';
import { FilterBar } from '../../components/data-table/filter-bar';
import { useListNav } from '../../components/data-table/use-list-nav';
import { LazyMenu } from '../../components/layers/lazy-menu';
import { Page } from '../../components/shell/page';
import { Button, IconButton } from '../../components/ui/button';
import { Status, toneOf } from '../../components/ui/status';
import { storeListQuery } from './queries';
import { useStoreActs } from './use-store-acts';

const load = () => import('./store-drawer');
const NewStoreDrawer = lazy(() => load().then((module) => ({ default: module.NewStoreDrawer })));
const StoreDrawer = lazy(() => load().then((module) => ({ default: module.StoreDrawer })));
const route = getRouteApi('/t/$tenant/stores');
const STATES = ['active', 'inactive'] as const;

export function StoresScreen() {
  const here = useTenant();
  const nav = useListNav(route.useSearch());
  const { q, status, cursor } = nav.search;
  const query = useQuery(storeListQuery(here, { q, status, cursor }, nav.limit));
  const acts = useStoreActs(nav);
  const columns: Column<Store>[] = [
    {
      id: 'name',
      head: t('stores.store'),
      slot: 'identity',
      cell: (store) => (
        <>
          <Link to="/t/$tenant/stores" params={{ tenant: here.slug }} search={{ ...nav.search, store: store.store_id }} resetScroll={false}>
            {store.name}
          </Link>
          {store.is_default && <small>{t('stores.default')}</small>}
        </>
      ),
    },
    { id: 'code', head: t('stores.code'), slot: 'fact', cell: (store) => <code>{store.code}</code> },
    { id: 'status', head: t('status'), slot: 'status', cell: (store) => <Status word={store.status} /> },
    { id: 'zone', head: t('stores.zone'), slot: 'fact', cell: (store) => store.time_zone },
    { id: 'currency', head: t('stores.currency'), slot: 'extra', cell: (store) => store.currency },
    {
      id: 'acts',
      head: t('acts'),
      headless: true,
      slot: 'acts',
      align: 'end',
      cell: (store) =>
        here.can('stores:write') && (
          <LazyMenu
            target={<IconButton icon={IconDots} label={t('acts_for', { name: store.name })} data-tip-side="start" />}
            groups={() => [{ entries: acts(store) }]}
          />
        ),
    },
  ];
  const create = (
    <Can do="stores:write">
      <Button variant="primary" icon={IconPlus} data-new onPointerEnter={() => void load()} onClick={() => nav.open({ new: 'store' })}>
        {t('stores.new')}
      </Button>
    </Can>
  );
  const active = [
    ...(q === undefined ? [] : [{ key: 'q', label: `“${q}”` }]),
    ...(status === undefined ? [] : [{ key: 'status', label: t(`status.${status}`) }]),
  ];
  const close = (): void => nav.open({ store: undefined, new: undefined });
  return (
    <Page title={t('nav.stores')} purpose={t('stores.purpose')} flush actions={create}>
      <FilterBar
        nav={nav}
        search={{ key: 'q', label: t('stores.search') }}
        picks={[{ key: 'status', label: t('team.any_status'), options: STATES.map((value) => ({ value, label: t(`status.${value}`) })) }]}
      />
      <DataTable
        caption={t('nav.stores')}
        columns={columns}
        query={query}
        rowKey={(store) => store.store_id}
        tone={(store) => (store.status === 'active' ? undefined : toneOf(store.status))}
        nav={nav}
        filtered={filteredEmpty(t('stores.lower'), active, nav)}
        empty={<Empty icon={IconBuildingStore} text={t('stores.empty')} action={create} />}
      />
      <Suspense>
        {nav.search.new === 'store' && <NewStoreDrawer onClose={close} />}
        {nav.search.store !== undefined && <StoreDrawer storeId={nav.search.store} onClose={close} />}
      </Suspense>
    </Page>
  );
}
