import IconPlus from '@tabler/icons-react/icons/IconPlus';
import IconWebhook from '@tabler/icons-react/icons/IconWebhook';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { t } from '../../lib/i18n';
import type { Webhook } from '../../lib/types';
import { Can, useTenant } from '../../components/can/tenant-context';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty, filteredEmpty } from '../../components/data-table/empty';
import { FilterBar } from '../../components/data-table/filter-bar';
import { useListNav } from '../../components/data-table/use-list-nav';
import { Page } from '../../components/shell/page';
import { Button, LinkButton } from '../../components/ui/button';
import { Time } from '../../components/ui/time';
import './texts';
import { DayBacklog, DayRate } from './day-figures';
import { hostOf } from './endpoint-rules';
import { webhooksQuery } from './queries';
import { useWebhookActs } from './use-webhook-acts';
import { toneOfWebhook, WebhookStatus } from './webhook-status';

const route = getRouteApi('/t/$tenant/webhooks');
const STATES = ['active', 'paused', 'disabled'] as const;
const orNever = (at: string | null) => (at === null ? t('webhooks.never') : <Time at={at} />);

export function WebhooksScreen() {
  const here = useTenant();
  const nav = useListNav(route.useSearch());
  const { status, cursor } = nav.search;
  const query = useQuery(webhooksQuery(here, status, cursor, nav.limit));
  const acts = useWebhookActs();
  const params = { tenant: here.slug };
  const columns: Column<Webhook>[] = [
    {
      id: 'name',
      head: t('webhooks.endpoint'),
      slot: 'identity',
      cell: (row) => (
        <>
          <Link to="/t/$tenant/webhooks/$webhook_id/overview" params={{ ...params, webhook_id: row.webhook_id }}>
            {row.name}
          </Link>
          <small className="mono">{hostOf(row.url)}</small>
        </>
      ),
    },
    {
      id: 'status',
      head: t('status'),
      slot: 'status',
      cell: (row) => <WebhookStatus webhook={row} />,
    },
    {
      id: 'events',
      head: t('webhooks.events'),
      slot: 'extra',
      cell: (row) => (
        <span title={row.events.join(', ')}>
          {row.events.length === 1 ? row.events[0] : t('webhooks.event_count', { count: row.events.length })}
        </span>
      ),
    },
    { id: 'day', head: t('webhooks.last_day'), slot: 'fact', cell: (row) => <DayRate webhook={row} /> },
    { id: 'backlog', head: t('webhooks.backlog'), slot: 'extra', align: 'end', cell: (row) => <DayBacklog webhook={row} /> },
    {
      id: 'success',
      head: t('webhooks.last_success'),
      slot: 'fact',
      cell: (row) => (
        <>
          {orNever(row.last_success_at)}
          {row.failure_count > 0 && <small>{t('webhooks.failed_in_row', { count: row.failure_count })}</small>}
        </>
      ),
    },
    {
      id: 'acts',
      head: t('acts'),
      headless: true,
      slot: 'acts',
      align: 'end',
      cell: (row) =>
        here.can('webhooks:write') &&
        (row.status === 'active' ? (
          <Button
            variant="quiet"
            disabled={acts.pending}
            aria-label={t('webhooks.pause_of', { name: row.name })}
            onClick={() => acts.pause(row)}
          >
            {t('webhooks.pause')}
          </Button>
        ) : (
          <Button
            variant="quiet"
            disabled={acts.pending}
            aria-label={t('webhooks.resume_of', { name: row.name })}
            onClick={() => acts.resume(row)}
          >
            {t('webhooks.resume')}
          </Button>
        )),
    },
  ];
  const create = (
    <Can do="webhooks:write">
      <LinkButton variant="primary" icon={IconPlus} data-new to="/t/$tenant/webhooks/new" params={params}>
        {t('webhooks.new')}
      </LinkButton>
    </Can>
  );
  const catalogue = (
    <LinkButton to="/t/$tenant/webhooks/events" params={params}>
      {t('webhooks.catalogue')}
    </LinkButton>
  );
  const active = status === undefined ? [] : [{ key: 'status', label: t(`webhooks.status.${status}`) }];
  return (
    <Page
      title={t('nav.webhooks')}
      purpose={t('webhooks.purpose')}
      flush
      actions={
        <>
          <LinkButton to="/t/$tenant/webhooks/deliveries" params={params}>
            {t('webhooks.log')}
          </LinkButton>
          {catalogue}
          {create}
        </>
      }
    >
      <FilterBar
        nav={nav}
        picks={[
          {
            key: 'status',
            label: t('webhooks.any_status'),
            options: STATES.map((value) => ({ value, label: t(`webhooks.status.${value}`) })),
          },
        ]}
      />
      <DataTable
        caption={t('nav.webhooks')}
        columns={columns}
        query={query}
        rowKey={(row) => row.webhook_id}
        tone={(row) => (toneOfWebhook(row) === 'ok' ? undefined : toneOfWebhook(row))}
        nav={nav}
        filtered={filteredEmpty(t('webhooks.lower'), active, nav)}
        empty={<Empty icon={IconWebhook} text={t('webhooks.empty')} action={create} />}
      />
    </Page>
  );
}
