import IconKey from '@tabler/icons-react/icons/IconKey';
import IconPlus from '@tabler/icons-react/icons/IconPlus';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { t } from '../../lib/i18n';
import { storesQuery } from '../../lib/tenant-queries';
import { showToast } from '../../lib/toast';
import type { ApiKey, ApiKeyMade } from '../../lib/types';
import { Can, useTenant } from '../../components/can/tenant-context';
import { askConfirm } from '../../components/confirm/confirm';
import { DataTable } from '../../components/data-table/data-table';
import { Empty, filteredEmpty } from '../../components/data-table/empty';
import { FilterBar } from '../../components/data-table/filter-bar';
import { useListNav } from '../../components/data-table/use-list-nav';
import { Page } from '../../components/shell/page';
import { Button } from '../../components/ui/button';
import { toneOf } from '../../components/ui/status';
import { keyColumns, keyStatus } from './columns';
import { keysQuery, revokeKey, useKeyChange } from './queries';

const KeyDrawer = lazy(() => import('./key-drawer').then((module) => ({ default: module.KeyDrawer })));
const RotateDialog = lazy(() => import('./rotate-dialog').then((module) => ({ default: module.RotateDialog })));
const KeySecret = lazy(() => import('./key-secret').then((module) => ({ default: module.KeySecret })));
const route = getRouteApi('/t/$tenant/api-keys');
const cockpitRoute = getRouteApi('/$lang/cockpit/$tenant/admin/api-keys');
const STATES = ['active', 'expired', 'revoked'] as const;

export const KeysScreen = () => <Keys search={route.useSearch()} />;
export const CockpitKeysScreen = () => <Keys search={cockpitRoute.useSearch()} />;

function Keys({ search }: { search: ReturnType<typeof route.useSearch> }) {
  const here = useTenant();
  const nav = useListNav(search);
  const { status, cursor } = nav.search;
  const query = useQuery(keysQuery(here, status, cursor, nav.limit));
  const stores = useQuery({ ...storesQuery(here), enabled: here.can('stores:read') });
  const change = useKeyChange();
  const [rotating, setRotating] = useState<ApiKey | null>(null);
  // The secret: here while its dialog is open, nowhere else.
  const [made, setMade] = useState<ApiKeyMade | null>(null);

  const revoke = (row: ApiKey): void =>
    askConfirm({
      tier: 1,
      title: t('keys.revoke_title', { name: row.name }),
      consequence: t('keys.revoke_text'),
      verb: t('keys.revoke'),
      pendingText: t('working'),
      run: async () => {
        await change.mutateAsync((api) => revokeKey(api, row.api_key_id));
        showToast({ tone: 'ok', text: t('keys.revoked', { name: row.name }) });
      },
    });
  const create = (
    <Can do="api_keys:write">
      <Button
        variant="primary"
        icon={IconPlus}
        data-new
        onPointerEnter={() => void import('./key-drawer')}
        onClick={() => nav.open({ new: 'key' })}
      >
        {t('keys.new')}
      </Button>
    </Can>
  );
  const active = status === undefined ? [] : [{ key: 'status', label: keyStatus(status) }];
  return (
    <Page title={t('nav.api_keys')} purpose={t('keys.purpose')} flush actions={create}>
      <FilterBar
        nav={nav}
        picks={[{ key: 'status', label: t('team.any_status'), options: STATES.map((value) => ({ value, label: keyStatus(value) })) }]}
      />
      <DataTable
        caption={t('nav.api_keys')}
        columns={keyColumns(stores.data?.data, here.can('api_keys:write') ? { rotate: setRotating, revoke } : null)}
        query={query}
        rowKey={(row) => row.api_key_id}
        tone={(row) => (row.status === 'active' ? undefined : toneOf(row.status))}
        nav={nav}
        filtered={filteredEmpty(t('keys.lower'), active, nav)}
        empty={<Empty icon={IconKey} text={t('keys.empty')} action={create} />}
      />
      <Suspense>
        {nav.search.new === 'key' && here.can('api_keys:write') && made === null && (
          <KeyDrawer onClose={() => nav.open({ new: undefined })} onMade={setMade} />
        )}
        {rotating !== null && (
          <RotateDialog
            row={rotating}
            onClose={() => setRotating(null)}
            onMade={(answer) => {
              setRotating(null);
              setMade(answer);
            }}
          />
        )}
        {made !== null && (
          <KeySecret
            made={made}
            onDone={() => {
              setMade(null);
              nav.open({ new: undefined });
            }}
          />
        )}
      </Suspense>
    </Page>
  );
}
