import IconWebhook from '@tabler/icons-react/icons/IconWebhook';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { shortId } from '../../lib/format';
import { t } from '../../lib/i18n';
import { useStaff } from '../../components/can/staff-context';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty, filteredEmpty } from '../../components/data-table/empty';
import { FilterBar } from '../../components/data-table/filter-bar';
import { useListNav } from '../../components/data-table/use-list-nav';
import { Button } from '../../components/ui/button';
import { Status, type Tone } from '../../components/ui/status';
import { Time } from '../../components/ui/time';
import { lanesQuery, type Lane } from './queries';
import { TenantName } from './tenant-name';
import { useFleetActs } from './use-fleet-acts';

const route = getRouteApi('/platform/webhooks');
const STATES = ['running', 'failing', 'parked'] as const;
const TONES: Readonly<Record<(typeof STATES)[number], Tone>> = { running: 'ok', failing: 'bad', parked: 'off' };
/** As the filter of the API tells them apart. */
const stateOf = ({ parked_by, failing_since }: Lane): (typeof STATES)[number] =>
  parked_by.length > 0 ? 'parked' : failing_since !== null ? 'failing' : 'running';

/** The webhooks of all tenants, each with the lane that its deliveries go through. */
export function LanesList() {
  const staff = useStaff();
  const acts = useFleetActs();
  const nav = useListNav(route.useSearch());
  const { search } = nav;
  const query = useQuery(lanesQuery(search, nav.limit));
  const columns: Column<Lane>[] = [
    {
      id: 'webhook',
      head: t('fleet.webhook'),
      slot: 'identity',
      cell: (row) => (
        <>
          {row.name}
          <small className="mono">{shortId(row.webhook_id)}</small>
        </>
      ),
    },
    { id: 'tenant', head: t('fleet.tenant'), slot: 'fact', cell: (row) => <TenantName id={row.tenant_id} /> },
    {
      id: 'state',
      head: t('status'),
      slot: 'status',
      cell: (row) => (
        <>
          <Status word={stateOf(row)} tone={TONES[stateOf(row)]}>
            {t(`fleet.state.${stateOf(row)}`)}
          </Status>
          {row.parked_by.length > 0 && <small>{t('fleet.parked_by', { reasons: row.parked_by.join(', ') })}</small>}
        </>
      ),
    },
    { id: 'pool', head: t('fleet.pool'), slot: 'extra', cell: (row) => t(row.slow ? 'fleet.pool.slow' : 'fleet.pool.fast') },
    {
      id: 'next',
      head: t('fleet.next'),
      slot: 'extra',
      cell: (row) => (row.next_at === null ? t('fleet.asleep') : <Time at={row.next_at} />),
    },
    {
      id: 'failing',
      head: t('fleet.failing_since'),
      slot: 'fact',
      cell: (row) => (row.failing_since === null ? '–' : <Time at={row.failing_since} />),
    },
    {
      id: 'acts',
      head: t('acts'),
      headless: true,
      slot: 'acts',
      align: 'end',
      cell: (row) =>
        staff.can('platform:webhooks') &&
        (row.status === 'active' ? (
          <Button variant="quiet" aria-label={t('fleet.disable_of', { name: row.name })} onClick={() => acts.disable(row)}>
            {t('fleet.disable')}
          </Button>
        ) : (
          row.status === 'disabled' && (
            <Button variant="quiet" aria-label={t('fleet.enable_of', { name: row.name })} onClick={() => acts.enable(row)}>
              {t('fleet.enable')}
            </Button>
          )
        )),
    },
  ];
  const active = [
    ...(search.state === undefined ? [] : [{ key: 'state', label: t(`fleet.state.${search.state}`) }]),
    ...(search.tenant_id === undefined ? [] : [{ key: 'tenant_id', label: shortId(search.tenant_id) }]),
  ];
  return (
    <>
      <FilterBar
        nav={nav}
        picks={[
          { key: 'state', label: t('fleet.any_state'), options: STATES.map((value) => ({ value, label: t(`fleet.state.${value}`) })) },
        ]}
      />
      <DataTable
        caption={t('fleet.webhooks')}
        columns={columns}
        query={query}
        rowKey={(row) => row.webhook_id}
        tone={(row) => (stateOf(row) === 'running' ? undefined : TONES[stateOf(row)])}
        nav={nav}
        filtered={filteredEmpty(t('fleet.webhooks_lower'), active, nav)}
        empty={<Empty icon={IconWebhook} text={t('fleet.webhooks_none')} />}
      />
    </>
  );
}
