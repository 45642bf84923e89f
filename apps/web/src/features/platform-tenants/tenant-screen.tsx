import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { exactTime, number } from '../../lib/format';
import { t, tryText } from '../../lib/i18n';
import type { ConsoleTenantDetail } from '../../lib/types';
import { useStaff } from '../../components/can/staff-context';
import { JobRow } from '../../components/job-progress/job-row';
import { Page } from '../../components/shell/page';
import { Tabs } from '../../components/shell/tabs';
import { ErrorBlock } from '../../components/states/error-block';
import { ErrorPage } from '../../components/states/error-page';
import { Pending } from '../../components/states/pending';
import { CopyId } from '../../components/ui/copy-id';
import { Facts, Note, Section } from '../../components/ui/layout';
import { Status } from '../../components/ui/status';
import { Time } from '../../components/ui/time';
import { jobsOfQuery, tenantQuery } from './queries';
import { TenantActs } from './tenant-acts';
import { TenantLimits } from './tenant-limits';
import { TenantMembers } from './tenant-members';
import css from './tenants.module.css';

const route = getRouteApi('/platform/tenants/$tenant_id');

export function TenantScreen() {
  const { tenant_id } = route.useParams();
  const query = useQuery(tenantQuery(tenant_id));
  if (query.isError) return <ErrorPage error={query.error} reset={() => void query.refetch()} />;
  if (query.data === undefined) return <Pending />;
  return <TenantPage tenant={query.data} />;
}

const TABS = ['overview', 'members', 'limits'] as const;
type Tab = (typeof TABS)[number];
const REQUIRES: Readonly<Record<Tab, string>> = { overview: 'platform:tenants', members: 'platform:tenants', limits: 'platform:billing' };

function TenantPage({ tenant }: { tenant: ConsoleTenantDetail }) {
  const staff = useStaff();
  const { tab = 'overview' } = route.useSearch();
  const { tenant_id } = tenant;
  return (
    <Page
      title={tenant.name}
      crumb={{ label: t('platform.tenants'), to: '/platform/tenants' }}
      purpose={<Status word={tenant.status} chip />}
      actions={<TenantActs tenant={tenant} />}
      flush
    >
      <Tabs label={tenant.name}>
        {TABS.filter((one) => staff.can(REQUIRES[one])).map((one) => (
          <Link
            key={one}
            to="/platform/tenants/$tenant_id"
            params={{ tenant_id }}
            search={one === 'overview' ? {} : { tab: one }}
            activeOptions={{ exact: true }}
            aria-current={one === tab ? 'page' : undefined}
          >
            {t(`tenants.tab.${one}`)}
          </Link>
        ))}
      </Tabs>
      {tab === 'members' ? (
        <TenantMembers tenant={tenant} />
      ) : (
        <div className={css.part}>
          {tab === 'limits' && staff.can(REQUIRES.limits) ? <TenantLimits tenantId={tenant_id} /> : <Overview tenant={tenant} />}
        </div>
      )}
    </Page>
  );
}

function Overview({ tenant }: { tenant: ConsoleTenantDetail }) {
  return (
    <>
      {tenant.failure_step !== null && tenant.status === 'failed' && (
        <p className={css.error}>
          {t('tenants.failed_at', {
            step: tryText(`step.${tenant.failure_step}`, tenant.failure_step),
            message: tenant.failure_reason ?? '',
          })}
        </p>
      )}
      <Facts
        items={[
          [t('tenants.slug'), <code key="slug">{tenant.slug}</code>],
          ...(tenant.status_reason ? [[t('tenants.status_reason'), tenant.status_reason] as const] : []),
          ...(tenant.read_only ? [[t('tenants.writing'), t('tenants.is_read_only')] as const] : []),
          ...(tenant.delete_after === null ? [] : [[t('tenants.delete_after'), exactTime(tenant.delete_after)] as const]),
          [t('tenants.template'), tenant.template_code ?? '–'],
          [t('tenants.plan'), tenant.plan_code ?? '–'],
          [t('team.members'), number(tenant.member_count)],
          [t('tenants.created'), exactTime(tenant.created_at)],
          [t('id'), <CopyId key="id" id={tenant.tenant_id} />],
        ]}
      />
      <Jobs tenantId={tenant.tenant_id} />
    </>
  );
}

function Jobs({ tenantId }: { tenantId: string }) {
  const staff = useStaff();
  const query = useQuery({ ...jobsOfQuery(tenantId), enabled: staff.can('platform:jobs') });
  if (!staff.can('platform:jobs')) return null;
  return (
    <Section
      title={t('platform.provisioning')}
      aside={
        <Link to="/platform/audit" search={{ tenant_id: tenantId }}>
          {t('tenants.its_audit')}
        </Link>
      }
    >
      {query.isError && <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.data.length === 0 && <Note>{t('jobs.none')}</Note>}
      {query.data?.data.map((job) => (
        <JobRow key={job.provisioning_job_id} job={job} when={<Time at={job.created_at} form="short" />} />
      ))}
    </Section>
  );
}
