import { t } from '../../lib/i18n';
import { delayText, retryDelays } from './endpoint-rules';
import css from './webhooks.module.css';

/** The first send, each repeat with the wait before it, and the end: how long a receiver may be away. */
export function RetryTimeline({ count }: { count: number }) {
  const delays = retryDelays(count);
  const whole = delays.reduce((sum, delay) => sum + delay, 0);
  return (
    <ol className={css.retries} aria-label={t('webhooks.retry_course')}>
      <li>{t('webhooks.retry_first')}</li>
      {delays.map((delay, n) => (
        <li key={n}>{t('webhooks.retry_after', { wait: delayText(delay) })}</li>
      ))}
      <li className={css.end}>{count === 0 ? t('webhooks.retry_end_now') : t('webhooks.retry_end', { whole: delayText(whole) })}</li>
    </ol>
  );
}
