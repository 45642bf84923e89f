import { duration, exactTime } from '../../lib/format';
import { t } from '../../lib/i18n';
import type { DeliveryAttempt } from '../../lib/types';
import { Note } from '../../components/ui/layout';
import { Status } from '../../components/ui/status';
import { phasesOf } from './attempt-phases';
import { CodeBlock } from './code-block';
import { failureWords } from './delivery-words';
import css from './webhooks.module.css';

/** Every send, newest first: where its time went and what came back. */
export function AttemptTimeline({ attempts, zone }: { attempts: readonly DeliveryAttempt[]; zone: string }) {
  if (attempts.length === 0) return <Note>{t('webhooks.no_attempts')}</Note>;
  return (
    <ol className={css.steps} aria-label={t('webhooks.attempts')}>
      {attempts.map((attempt) => (
        <Attempt key={attempt.attempt_id} attempt={attempt} zone={zone} />
      ))}
    </ol>
  );
}

function Attempt({ attempt, zone }: { attempt: DeliveryAttempt; zone: string }) {
  const failure = failureWords(attempt);
  const phases = phasesOf(attempt);
  return (
    <li className={css.step}>
      <div className={css.line}>
        <strong>{t('webhooks.attempt', { n: attempt.n })}</strong>
        <Status word={failure === null ? 'success' : 'failed'}>
          {attempt.http_status === null ? t('webhooks.failed') : `HTTP ${attempt.http_status}`}
        </Status>
        <span>{exactTime(attempt.started_at, zone)}</span>
      </div>
      {failure !== null && <p>{failure}</p>}
      {phases.length > 0 && (
        <>
          <svg className={css.bar} viewBox={`0 0 ${Math.max(1, phases.at(-1)?.end ?? 1)} 1`} preserveAspectRatio="none" aria-hidden>
            {phases.map(({ phase, start, end }) => (
              <rect key={phase} x={start} width={end - start} height="1" />
            ))}
          </svg>
          <dl className={css.phases}>
            {phases.map(({ phase, start, end }) => (
              <div key={phase}>
                <dt>{t(`webhooks.phase.${phase}`)}</dt>
                <dd>{duration(end - start)}</dd>
              </div>
            ))}
            {attempt.total_ms !== null && (
              <div>
                <dt>{t('webhooks.total')}</dt>
                <dd>{duration(attempt.total_ms)}</dd>
              </div>
            )}
          </dl>
        </>
      )}
      {attempt.response_body !== null && attempt.response_body !== '' && (
        <CodeBlock label={t('webhooks.answer')} code={attempt.response_body} copy={t('webhooks.copy_body')} wrap />
      )}
      {attempt.response_truncated && <p className={css.hint}>{t('webhooks.answer_truncated')}</p>}
      {attempt.response_headers !== null && Object.keys(attempt.response_headers).length > 0 && (
        <details>
          <summary>{t('webhooks.answer_headers')}</summary>
          <pre className={`${css.code} ${css.wrap}`} tabIndex={0}>
            {Object.entries(attempt.response_headers)
              .map(([name, value]) => `${name}: ${String(value)}`)
              .join('\n')}
          </pre>
        </details>
      )}
    </li>
  );
}
