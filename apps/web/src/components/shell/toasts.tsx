import IconX from '@tabler/icons-react/icons/IconX';
import { useSyncExternalStore } from 'react';
import { t } from '../../lib/i18n';
import { dismissToast, toasts } from '../../lib/toast';
import { Button, IconButton } from '../ui/button';
import { CopyId } from '../ui/copy-id';
import { railClass, Status } from '../ui/status';
import css from './bars.module.css';

export function Toasts() {
  const shown = useSyncExternalStore(toasts.subscribe, toasts.get);
  return (
    <div className={css.toasts} role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} className={`${css.toast} ${railClass(toast.tone)}`}>
          <Status word={toast.tone} tone={toast.tone}>
            <span>
              {toast.text}
              {toast.requestId !== undefined && (
                <>
                  {' '}
                  <CopyId id={toast.requestId} label={t('error.request_id')} />
                </>
              )}
            </span>
          </Status>
          {toast.undo !== undefined && (
            <Button
              variant="quiet"
              onClick={() => {
                toast.undo?.();
                dismissToast(toast.id);
              }}
            >
              {t('undo')}
            </Button>
          )}
          <IconButton icon={IconX} label={t('close')} data-tip-side="start" onClick={() => dismissToast(toast.id)} />
        </div>
      ))}
    </div>
  );
}
