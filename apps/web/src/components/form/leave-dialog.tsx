import { t } from '../../lib/i18n';
import { Dialog } from '../layers/dialog';
import { Button } from '../ui/button';

export function LeaveDialog({ onStay, onLeave }: { onStay: () => void; onLeave: () => void }) {
  return (
    <Dialog
      title={t('form.leave_title')}
      onClose={onStay}
      actions={
        <>
          <Button variant="secondary" onClick={onStay} data-autofocus>
            {t('form.stay')}
          </Button>
          <Button variant="danger" onClick={onLeave}>
            {t('form.leave')}
          </Button>
        </>
      }
    >
      <p>{t('form.leave_text')}</p>
    </Dialog>
  );
}
