import IconChevronRight from '@tabler/icons-react/icons/IconChevronRight';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ok, platformApi } from '../../lib/api';
import { t, tryText } from '../../lib/i18n';
import { configQuery, platformKey } from '../../lib/queries';
import type { Page as PageOf } from '../../lib/types';
import { useStaff } from '../../components/can/staff-context';
import { Page } from '../../components/shell/page';
import { ErrorBlock } from '../../components/states/error-block';
import { Icon } from '../../components/ui/icon';
import { Facts, Note, Section } from '../../components/ui/layout';
import { Status, railClass } from '../../components/ui/status';
import { Time } from '../../components/ui/time';
import css from './overview.module.css';

const FULL = 100;
/** A list has no total: a full page is "100 and more". */
const count = (page: PageOf<unknown> | undefined): string =>
  page === undefined ? '–' : page.next_cursor === null ? String(page.data.length) : t('overview.and_more', { count: page.data.length });

export function OverviewScreen() {
  const staff = useStaff();
  const jobsAllowed = staff.can('platform:jobs');
  const config = useQuery(configQuery).data;
  const tenants = useQuery({
    queryKey: platformKey('tenants', 'overview'),
    queryFn: ({ signal }) => ok(platformApi.GET('/api/v1/ops/tenants', { params: { query: { limit: FULL } }, signal })),
    refetchInterval: 15_000,
  });
  const failed = useQuery({
    queryKey: platformKey('jobs', 'overview', 'failed'),
    queryFn: ({ signal }) =>
      ok(platformApi.GET('/api/v1/ops/provisioning/jobs', { params: { query: { status: 'failed', limit: FULL } }, signal })),
    enabled: jobsAllowed,
    refetchInterval: 15_000,
  });
  const running = useQuery({
    queryKey: platformKey('jobs', 'overview', 'running'),
    queryFn: ({ signal }) =>
      ok(platformApi.GET('/api/v1/ops/provisioning/jobs', { params: { query: { status: 'running', limit: FULL } }, signal })),
    enabled: jobsAllowed,
    refetchInterval: 15_000,
  });
  const rows = tenants.data?.data ?? [];
  const by = (status: string): number => rows.filter((tenant) => tenant.status === status).length;
  // A failed job whose tenant came through later needs nobody.
  const broken = (failed.data?.data ?? []).filter((job) => rows.find((tenant) => tenant.tenant_id === job.tenant_id)?.status !== 'active');
  const suspended = rows.filter((tenant) => tenant.status === 'suspended');
  return (
    <Page title={t('platform.overview')} purpose={t('overview.purpose')}>
      {tenants.isError && <ErrorBlock error={tenants.error} onRetry={() => void tenants.refetch()} />}
      <Section title={t('overview.attention')}>
        {broken.length === 0 && suspended.length === 0 && (
          <p className={css.calm}>
            <Status word="ok" tone="ok">
              {t('overview.calm')}
            </Status>
          </p>
        )}
        <ul>
          {broken.map((job) => (
            <li key={job.provisioning_job_id} className={`${css.item} ${railClass('bad')}`}>
              <Link to="/platform/provisioning/$job_id" params={{ job_id: job.provisioning_job_id }}>
                <span>
                  <strong>
                    {t('overview.job_failed', {
                      tenant: rows.find((tenant) => tenant.tenant_id === job.tenant_id)?.name ?? job.tenant_slug ?? '',
                    })}
                  </strong>
                  <small>
                    {t('overview.at_step', {
                      step: tryText(`step.${job.step_key}`, job.step_key ?? ''),
                      message: job.error?.message ?? job.error?.code ?? '',
                    })}
                  </small>
                </span>
                <Icon of={IconChevronRight} />
              </Link>
            </li>
          ))}
          {suspended.map((tenant) => (
            <li key={tenant.tenant_id} className={`${css.item} ${railClass('attention')}`}>
              <Link to="/platform/tenants/$tenant_id" params={{ tenant_id: tenant.tenant_id }}>
                <span>
                  <strong>{t('overview.suspended', { tenant: tenant.name })}</strong>
                </span>
                <Icon of={IconChevronRight} />
              </Link>
            </li>
          ))}
        </ul>
      </Section>
      <Section title={t('overview.figures')}>
        <Facts
          items={[
            [
              t('platform.tenants'),
              <Link key="tenants" to="/platform/tenants" search={{}}>
                {count(tenants.data)}
              </Link>,
            ],
            [
              t('overview.active'),
              <Link key="active" to="/platform/tenants" search={{ status: 'active' }}>
                {by('active')}
              </Link>,
            ],
            [
              t('overview.setting_up'),
              <Link key="setting" to="/platform/tenants" search={{ status: 'provisioning' }}>
                {by('provisioning')}
              </Link>,
            ],
            ...(jobsAllowed
              ? [
                  [
                    t('overview.jobs_running'),
                    <Link key="jobs" to="/platform/provisioning" search={{ status: 'running' }}>
                      {count(running.data)}
                    </Link>,
                  ] as const,
                ]
              : []),
            [t('overview.newest'), rows.length === 0 ? '–' : <Newest key="newest" rows={rows} />],
            [t('overview.build'), <code key="build">{config?.build ?? '–'}</code>],
          ]}
        />
      </Section>
      {config?.maintenance != null && <Note>{config.maintenance.message}</Note>}
    </Page>
  );
}

function Newest({ rows }: { rows: readonly { name: string; created_at: string }[] }) {
  const newest = rows.reduce((one, other) => (other.created_at > one.created_at ? other : one));
  return (
    <>
      {newest.name} · <Time at={newest.created_at} />
    </>
  );
}
