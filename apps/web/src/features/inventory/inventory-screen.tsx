import IconPackage from '@tabler/icons-react/icons/IconPackage';
import IconPlus from '@tabler/icons-react/icons/IconPlus';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { ok } from '../../lib/api';
import { money } from '../../lib/format';
import { t } from '../../lib/i18n';
import { tenantKey } from '../../lib/queries';
import type { InventoryRow } from '../../lib/types';
import { Can, useTenant } from '../../components/can/tenant-context';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty, filteredEmpty } from '../../components/data-table/empty';
import { FilterBar } from '../../components/data-table/filter-bar';
import { useListNav } from '../../components/data-table/use-list-nav';
import { Page } from '../../components/shell/page';
import { Button } from '../../components/ui/button';
import { Status, toneOf } from '../../components/ui/status';

const ItemDrawer = lazy(() => import('./item-drawer').then((module) => ({ default: module.ItemDrawer })));
const route = getRouteApi('/t/$tenant/inventory');
const STATES = ['active', 'hidden', 'archived'] as const;

export function InventoryScreen() {
  const here = useTenant();
  const nav = useListNav(route.useSearch());
  const { q, status, cursor } = nav.search;
  const currency = here.me.tenant.currency;
  const query = useQuery({
    queryKey: tenantKey(here.tenant_id, 'inventory', { q, status, cursor, limit: nav.limit }),
    queryFn: ({ signal }) => ok(here.api.GET('/api/v1/inventory', { params: { query: { q, status, cursor, limit: nav.limit } }, signal })),
    placeholderData: keepPreviousData,
  });
  const columns: Column<InventoryRow>[] = [
    {
      id: 'name',
      head: t('inventory.item'),
      slot: 'identity',
      cell: (row) => (row.name === '' || row.name === row.product_name ? row.product_name : `${row.product_name}, ${row.name}`),
    },
    { id: 'sku', head: t('inventory.sku'), slot: 'fact', cell: (row) => <code>{row.sku}</code> },
    { id: 'status', head: t('status'), slot: 'status', cell: (row) => <Status word={row.status} /> },
    { id: 'price', head: t('inventory.price'), slot: 'fact', align: 'end', cell: (row) => money(row.price_minor, currency) },
  ];
  const create = (
    <Can do="inventory:write">
      <Button
        variant="primary"
        icon={IconPlus}
        data-new
        onPointerEnter={() => void import('./item-drawer')}
        onClick={() => nav.open({ item: 'new' })}
      >
        {t('inventory.new')}
      </Button>
    </Can>
  );
  const active = [
    ...(q === undefined ? [] : [{ key: 'q', label: `“${q}”` }]),
    ...(status === undefined ? [] : [{ key: 'status', label: t(`status.${status}`) }]),
  ];
  return (
    <Page title={t('nav.inventory')} purpose={t('inventory.purpose')} flush actions={create}>
      <FilterBar
        nav={nav}
        search={{ key: 'q', label: t('inventory.search') }}
        picks={[{ key: 'status', label: t('team.any_status'), options: STATES.map((value) => ({ value, label: t(`status.${value}`) })) }]}
      />
      <DataTable
        caption={t('nav.inventory')}
        columns={columns}
        query={query}
        rowKey={(row) => row.variant_id}
        tone={(row) => (row.status === 'active' ? undefined : toneOf(row.status))}
        nav={nav}
        filtered={filteredEmpty(t('inventory.items_lower'), active, nav)}
        empty={<Empty icon={IconPackage} text={t('inventory.empty')} action={create} />}
      />
      {nav.search.item === 'new' && (
        <Suspense>
          <ItemDrawer currency={currency} onClose={() => nav.open({ item: undefined })} />
        </Suspense>
      )}
    </Page>
  );
}
