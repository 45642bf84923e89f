import IconShieldCheck from '@tabler/icons-react/icons/IconShieldCheck';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ALL_PERMISSIONS } from '#contracts/permissions.js';
import { ok } from '../../lib/api';
import { number, shortId } from '../../lib/format';
import { t, tryText } from '../../lib/i18n';
import { maskText } from '../../lib/masks';
import { tenantKey } from '../../lib/queries';
import type { Decision } from '../../lib/types';
import { SPANS_MS } from '../../components/audit-log/audit-query';
import { useTenant } from '../../components/can/tenant-context';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty, filteredEmpty } from '../../components/data-table/empty';
import { FilterBar } from '../../components/data-table/filter-bar';
import { useListNav } from '../../components/data-table/use-list-nav';
import { Status } from '../../components/ui/status';
import { Time } from '../../components/ui/time';
import { AuditPage } from './audit-page';

const route = getRouteApi('/t/$tenant/audit/decisions');
const RESULTS = ['denied', 'allowed'] as const;
const SPANS = ['1h', '24h', '7d', '30d'] as const;
const PEOPLE = { query: { limit: 100 } };

/** Recent denials, and what was asked of one person's rights: which permission, how often, and why it was not given. */
export function DecisionsScreen() {
  const here = useTenant();
  const nav = useListNav(route.useSearch());
  const { result = 'denied', user_id, permission, since, group_by, cursor } = nav.search;
  const filters = { result: result === 'any' ? undefined : result, user_id, permission, group_by, cursor, limit: nav.limit } as const;
  const query = useQuery({
    queryKey: tenantKey(here.tenant_id, 'decisions', filters, since),
    queryFn: ({ signal }) => {
      const from = since === undefined ? undefined : new Date(Date.now() - (SPANS_MS[since] ?? 0)).toISOString();
      return ok(here.api.GET('/api/v1/rbac/decisions', { params: { query: { ...filters, from } }, signal }));
    },
    placeholderData: keepPreviousData,
  });
  const people = useQuery({
    queryKey: tenantKey(here.tenant_id, 'members', 'names'),
    queryFn: ({ signal }) => ok(here.api.GET('/api/v1/admin/members', { params: PEOPLE, signal })),
    enabled: here.can('users:read'),
    staleTime: 5 * 60_000,
  }).data?.data;
  const nameOf = (id: string): string => people?.find((member) => member.user_id === id)?.display_name || shortId(id);
  const permissionCell: Column<Decision> = {
    id: 'permission',
    head: t('decisions.permission'),
    slot: 'identity',
    cell: (row) => (
      <>
        {tryText(`permission.${row.permission}`, permissionWords(row))}
        <small className="mono">{row.permission}</small>
      </>
    ),
  };
  const resultCell: Column<Decision> = {
    id: 'result',
    head: t('decisions.result'),
    slot: 'status',
    cell: (row) => <Status word={row.result} tone={row.result === 'denied' ? 'bad' : 'ok'} />,
  };
  const countCell: Column<Decision> = {
    id: 'count',
    head: t('decisions.count'),
    slot: group_by === undefined ? 'extra' : 'fact',
    align: 'end',
    cell: (row) => number(row.occurrences),
  };
  const columns: Column<Decision>[] =
    group_by === 'permission'
      ? [permissionCell, resultCell, countCell]
      : [
          permissionCell,
          { id: 'who', head: t('decisions.who'), slot: 'fact', cell: (row) => <Who row={row} nameOf={nameOf} /> },
          { id: 'why', head: t('decisions.why'), slot: 'extra', cell: (row) => (row.reason == null ? '–' : reasonWords(row.reason)) },
          {
            id: 'where',
            head: t('decisions.where'),
            slot: 'extra',
            cell: (row) => <code>{[row.method, row.route].filter(Boolean).join(' ') || '–'}</code>,
          },
          resultCell,
          countCell,
          {
            id: 'time',
            head: t('audit.time'),
            slot: 'fact',
            align: 'end',
            cell: (row) => <Time at={row.created_at} zone={here.me.tenant.time_zone} form="short" />,
          },
        ];
  const active = [
    ...(user_id === undefined ? [] : [{ key: 'user_id', label: nameOf(user_id) }]),
    ...(permission === undefined ? [] : [{ key: 'permission', label: `“${permission}”` }]),
    ...(since === undefined ? [] : [{ key: 'since', label: t(`audit.since.${since}`) }]),
  ];
  return (
    <AuditPage purpose={t('decisions.purpose')}>
      <FilterBar
        nav={nav}
        picks={[
          { key: 'permission', label: t('decisions.any_permission'), options: ALL_PERMISSIONS.map((value) => ({ value, label: value })) },
          ...(people === undefined
            ? []
            : [
                {
                  key: 'user_id',
                  label: t('decisions.anybody'),
                  options: people.map((member) => ({ value: member.user_id, label: member.display_name || member.email })),
                },
              ]),
          { key: 'since', label: t('audit.any_time'), options: SPANS.map((value) => ({ value, label: t(`audit.since.${value}`) })) },
          {
            key: 'result',
            label: t('decisions.denied'),
            options: [...RESULTS.slice(1), 'any' as const].map((value) => ({ value, label: t(`decisions.${value}`) })),
          },
          { key: 'group_by', label: t('decisions.each'), options: [{ value: 'permission', label: t('decisions.by_permission') }] },
        ]}
      />
      <DataTable
        caption={t('decisions.title')}
        columns={columns}
        query={query}
        rowKey={(row) => row.rbac_audit_id ?? `${row.permission} ${row.result}`}
        tone={(row) => (row.result === 'denied' ? 'bad' : undefined)}
        nav={nav}
        filtered={filteredEmpty(t('decisions.lower'), active, nav)}
        empty={<Empty icon={IconShieldCheck} text={t('decisions.empty')} />}
      />
    </AuditPage>
  );
}

function Who({ row, nameOf }: { row: Decision; nameOf: (id: string) => string }) {
  if (row.api_key_id != null)
    return (
      <>
        {t('actor.api_key')} <small className="mono">{shortId(row.api_key_id)}</small>
      </>
    );
  if (row.user_id == null) return '–';
  return (
    <>
      {nameOf(row.user_id)}
      {row.ip != null && <small>{row.ip}</small>}
    </>
  );
}

const permissionWords = ({ resource, action }: Decision): string =>
  [tryText(`resource.${resource}`, resource), tryText(`action.${action}`, action)].filter(Boolean).join(': ');
const reasonWords = (reason: string): string => tryText(`decisions.reason.${reason}`, maskText(reason, null));
