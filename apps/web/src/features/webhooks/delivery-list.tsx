import IconSend from '@tabler/icons-react/icons/IconSend';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { lazy, Suspense, type ReactNode } from 'react';
import { exactTime } from '../../lib/format';
import { tryText, t } from '../../lib/i18n';
import type { Delivery, Page, Webhook } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty, filteredEmpty } from '../../components/data-table/empty';
import { FilterBar } from '../../components/data-table/filter-bar';
import type { ListNav } from '../../components/data-table/use-list-nav';
import { Status } from '../../components/ui/status';
import { Time } from '../../components/ui/time';
import { deliveryWords, failureWords, STATES, toneOfDelivery } from './delivery-words';
import { eventTypesQuery } from './queries';
import css from './webhooks.module.css';

const DeliveryDrawer = lazy(() => import('./delivery-drawer').then((module) => ({ default: module.DeliveryDrawer })));
const SPANS = ['1h', '24h', '7d', '30d'] as const;
const ANSWERS = ['200', '400', '401', '403', '404', '408', '410', '422', '429', '500', '502', '503', '504'];
const FILTERS = ['status', 'event_type', 'http_status', 'error_code', 'since'] as const;
const ERRORS = [
  'timeout', 'dns_failed', 'connect_failed', 'reset', 'tls_failed', 'protocol_error', 'redirect_refused', 'body_reset',
  'destination_not_allowed', 'worker_lost',
] as const; // prettier-ignore
/** Where the words of a filter's values stand. */
const WORDS: Readonly<Partial<Record<string, string>>> = { since: 'since', error_code: 'failure' };

interface Props {
  query: UseQueryResult<Page<Delivery>>;
  nav: ListNav;
  /** Null: the log of all. */
  webhook: Webhook | null;
  nameOf?: (webhook_id: string) => string;
  /** Rows can be picked, to do something with these alone. */
  picking?: Picking;
  /** Between the filters and the rows. */
  children?: ReactNode;
}
/** Which rows are picked, by delivery id. */
export interface Picking {
  readonly picked: readonly string[];
  readonly onPick: (picked: string[]) => void;
}

export function DeliveryList({ query, nav, webhook, nameOf, picking, children }: Props) {
  const here = useTenant();
  const zone = here.me.tenant.time_zone;
  const types = useQuery(eventTypesQuery(here)).data?.data ?? [];
  const { search } = nav;
  const opened = query.data?.data.find((row) => row.delivery_id === search.delivery);
  const columns: Column<Delivery>[] = [
    ...(picking === undefined ? [] : [pickColumn(picking, zone)]),
    {
      id: 'event',
      head: t('webhooks.event'),
      slot: 'identity',
      cell: (row) => (
        <button type="button" className={css.open} data-row={row.delivery_id} onClick={() => nav.open({ delivery: row.delivery_id })}>
          {row.event_type}
        </button>
      ),
    },
    ...(nameOf === undefined
      ? []
      : [{ id: 'webhook', head: t('webhooks.endpoint'), slot: 'fact', cell: (row: Delivery) => nameOf(row.webhook_id) } as const]),
    {
      id: 'status',
      head: t('status'),
      slot: 'status',
      cell: (row) => (
        <Status word={row.status} tone={toneOfDelivery(row.status)}>
          {deliveryWords(row, zone)}
        </Status>
      ),
    },
    {
      id: 'http',
      head: t('webhooks.http'),
      slot: 'fact',
      cell: (row) => <span title={failureWords(row) ?? undefined}>{row.http_status ?? row.error_code ?? '–'}</span>,
    },
    { id: 'attempts', head: t('webhooks.attempts'), slot: 'extra', align: 'end', cell: (row) => row.attempts },
    {
      id: 'time',
      head: t('webhooks.created_at'),
      slot: 'fact',
      align: 'end',
      cell: (row) => <Time at={row.created_at} zone={zone} form="short" />,
    },
  ];
  const active = FILTERS.flatMap((key) => {
    const value = search[key];
    return value === undefined ? [] : [{ key, label: tryText(`webhooks.${WORDS[key] ?? 'delivery'}.${value}`, value) }];
  });
  return (
    <>
      <FilterBar
        nav={nav}
        picks={[
          {
            key: 'status',
            label: t('webhooks.any_status'),
            options: STATES.map((value) => ({ value, label: t(`webhooks.delivery.${value}`) })),
          },
          { key: 'event_type', label: t('webhooks.any_event'), options: types.map(({ type }) => ({ value: type, label: type })) },
          { key: 'http_status', label: t('webhooks.any_http'), options: ANSWERS.map((value) => ({ value, label: value })) },
          {
            key: 'error_code',
            label: t('webhooks.any_error'),
            options: ERRORS.map((value) => ({ value, label: t(`webhooks.failure.${value}`) })),
          },
          { key: 'since', label: t('webhooks.any_time'), options: SPANS.map((value) => ({ value, label: t(`webhooks.since.${value}`) })) },
        ]}
      />
      {children}
      <DataTable
        caption={t('webhooks.tab.deliveries')}
        columns={columns}
        query={query}
        rowKey={(row) => row.delivery_id}
        tone={(row) => (row.status === 'success' ? undefined : toneOfDelivery(row.status))}
        nav={nav}
        filtered={
          active.length === 1 && search.status === 'dlq' ? (
            <Empty icon={IconSend} text={t('webhooks.dlq_empty')} />
          ) : (
            filteredEmpty(t('webhooks.deliveries_lower'), active, nav)
          )
        }
        empty={<Empty icon={IconSend} text={t('webhooks.deliveries_empty')} />}
      />
      <Suspense>
        {search.delivery !== undefined && (webhook !== null || opened !== undefined) && (
          <DeliveryDrawer
            key={search.delivery}
            webhookId={webhook?.webhook_id ?? opened?.webhook_id ?? ''}
            deliveryId={search.delivery}
            name={webhook?.name ?? nameOf?.(opened?.webhook_id ?? '') ?? ''}
            onClose={() => nav.open({ delivery: undefined })}
          />
        )}
      </Suspense>
    </>
  );
}

const pickColumn = ({ picked, onPick }: Picking, zone: string): Column<Delivery> => ({
  id: 'pick',
  head: t('webhooks.select'),
  headless: true,
  slot: 'acts',
  cell: ({ delivery_id, event_type, created_at }) => (
    <label className={css.pick}>
      <input
        type="checkbox"
        aria-label={t('webhooks.select_of', { event: event_type, time: exactTime(created_at, zone) })}
        checked={picked.includes(delivery_id)}
        onChange={({ currentTarget: { checked } }) =>
          onPick(checked ? [...picked, delivery_id] : picked.filter((one) => one !== delivery_id))
        }
      />
    </label>
  ),
});
