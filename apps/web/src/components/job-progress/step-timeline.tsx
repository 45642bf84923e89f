import { useEffect, useState } from 'react';
import { duration } from '../../lib/format';
import { t, tryText } from '../../lib/i18n';
import type { JobStep, StepState } from '../../lib/types';
import { Status, toneClass, type Tone } from '../ui/status';
import css from './job.module.css';

const TONES: Readonly<Record<StepState, Tone>> = {
  pending: 'off',
  running: 'run',
  done: 'ok',
  skipped: 'off',
  failed: 'bad',
  compensated: 'off',
};

const took = (step: JobStep, now: number): number | null => {
  if (step.started_at === null) return null;
  return (step.finished_at === null ? now : Date.parse(step.finished_at)) - Date.parse(step.started_at);
};

/** Steps of long work, one line each: state, name, time, and a bar whose length is the step's share of the longest. */
export function StepTimeline({ steps }: { steps: readonly JobStep[] }) {
  const running = steps.some((step) => step.state === 'running');
  const now = useNow(running);
  const times = steps.map((step) => took(step, now));
  const longest = Math.max(1, ...times.map((time) => time ?? 0));
  return (
    <ol className={css.steps} aria-label={t('jobs.steps')}>
      {steps.map((step, index) => {
        const time = times[index] ?? null;
        return (
          <li
            key={step.seq}
            className={`${css.step} ${toneClass(TONES[step.state])}`}
            aria-current={step.state === 'running' ? 'step' : undefined}
          >
            <span className={css.seq}>{step.seq}</span>
            <span className={css.name}>
              {tryText(`step.${step.step_key}`, step.step_key)}
              <code>{step.step_key}</code>
            </span>
            <Status word={step.state} tone={TONES[step.state]}>
              {t(`step_state.${step.state}`)}
            </Status>
            <span className={css.track} aria-hidden>
              <span style={{ inlineSize: time === null ? 0 : `max(2px, ${(100 * time) / longest}%)` }} />
            </span>
            <span className={css.time}>
              {time === null ? '' : duration(time)}
              {step.attempts > 1 && <small>{t('jobs.attempts', { count: step.attempts })}</small>}
            </span>
            {step.error !== null && <p className={css.why}>{step.error.message ?? step.error.code}</p>}
          </li>
        );
      })}
    </ol>
  );
}

function useNow(ticking: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!ticking) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}
