import IconBuilding from '@tabler/icons-react/icons/IconBuilding';
import IconPlus from '@tabler/icons-react/icons/IconPlus';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { number } from '../../lib/format';
import { t } from '../../lib/i18n';
import type { ConsoleTenant } from '../../lib/types';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty, filteredEmpty } from '../../components/data-table/empty';
import { FilterBar } from '../../components/data-table/filter-bar';
import { useListNav } from '../../components/data-table/use-list-nav';
import { Page } from '../../components/shell/page';
import { Button } from '../../components/ui/button';
import { Status, toneOf } from '../../components/ui/status';
import { Time } from '../../components/ui/time';
import { tenantsQuery } from './queries';

const NewTenantDrawer = lazy(() => import('./new-tenant-drawer').then((module) => ({ default: module.NewTenantDrawer })));
const route = getRouteApi('/platform/tenants');
const STATES = ['active', 'provisioning', 'failed', 'suspended', 'archived'] as const;

export function TenantsScreen() {
  const nav = useListNav(route.useSearch());
  const { search } = nav;
  const query = useQuery(tenantsQuery(search, nav.limit));
  const columns: Column<ConsoleTenant>[] = [
    {
      id: 'name',
      head: t('platform.tenant'),
      slot: 'identity',
      cell: (tenant) => (
        <>
          <Link to="/platform/tenants/$tenant_id" params={{ tenant_id: tenant.tenant_id }}>
            {tenant.name}
          </Link>
          <small className="mono">{tenant.slug}</small>
        </>
      ),
    },
    { id: 'status', head: t('status'), slot: 'status', cell: (tenant) => <Status word={tenant.status} /> },
    { id: 'template', head: t('tenants.template'), slot: 'fact', cell: (tenant) => tenant.template_code ?? '–' },
    { id: 'plan', head: t('tenants.plan'), slot: 'extra', cell: (tenant) => tenant.plan_code ?? '–' },
    { id: 'members', head: t('team.members'), slot: 'extra', align: 'end', cell: (tenant) => number(tenant.member_count) },
    {
      id: 'created',
      head: t('tenants.created'),
      slot: 'fact',
      align: 'end',
      cell: (tenant) => <Time at={tenant.created_at} form="short" />,
    },
  ];
  const active = [
    ...(search.q === undefined ? [] : [{ key: 'q', label: `“${search.q}”` }]),
    ...(search.status === undefined ? [] : [{ key: 'status', label: t(`status.${search.status}`) }]),
  ];
  const create = (
    <Button
      variant="primary"
      icon={IconPlus}
      data-new
      onPointerEnter={() => void import('./new-tenant-drawer')}
      onClick={() => nav.open({ tenant: 'new' })}
    >
      {t('tenants.new')}
    </Button>
  );
  return (
    <Page title={t('platform.tenants')} purpose={t('tenants.purpose')} flush actions={create}>
      <FilterBar
        nav={nav}
        search={{ key: 'q', label: t('tenants.search') }}
        picks={[{ key: 'status', label: t('team.any_status'), options: STATES.map((value) => ({ value, label: t(`status.${value}`) })) }]}
      />
      <DataTable
        caption={t('platform.tenants')}
        columns={columns}
        query={query}
        rowKey={(tenant) => tenant.tenant_id}
        tone={(tenant) => (tenant.status === 'active' ? undefined : toneOf(tenant.status))}
        nav={nav}
        filtered={filteredEmpty(t('tenants.tenants_lower'), active, nav)}
        empty={<Empty icon={IconBuilding} text={t('tenants.empty')} action={create} />}
      />
      {search.tenant === 'new' && (
        <Suspense>
          <NewTenantDrawer onClose={() => nav.open({ tenant: undefined })} />
        </Suspense>
      )}
    </Page>
  );
}
