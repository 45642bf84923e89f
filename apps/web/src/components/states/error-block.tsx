import IconRefresh from '@tabler/icons-react/icons/IconRefresh';
import { ApiError, errorText } from '../../lib/errors';
import { t } from '../../lib/i18n';
import { Button } from '../ui/button';
import { CopyId } from '../ui/copy-id';
import { railClass } from '../ui/status';
import css from './states.module.css';

/** In place of the data; the other regions live on. */
export function ErrorBlock({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const requestId = error instanceof ApiError ? error.problem.request_id : undefined;
  return (
    <div className={`${css.block} ${railClass('bad')}`} role="alert">
      <strong>{errorText(error)}</strong>
      {onRetry !== undefined && (
        <Button icon={IconRefresh} onClick={onRetry}>
          {t('error.try_again')}
        </Button>
      )}
      {requestId !== undefined && (
        <span className={css.meta}>
          {t('error.request_id')} <CopyId id={requestId} label={t('error.request_id')} />
        </span>
      )}
    </div>
  );
}
