import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { exactTime, number } from '../../lib/format';
import { t, tryText } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { ConsoleTenantDetail } from '../../lib/types';
import { useStaff } from '../../components/can/staff-context';
import { askConfirm } from '../../components/confirm/confirm';
import { JobRow } from '../../components/job-progress/job-row';
import { Page } from '../../components/shell/page';
import { ErrorBlock } from '../../components/states/error-block';
import { ErrorPage } from '../../components/states/error-page';
import { Pending } from '../../components/states/pending';
import { Button } from '../../components/ui/button';
import { CopyId } from '../../components/ui/copy-id';
import { Facts, Note, Section } from '../../components/ui/layout';
import { Status } from '../../components/ui/status';
import { Time } from '../../components/ui/time';
import { jobsOfQuery, resumeTenant, suspendTenant, tenantQuery, useTenantChange } from './queries';
import css from './tenants.module.css';

const route = getRouteApi('/platform/tenants/$tenant_id');

export function TenantScreen() {
  const { tenant_id } = route.useParams();
  const query = useQuery(tenantQuery(tenant_id));
  if (query.isError) return <ErrorPage error={query.error} reset={() => void query.refetch()} />;
  if (query.data === undefined) return <Pending />;
  return <TenantPage tenant={query.data} />;
}

function TenantPage({ tenant }: { tenant: ConsoleTenantDetail }) {
  return (
    <Page
      title={tenant.name}
      crumb={{ label: t('platform.tenants'), to: '/platform/tenants' }}
      purpose={<Status word={tenant.status} chip />}
      actions={<Acts tenant={tenant} />}
    >
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
          [t('tenants.template'), tenant.template_code ?? '–'],
          [t('tenants.plan'), tenant.plan_code ?? '–'],
          [t('team.members'), number(tenant.member_count)],
          [t('tenants.created'), exactTime(tenant.created_at)],
          [t('id'), <CopyId key="id" id={tenant.tenant_id} />],
        ]}
      />
      <Jobs tenantId={tenant.tenant_id} />
    </Page>
  );
}

function Acts({ tenant }: { tenant: ConsoleTenantDetail }) {
  const staff = useStaff();
  const change = useTenantChange();
  if (!staff.can('platform:tenants')) return null;
  const suspend = (): void =>
    askConfirm({
      tier: 3,
      name: tenant.name,
      title: t('tenants.suspend_title', { tenant: tenant.name }),
      consequence: t('tenants.suspend_text'),
      verb: t('tenants.suspend'),
      pendingText: t('working'),
      run: async ({ reason }) => {
        await change.mutateAsync(() => suspendTenant(tenant.tenant_id, reason));
        showToast({ tone: 'ok', text: t('tenants.suspended', { tenant: tenant.name }) });
      },
    });
  const resume = (): void =>
    askConfirm({
      tier: 3,
      harmless: true,
      name: tenant.name,
      title: t('tenants.resume_title', { tenant: tenant.name }),
      consequence: t('tenants.resume_text'),
      verb: t('tenants.resume'),
      pendingText: t('working'),
      run: async ({ reason }) => {
        await change.mutateAsync(() => resumeTenant(tenant.tenant_id, reason));
        showToast({ tone: 'ok', text: t('tenants.resumed', { tenant: tenant.name }) });
      },
    });
  if (tenant.status === 'active')
    return (
      <Button variant="danger" onClick={suspend}>
        {t('tenants.suspend')}
      </Button>
    );
  if (tenant.status === 'suspended')
    return (
      <Button variant="primary" onClick={resume}>
        {t('tenants.resume')}
      </Button>
    );
  return null;
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
