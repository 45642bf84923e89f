import { useQuery } from '@tanstack/react-query';
import { ApiError, errorText } from '../../lib/errors';
import { t } from '../../lib/i18n';
import { configQuery } from '../../lib/queries';
import { Button, LinkButton } from '../ui/button';
import { CopyId } from '../ui/copy-id';
import { StatePage } from './state-page';
import css from './states.module.css';

const Home = () => <LinkButton to="/">{t('state.home')}</LinkButton>;
const reload = (): void => window.location.reload();

export const NotFound = ({ full }: { full?: boolean }) => (
  <StatePage full={full} title={t('state.not_found')} actions={<Home />}>
    <p>{t('state.not_found_text')}</p>
  </StatePage>
);

/** The same text whether or not the other organisation exists. */
export const WrongAddress = ({ full }: { full?: boolean }) => (
  <StatePage
    full={full}
    tone="attention"
    title={t('state.wrong_address')}
    actions={
      <>
        <LinkButton to="/select-tenant">{t('state.choose')}</LinkButton>
        <Home />
      </>
    }
  >
    <p>{t('state.wrong_address_text')}</p>
  </StatePage>
);

export const Suspended = ({ full }: { full?: boolean }) => (
  <StatePage full={full} tone="bad" title={t('state.suspended')} actions={<LinkButton to="/select-tenant">{t('state.choose')}</LinkButton>}>
    <p>{t('state.suspended_text')}</p>
  </StatePage>
);

export function Maintenance() {
  const config = useQuery(configQuery);
  return (
    <StatePage full tone="wait" title={t('state.maintenance')} actions={<Button onClick={reload}>{t('error.try_again')}</Button>}>
      <p>{config.data?.maintenance?.message ?? t('state.maintenance_text')}</p>
    </StatePage>
  );
}

export const Offline = () => (
  <StatePage full tone="attention" title={t('state.offline')} actions={<Button onClick={reload}>{t('error.try_again')}</Button>}>
    <p>{t('state.offline_text')}</p>
  </StatePage>
);

export function SomethingBroke({ error, full, onRetry = reload }: { error: unknown; full?: boolean; onRetry?: () => void }) {
  const requestId = error instanceof ApiError ? error.problem.request_id : undefined;
  return (
    <StatePage
      full={full}
      tone="bad"
      title={t('state.broke')}
      actions={
        <>
          <Button variant="primary" onClick={onRetry}>
            {t('error.try_again')}
          </Button>
          <Home />
        </>
      }
    >
      <p>{error instanceof ApiError ? errorText(error) : t('state.broke_text')}</p>
      {requestId !== undefined && (
        <span className={css.meta}>
          {t('error.request_id')} <CopyId id={requestId} label={t('error.request_id')} />
        </span>
      )}
    </StatePage>
  );
}
