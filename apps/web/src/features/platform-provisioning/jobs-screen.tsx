import IconTimeline from '@tabler/icons-react/icons/IconTimeline';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { shortId } from '../../lib/format';
import { t, tryText } from '../../lib/i18n';
import type { ProvisioningJob } from '../../lib/types';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty, filteredEmpty } from '../../components/data-table/empty';
import { FilterBar } from '../../components/data-table/filter-bar';
import { useListNav } from '../../components/data-table/use-list-nav';
import { Page } from '../../components/shell/page';
import { Status, toneOf } from '../../components/ui/status';
import { Time } from '../../components/ui/time';
import { jobsQuery } from './queries';

const route = getRouteApi('/platform/provisioning');
const STATES = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] as const;

export function JobsScreen() {
  const nav = useListNav(route.useSearch());
  const { search } = nav;
  const query = useQuery(jobsQuery(search, nav.limit));
  const columns: Column<ProvisioningJob>[] = [
    {
      id: 'job',
      head: t('jobs.job'),
      slot: 'identity',
      cell: (job) => (
        <>
          <Link to="/platform/provisioning/$job_id" params={{ job_id: job.provisioning_job_id }}>
            {job.tenant_slug ?? tryText(`job.${job.kind}`, job.kind)}
          </Link>
          <small>{job.tenant_slug === null ? shortId(job.provisioning_job_id) : tryText(`job.${job.kind}`, job.kind)}</small>
        </>
      ),
    },
    { id: 'state', head: t('status'), slot: 'status', cell: (job) => <Status word={job.state} /> },
    {
      id: 'step',
      head: t('jobs.step'),
      slot: 'fact',
      cell: (job) => (job.step_key === null ? '–' : tryText(`step.${job.step_key}`, job.step_key)),
    },
    {
      id: 'attempts',
      head: t('jobs.tries'),
      slot: 'extra',
      align: 'end',
      cell: (job) => t('jobs.of', { count: job.attempts, max: job.max_attempts }),
    },
    { id: 'lease', head: t('jobs.lease'), slot: 'extra', cell: (job) => <Time at={job.lease_until} /> },
    { id: 'created', head: t('jobs.started'), slot: 'fact', align: 'end', cell: (job) => <Time at={job.created_at} /> },
  ];
  const active = [
    ...(search.status === undefined ? [] : [{ key: 'status', label: t(`status.${search.status}`) }]),
    ...(search.tenant_id === undefined ? [] : [{ key: 'tenant_id', label: shortId(search.tenant_id) }]),
  ];
  return (
    <Page title={t('platform.provisioning')} purpose={t('jobs.purpose')} flush>
      <FilterBar
        nav={nav}
        picks={[{ key: 'status', label: t('team.any_status'), options: STATES.map((value) => ({ value, label: t(`status.${value}`) })) }]}
      />
      <DataTable
        caption={t('platform.provisioning')}
        columns={columns}
        query={query}
        rowKey={(job) => job.provisioning_job_id}
        tone={(job) => (job.state === 'succeeded' ? undefined : toneOf(job.state))}
        nav={nav}
        filtered={filteredEmpty(t('jobs.jobs_lower'), active, nav)}
        empty={<Empty icon={IconTimeline} text={t('jobs.empty')} />}
      />
    </Page>
  );
}
