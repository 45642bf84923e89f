import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { builds, connection } from '../../lib/api';
import { t } from '../../lib/i18n';
import { configQuery } from '../../lib/queries';
import { Button } from '../ui/button';
import css from './bars.module.css';

const FIRST_MS = 2000;
const LAST_MS = 30_000;

/** Data stays readable; asks again by itself, 2 s to 30 s with jitter. */
export function ConnectionBar() {
  const state = useSyncExternalStore(connection.subscribe, connection.get);
  const build = useSyncExternalStore(builds.subscribe, builds.get);
  const queries = useQueryClient();
  useEffect(() => {
    if (state === 'ok') return undefined;
    let stopped = false;
    let wait = FIRST_MS;
    let timer: ReturnType<typeof setTimeout>;
    const ask = async (): Promise<void> => {
      const config = await queries.fetchQuery({ ...configQuery, staleTime: 0, retry: false }).catch(() => null);
      if (stopped) return;
      if (config !== null && config.maintenance === null) {
        connection.set('ok');
        await queries.invalidateQueries();
        return;
      }
      wait = Math.min(LAST_MS, wait * 2);
      plan();
    };
    const plan = (): void => {
      timer = setTimeout(() => void ask(), wait * (0.75 + Math.random() / 2));
    };
    plan();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [state, queries]);

  if (state !== 'ok') {
    return (
      <div className={css.bar} role="status">
        {state === 'offline' ? t('shell.offline') : t('shell.maintenance')}
      </div>
    );
  }
  if (build !== null && build.first !== build.latest) {
    return (
      <div className={css.bar} role="status">
        {t('shell.new_version')}
        <Button variant="quiet" onClick={() => window.location.reload()}>
          {t('shell.reload')}
        </Button>
      </div>
    );
  }
  return null;
}
