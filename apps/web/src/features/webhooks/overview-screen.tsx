import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { duration, exactTime, number } from '../../lib/format';
import { t } from '../../lib/i18n';
import type { Webhook } from '../../lib/types';
import { Can, useTenant } from '../../components/can/tenant-context';
import { ErrorBlock } from '../../components/states/error-block';
import { Button, LinkButton } from '../../components/ui/button';
import { Facts, Row, Section } from '../../components/ui/layout';
import { Time } from '../../components/ui/time';
import { Spark } from './day-figures';
import { delayText, retryDelays } from './endpoint-rules';
import { JobList } from './job-list';
import { statsQuery } from './queries';
import { SendTest } from './send-test';
import { percentText } from './spark-bars';
import { useWebhookActs } from './use-webhook-acts';
import { WebhookPage } from './webhook-page';
import { WithheldTypes } from './withheld-types';

const RecoverDialog = lazy(() => import('./recover-dialog').then((module) => ({ default: module.RecoverDialog })));
const orNever = (at: string | null) => (at === null ? t('webhooks.never') : <Time at={at} />);

export const OverviewScreen = () => (
  <WebhookPage actions={(webhook) => <Acts webhook={webhook} />}>{(webhook) => <Overview webhook={webhook} />}</WebhookPage>
);

function Acts({ webhook }: { webhook: Webhook }) {
  const acts = useWebhookActs();
  const [recovering, setRecovering] = useState(false);
  return (
    <Can do="webhooks:write">
      <Button disabled={webhook.status !== 'active'} onClick={() => setRecovering(true)}>
        {t('webhooks.recover')}
      </Button>
      {webhook.status === 'active' ? (
        <Button disabled={acts.pending} onClick={() => acts.pause(webhook)}>
          {t('webhooks.pause')}
        </Button>
      ) : (
        <Button variant="primary" disabled={acts.pending} onClick={() => acts.resume(webhook)}>
          {t('webhooks.resume')}
        </Button>
      )}
      <Suspense>{recovering && <RecoverDialog webhook={webhook} onClose={() => setRecovering(false)} />}</Suspense>
    </Can>
  );
}

function Overview({ webhook }: { webhook: Webhook }) {
  const here = useTenant();
  const stats = useQuery(statsQuery(here, webhook.webhook_id));
  const zone = here.me.tenant.time_zone;
  const health: (readonly [string, React.ReactNode])[] = [
    ...(webhook.disabled_reason === null
      ? []
      : [[t('webhooks.status.disabled'), t(`webhooks.reason.${webhook.disabled_reason}`)] as const]),
    ...(webhook.failing_since === null
      ? []
      : [
          [
            t('webhooks.failing_since'),
            `${exactTime(webhook.failing_since, zone)}, ${t('webhooks.failed_in_row', { count: webhook.failure_count })}`,
          ] as const,
        ]),
    [t('webhooks.last_success'), orNever(webhook.last_success_at)],
    [t('webhooks.last_failure'), orNever(webhook.last_failure_at)],
  ];
  return (
    <>
      <WithheldTypes webhook={webhook} />
      <Facts items={[...health, ...(stats.data === undefined ? [] : inNumbers(stats.data))]} />
      {stats.isError && <ErrorBlock error={stats.error} onRetry={() => void stats.refetch()} />}
      {(stats.data?.counts.dlq ?? 0) > 0 && (
        <Row>
          <LinkButton
            to="/t/$tenant/webhooks/$webhook_id/deliveries"
            params={{ tenant: here.slug, webhook_id: webhook.webhook_id }}
            search={{ status: 'dlq' }}
          >
            {t('webhooks.tab.dlq')}
          </LinkButton>
        </Row>
      )}
      <Can do="webhooks:write">
        <Section title={t('webhooks.test')}>
          <SendTest webhook={webhook} />
        </Section>
      </Can>
      <Section title={t('webhooks.jobs')}>
        <JobList webhook={webhook} />
      </Section>
      <Section title={t('webhooks.facts')}>
        <Facts
          items={[
            [t('webhooks.events'), <code key="events">{webhook.events.join(', ')}</code>],
            [t('webhooks.headers'), webhook.header_names.length === 0 ? t('webhooks.headers_none') : webhook.header_names.join(', ')],
            [
              t('webhooks.retries'),
              webhook.retry_count === 0
                ? t('webhooks.no_retry')
                : t('webhooks.retry_times', { times: retryDelays(webhook.retry_count).map(delayText).join(', ') }),
            ],
            [t('webhooks.timeout'), number(webhook.timeout_ms / 1000)],
          ]}
        />
      </Section>
    </>
  );
}

type Stats = NonNullable<Awaited<ReturnType<NonNullable<ReturnType<typeof statsQuery>['queryFn']>>>>;
function inNumbers({ counts, success_rate, hours, p50_ms, p95_ms }: Stats): (readonly [string, React.ReactNode])[] {
  const ended = counts.success + counts.dlq;
  return [
    [
      t('webhooks.rate'),
      success_rate === null ? (
        t('webhooks.rate_none')
      ) : (
        <span key="rate">
          <Spark hours={hours} />
          {t('webhooks.rate_of', { rate: percentText(success_rate, number), count: ended })}
        </span>
      ),
    ],
    [t('webhooks.waiting'), number(counts.pending + counts.delivering + counts.held)],
    [t('webhooks.dead'), number(counts.dlq)],
    ...(p50_ms === null || p95_ms === null
      ? []
      : [[t('webhooks.speed'), t('webhooks.speed_of', { p50: duration(p50_ms), p95: duration(p95_ms) })] as const]),
  ];
}
