import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { errorText } from '../../lib/errors';
import { number } from '../../lib/format';
import { t } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { Webhook, WebhookJob } from '../../lib/types';
import { Can, useTenant } from '../../components/can/tenant-context';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { Button } from '../../components/ui/button';
import { Note } from '../../components/ui/layout';
import { Status } from '../../components/ui/status';
import { cancelJob, jobsQuery, useWebhookChange } from './queries';
import css from './webhooks.module.css';

const SHOWN = 5;
const runs = ({ state }: WebhookJob): boolean => state === 'queued' || state === 'running';

/** Replays and such, newest first: how far they are, and the button that stops one. The server's list is the truth, so a reload loses nothing. */
export function JobList({ webhook }: { webhook: Webhook }) {
  const here = useTenant();
  const query = useQuery(jobsQuery(here, webhook.webhook_id));
  const change = useWebhookChange<unknown>();
  useEndNotice(query.data?.data);
  if (query.isError && query.data === undefined) return <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <Pending />;
  const jobs = query.data.data.slice(0, SHOWN);
  if (jobs.length === 0) return <Note>{t('webhooks.no_jobs')}</Note>;
  const stop = (job: WebhookJob): void =>
    change.mutate((api) => cancelJob(api, job.webhook_job_id), {
      onError: (cause) => showToast({ tone: 'bad', text: errorText(cause) }),
    });
  return jobs.map((job) => (
    <div key={job.webhook_job_id} className={css.job}>
      <span>
        {t(`webhooks.job.${job.kind}`)}{' '}
        <span className={css.hint}>
          {job.total === null ? number(job.done) : t('webhooks.job_done', { done: job.done, total: job.total })}
        </span>
      </span>
      <Status word={job.state} />
      {runs(job) ? (
        <Can do="webhooks:write">
          <Button variant="quiet" disabled={change.isPending} onClick={() => stop(job)}>
            {t('webhooks.job_cancel')}
          </Button>
        </Can>
      ) : (
        <span />
      )}
      {runs(job) && (
        <progress max={job.total ?? 1} value={job.total === null ? undefined : job.done} aria-label={t(`webhooks.job.${job.kind}`)} />
      )}
    </div>
  ));
}

/** Says it when a job that was seen running has ended. */
function useEndNotice(jobs: readonly WebhookJob[] | undefined): void {
  const running = useRef(new Set<string>());
  useEffect(() => {
    for (const job of jobs ?? []) {
      if (runs(job)) running.current.add(job.webhook_job_id);
      else if (running.current.delete(job.webhook_job_id))
        showToast({
          tone: job.state === 'failed' ? 'bad' : 'ok',
          text: t('webhooks.job_ended', { job: t(`webhooks.job.${job.kind}`), done: job.done }),
        });
    }
  }, [jobs]);
}
