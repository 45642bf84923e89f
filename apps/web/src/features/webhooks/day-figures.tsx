import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { number } from '../../lib/format';
import { t } from '../../lib/i18n';
import type { Webhook } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { dayQuery } from './queries';
import { percentText, sparkBars, type Hour } from './spark-bars';
import css from './webhooks.module.css';

const STEP = 5;
const HEIGHT = 20;

/** 24 bars, failed above delivered. What they say stands beside them in words, so they are silent. */
export function Spark({ hours, now = Date.now() }: { hours: readonly Hour[]; now?: number }) {
  return (
    <svg className={css.spark} viewBox={`0 0 ${24 * STEP} ${HEIGHT}`} aria-hidden>
      {sparkBars(hours, now).map(({ delivered, failed }, n) => {
        const high = delivered === 0 ? 0 : Math.max(1, delivered * HEIGHT);
        const bad = failed === 0 ? 0 : Math.max(2, failed * HEIGHT);
        return (
          <g key={n}>
            <rect x={n * STEP} y={HEIGHT - 1} width={STEP - 1} height={1} className={css.ground} />
            <rect x={n * STEP} y={HEIGHT - high} width={STEP - 1} height={high} />
            <rect x={n * STEP} y={Math.max(0, HEIGHT - high - bad)} width={STEP - 1} height={bad} className={css.bad} />
          </g>
        );
      })}
    </svg>
  );
}

/** How the last day went. A webhook whose figures are slow or fail does not hold up the list. */
export function DayRate({ webhook }: { webhook: Webhook }) {
  const stats = useQuery(dayQuery(useTenant(), webhook.webhook_id));
  if (stats.data === undefined) return <>{stats.isError ? t('webhooks.figures_failed') : '…'}</>;
  const { success_rate, counts, hours } = stats.data;
  if (success_rate === null) return <>{t('webhooks.rate_none')}</>;
  return (
    <>
      <Spark hours={hours} />
      <small>{t('webhooks.rate_of', { rate: percentText(success_rate, number), count: counts.success + counts.dlq })}</small>
    </>
  );
}

/** What waits, and what was given up, with the way to it. */
export function DayBacklog({ webhook }: { webhook: Webhook }) {
  const here = useTenant();
  const counts = useQuery(dayQuery(here, webhook.webhook_id)).data?.counts;
  if (counts === undefined) return <>–</>;
  return (
    <>
      {number(counts.pending + counts.delivering + counts.held)}
      {counts.dlq > 0 && (
        <small className={css.below}>
          <Link
            to="/t/$tenant/webhooks/$webhook_id/deliveries"
            params={{ tenant: here.slug, webhook_id: webhook.webhook_id }}
            search={{ status: 'dlq' }}
          >
            {t('webhooks.dead_count', { count: counts.dlq })}
          </Link>
        </small>
      )}
    </>
  );
}
