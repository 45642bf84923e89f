import type { UseQueryResult } from '@tanstack/react-query';
import IconHistory from '@tabler/icons-react/icons/IconHistory';
import { lazy, Suspense } from 'react';
import { t, tryText } from '../../lib/i18n';
import type { AuditRow, Page } from '../../lib/types';
import { DataTable, type Column } from '../data-table/data-table';
import { Empty, filteredEmpty } from '../data-table/empty';
import { FilterBar } from '../data-table/filter-bar';
import type { ListNav } from '../data-table/use-list-nav';
import { Status, toneOf, type Tone } from '../ui/status';
import { Time } from '../ui/time';
import { actionWords, actorDetail, actorName, targetWords } from './words';
import css from './audit.module.css';

const AuditDrawer = lazy(() => import('./audit-drawer').then((module) => ({ default: module.AuditDrawer })));
const OUTCOMES = ['success', 'denied', 'failed'] as const;
const SEVERITIES = ['info', 'warning', 'critical'] as const;
const SPANS = ['1h', '24h', '7d', '30d'] as const;
const FILTERS = ['action', 'actor', 'outcome', 'severity', 'since', 'tenant_id'] as const;

const railOf = (row: AuditRow): Tone | undefined =>
  row.outcome !== 'success' ? 'bad' : row.severity === 'info' ? undefined : toneOf(row.severity);

interface AuditListProps {
  query: UseQueryResult<Page<AuditRow>>;
  nav: ListNav;
  zone?: string;
  /** The platform's list names the tenant of each entry. */
  tenantName?: (id: string) => string;
}

export function AuditList({ query, nav, zone, tenantName }: AuditListProps) {
  const { search } = nav;
  const opened = query.data?.data.find((row) => row.audit_event_id === search.event);
  const columns: Column<AuditRow>[] = [
    {
      id: 'action',
      head: t('audit.action'),
      slot: 'identity',
      cell: (row) => (
        <button type="button" className={css.open} data-row={row.audit_event_id} onClick={() => nav.open({ event: row.audit_event_id })}>
          {actionWords(row.action)}
          <small className="mono">{row.action}</small>
        </button>
      ),
    },
    {
      id: 'actor',
      head: t('audit.actor'),
      slot: 'fact',
      cell: (row) => (
        <>
          {actorName(row)}
          {actorDetail(row) !== null && <small>{actorDetail(row)}</small>}
          {row.impersonator != null && <small>{t('audit.via', { staff: row.impersonator.label ?? row.impersonator.id })}</small>}
        </>
      ),
    },
    { id: 'target', head: t('audit.target'), slot: 'extra', cell: targetWords },
    ...(tenantName === undefined
      ? []
      : [{ id: 'tenant', head: t('platform.tenant'), slot: 'extra', cell: (row: AuditRow) => tenantName(row.tenant_id) } as const]),
    {
      id: 'severity',
      head: t('audit.severity'),
      slot: 'extra',
      cell: (row) => (row.severity === 'info' ? t('status.info') : <Status word={row.severity} />),
    },
    { id: 'outcome', head: t('audit.outcome'), slot: 'status', cell: (row) => <Status word={row.outcome} /> },
    {
      id: 'time',
      head: t('audit.time'),
      slot: 'fact',
      align: 'end',
      cell: (row) => <Time at={row.occurred_at} zone={zone} form="short" />,
    },
  ];
  const labelOf = (key: (typeof FILTERS)[number], value: string): string => {
    if (key === 'since') return t(`audit.since.${value as (typeof SPANS)[number]}`);
    if (key === 'tenant_id') return tenantName?.(value) ?? value;
    return tryText(`status.${value}`, key === 'action' ? `“${value}”` : value);
  };
  const active = FILTERS.flatMap((key) => (search[key] === undefined ? [] : [{ key, label: labelOf(key, search[key]) }]));
  return (
    <>
      <FilterBar
        nav={nav}
        search={{ key: 'action', label: t('audit.search') }}
        picks={[
          { key: 'outcome', label: t('audit.any_outcome'), options: OUTCOMES.map((value) => ({ value, label: t(`status.${value}`) })) },
          { key: 'severity', label: t('audit.any_severity'), options: SEVERITIES.map((value) => ({ value, label: t(`status.${value}`) })) },
          { key: 'since', label: t('audit.any_time'), options: SPANS.map((value) => ({ value, label: t(`audit.since.${value}`) })) },
        ]}
      >
        {search.actor !== undefined && (
          <button
            type="button"
            className={css.chip}
            onClick={() => nav.filter({ actor: undefined })}
            aria-label={t('list.remove_filter', { filter: t('audit.actor_is') })}
          >
            {t('audit.actor_is')}
          </button>
        )}
      </FilterBar>
      <DataTable
        caption={t('nav.audit')}
        columns={columns}
        query={query}
        rowKey={(row) => row.audit_event_id}
        tone={railOf}
        nav={nav}
        filtered={filteredEmpty(t('audit.entries_lower'), active, nav)}
        empty={<Empty icon={IconHistory} text={t('audit.empty')} />}
      />
      {opened !== undefined && (
        <Suspense>
          <AuditDrawer row={opened} nav={nav} zone={zone} tenantName={tenantName} />
        </Suspense>
      )}
    </>
  );
}
