import { useEffect, useState } from 'react';
import type { Problem } from '../../lib/errors';
import { t, tryText } from '../../lib/i18n';
import { Status } from '../ui/status';
import { StatePage } from './state-page';

/** The tenant is being set up: asks again after Retry-After and says the step. */
export function SettingUp({ problem, wait, onReady, full }: { problem: Problem; wait: number; onReady?: () => void; full: boolean }) {
  const [left, setLeft] = useState(wait);
  useEffect(() => {
    const timer = setInterval(() => setLeft((seconds) => seconds - 1), 1000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (left > 0) return;
    if (onReady === undefined) window.location.reload();
    else onReady();
  }, [left, onReady]);
  const step = typeof problem.step === 'string' ? problem.step : typeof problem.step_key === 'string' ? problem.step_key : null;
  const failed = problem.reason === 'provisioning_failed';
  return (
    <StatePage full={full} tone={failed ? 'bad' : 'run'} title={t('state.setting_up')}>
      <p>{failed ? t('state.setting_up_failed') : t('state.setting_up_text')}</p>
      {step !== null && <Status word={failed ? 'failed' : 'running'}>{tryText(`step.${step}`, step)}</Status>}
      {!failed && <p>{t('state.again_in', { count: Math.max(0, left) })}</p>}
    </StatePage>
  );
}
