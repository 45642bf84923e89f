import IconPuzzle from '@tabler/icons-react/icons/IconPuzzle';
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ok, platformApi } from '../../lib/api';
import { list, number } from '../../lib/format';
import { t, tryText } from '../../lib/i18n';
import { platformKey } from '../../lib/queries';
import { showToast } from '../../lib/toast';
import type { PlatformModule } from '../../lib/types';
import { askConfirm } from '../../components/confirm/confirm';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty } from '../../components/data-table/empty';
import { Page } from '../../components/shell/page';
import { Button } from '../../components/ui/button';
import { Status, type Tone } from '../../components/ui/status';

const modulesQuery = queryOptions({
  queryKey: platformKey('modules'),
  queryFn: ({ signal }) => ok(platformApi.GET('/api/v1/platform/modules', { params: { query: { limit: 100 } }, signal })),
});
const switchModule = (module_code: string, is_active: boolean, reason: string) =>
  ok(platformApi.PUT('/api/v1/platform/modules/{module_code}', { params: { path: { module_code } }, body: { is_active, reason } }));

const nameOf = ({ module_code, name }: PlatformModule): string => tryText(`module.${module_code}`, name);
type State = 'core' | 'planned' | 'on' | 'off';
const TONES: Readonly<Record<State, Tone>> = { core: 'off', planned: 'off', on: 'ok', off: 'bad' };
const stateOf = (one: PlatformModule): State => (one.is_core ? 'core' : !one.is_built ? 'planned' : one.is_active ? 'on' : 'off');

/** The platform's switch of each module, over every organisation: what the tenants chose is kept and comes back with it. */
export function PlatformModulesScreen() {
  const query = useQuery({ ...modulesQuery, select: (page) => ({ ...page, data: [...page.data].sort(byUse) }) });
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: ({ one, on, reason }: { one: PlatformModule; on: boolean; reason: string }) => switchModule(one.module_code, on, reason),
    onSuccess: () => Promise.all(['modules', 'audit'].map((what) => queries.invalidateQueries({ queryKey: platformKey(what) }))),
  });
  const toggle = (one: PlatformModule): void => {
    const on = !one.is_active;
    const module = nameOf(one);
    askConfirm({
      tier: 3,
      ofPlatform: true,
      harmless: on,
      name: one.module_code,
      title: t(on ? 'kill.on_title' : 'kill.off_title', { module }),
      consequence: t(on ? 'kill.on_text' : 'kill.off_text', { count: one.tenant_count }),
      verb: t(on ? 'kill.on' : 'kill.off'),
      pendingText: t('working'),
      run: async ({ reason }) => {
        await change.mutateAsync({ one, on, reason });
        showToast({ tone: 'ok', text: t(on ? 'kill.is_on' : 'kill.is_off', { module }) });
      },
    });
  };
  const columns: Column<PlatformModule>[] = [
    {
      id: 'module',
      head: t('kill.module'),
      slot: 'identity',
      cell: (one) => (
        <>
          {nameOf(one)}
          <small className="mono">{one.module_code}</small>
        </>
      ),
    },
    {
      id: 'state',
      head: t('status'),
      slot: 'status',
      cell: (one) => (
        <Status word={stateOf(one)} tone={TONES[stateOf(one)]}>
          {t(`kill.state.${stateOf(one)}`)}
        </Status>
      ),
    },
    {
      id: 'needs',
      head: t('kill.needs'),
      slot: 'extra',
      cell: (one) => (one.depends_on.length === 0 ? '–' : list(one.depends_on.map((code) => tryText(`module.${code}`, code)))),
    },
    {
      id: 'tenants',
      head: t('kill.tenants'),
      slot: 'fact',
      cell: (one) =>
        one.is_core ? t('kill.everybody') : t('kill.tenant_count', { count: one.tenant_count, shown: number(one.tenant_count) }),
    },
    {
      id: 'acts',
      head: t('acts'),
      headless: true,
      slot: 'acts',
      align: 'end',
      cell: (one) =>
        !one.is_core &&
        one.is_built && (
          <Button
            variant={one.is_active ? 'danger' : 'secondary'}
            aria-label={t(one.is_active ? 'kill.off_one' : 'kill.on_one', { module: nameOf(one) })}
            onClick={() => toggle(one)}
          >
            {t(one.is_active ? 'kill.off' : 'kill.on')}
          </Button>
        ),
    },
  ];
  return (
    <Page title={t('platform.modules')} purpose={t('kill.purpose')} flush>
      <DataTable
        caption={t('platform.modules')}
        columns={columns}
        query={query}
        rowKey={(one) => one.module_code}
        tone={(one) => (stateOf(one) === 'off' ? 'bad' : undefined)}
        empty={<Empty icon={IconPuzzle} text={t('modules.empty')} />}
      />
    </Page>
  );
}

/** What can be switched first, what is only planned after it, the core last. */
const ORDER: readonly State[] = ['off', 'on', 'planned', 'core'];
const byUse = (a: PlatformModule, b: PlatformModule): number =>
  ORDER.indexOf(stateOf(a)) - ORDER.indexOf(stateOf(b)) || nameOf(a).localeCompare(nameOf(b));
