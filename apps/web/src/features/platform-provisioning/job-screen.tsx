import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { duration, exactTime } from '../../lib/format';
import { t, tryText } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { ProvisioningJobDetail } from '../../lib/types';
import { useStaff } from '../../components/can/staff-context';
import { askConfirm } from '../../components/confirm/confirm';
import { StepTimeline } from '../../components/job-progress/step-timeline';
import { Page } from '../../components/shell/page';
import { ErrorPage } from '../../components/states/error-page';
import { Pending } from '../../components/states/pending';
import { Button, LinkButton } from '../../components/ui/button';
import { CopyId } from '../../components/ui/copy-id';
import { Facts, Section } from '../../components/ui/layout';
import { Status } from '../../components/ui/status';
import { cancelJob, isOver, jobQuery, retryJob, useJobChange, useJobStream } from './queries';
import css from './job-screen.module.css';

const route = getRouteApi('/platform/provisioning/$job_id');

export function JobScreen() {
  const { job_id } = route.useParams();
  const [live, setLive] = useState(false);
  const query = useQuery(jobQuery(job_id, live));
  const streaming = useJobStream(job_id, query.data === undefined || isOver(query.data.state));
  if (streaming !== live) setLive(streaming);
  if (query.isError && query.data === undefined) return <ErrorPage error={query.error} reset={() => void query.refetch()} />;
  if (query.data === undefined) return <Pending />;
  return <JobPage job={query.data} />;
}

const took = (job: ProvisioningJobDetail): string =>
  job.started_at === null || job.finished_at === null ? '–' : duration(Date.parse(job.finished_at) - Date.parse(job.started_at));

function JobPage({ job }: { job: ProvisioningJobDetail }) {
  const done = job.steps.filter((step) => step.state === 'done' || step.state === 'skipped').length;
  const title = job.tenant_slug ?? tryText(`job.${job.kind}`, job.kind);
  return (
    <Page
      title={title}
      crumb={{ label: t('platform.provisioning'), to: '/platform/provisioning' }}
      purpose={
        <span className={css.state} role="status">
          <Status word={job.state} chip />
          {t('jobs.progress', { done, total: job.steps.length })}
        </span>
      }
      actions={<Acts job={job} />}
    >
      {job.error !== null && (
        <p className={css.error}>
          <strong>{t('jobs.failed_at', { step: tryText(`step.${job.step_key}`, job.step_key ?? '') })}</strong> {job.error.message}
        </p>
      )}
      <Section title={t('jobs.steps')}>
        <StepTimeline steps={job.steps} />
      </Section>
      <Section title={t('jobs.about')}>
        <Facts
          items={[
            [t('jobs.kind'), tryText(`job.${job.kind}`, job.kind)],
            [t('jobs.tries'), t('jobs.of', { count: job.attempts, max: job.max_attempts })],
            [t('jobs.started'), job.started_at === null ? '–' : exactTime(job.started_at)],
            [t('jobs.took'), took(job)],
            [
              t('platform.tenant'),
              <Link key="tenant" to="/platform/tenants/$tenant_id" params={{ tenant_id: job.tenant_id }}>
                {job.tenant_slug ?? t('jobs.open_tenant')}
              </Link>,
            ],
            [t('id'), <CopyId key="id" id={job.provisioning_job_id} />],
          ]}
        />
      </Section>
    </Page>
  );
}

function Acts({ job }: { job: ProvisioningJobDetail }) {
  const staff = useStaff();
  const change = useJobChange();
  if (!staff.can('platform:jobs')) return null;
  const retry = (): void =>
    askConfirm({
      tier: 'R',
      harmless: true,
      title: t('jobs.retry_title'),
      consequence: t('jobs.retry_text', { step: tryText(`step.${job.step_key}`, job.step_key ?? '') }),
      verb: t('jobs.retry'),
      pendingText: t('working'),
      run: async ({ reason }) => {
        await change.mutateAsync(() => retryJob(job.provisioning_job_id, reason));
        showToast({ tone: 'ok', text: t('jobs.retried') });
      },
    });
  const cancel = (): void =>
    askConfirm({
      tier: 'R',
      title: t('jobs.cancel_title'),
      consequence: t('jobs.cancel_text'),
      verb: t('jobs.cancel'),
      pendingText: t('working'),
      run: async ({ reason }) => {
        await change.mutateAsync(() => cancelJob(job.provisioning_job_id, reason));
        showToast({ tone: 'ok', text: t('jobs.cancelled') });
      },
    });
  if (job.state === 'failed')
    return (
      <Button variant="primary" onClick={retry}>
        {t('jobs.retry')}
      </Button>
    );
  if (job.state === 'queued' || job.state === 'waiting')
    return (
      <Button variant="danger" onClick={cancel}>
        {t('jobs.cancel')}
      </Button>
    );
  if (job.state === 'succeeded')
    return (
      <LinkButton variant="primary" to="/platform/tenants/$tenant_id" params={{ tenant_id: job.tenant_id }}>
        {t('jobs.open_tenant')}
      </LinkButton>
    );
  return null;
}
