import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { readReasons, rememberReason } from '../../lib/storage';
import { FormFrame } from '../form/form-frame';
import { TextArea, TextField } from '../form/inputs';
import { Dialog } from '../layers/dialog';
import { Button } from '../ui/button';
import { Message } from '../ui/message';
import { MIN_REASON, type ConfirmRequest } from './confirm';
import css from './confirm.module.css';

export function ConfirmDialog({ request, onClose }: { request: ConfirmRequest; onClose: () => void }) {
  const needsName = request.tier === 2 || request.tier === 3;
  const needsReason = request.tier === 3 || request.tier === 'R';
  const form = useForm({
    initial: { typed: '', reason: '' },
    guard: false,
    validate: (values) => ({
      ...(needsName && values.typed.trim() !== request.name ? { typed: t('confirm.type_exactly') } : {}),
      ...(needsReason && values.reason.trim().length < MIN_REASON ? { reason: t('confirm.reason_short', { min: MIN_REASON }) } : {}),
    }),
    submit: async (values) => {
      const reason = values.reason.trim();
      await request.run({ reason });
      if (needsReason) rememberReason(reason);
      onClose();
    },
  });
  const reasons = needsReason ? readReasons() : [];
  return (
    <Dialog title={request.title} onClose={onClose}>
      <FormFrame
        form={form}
        label={request.title}
        actions={
          <>
            <Button onClick={onClose} data-autofocus={!needsName && !needsReason ? true : undefined}>
              {t('cancel')}
            </Button>
            <Button
              type="submit"
              variant={request.harmless ? 'primary' : 'danger'}
              pending={form.pending}
              pendingText={request.pendingText}
            >
              {request.verb}
            </Button>
          </>
        }
      >
        <p>{request.consequence}</p>
        {needsReason && (
          <div className={css.reason}>
            <TextArea
              {...form.field('reason')}
              label={t('confirm.reason')}
              help={t(request.ofPlatform ? 'confirm.reason_help_platform' : 'confirm.reason_help')}
              rows={2}
              maxLength={500}
            />
            {reasons.length > 0 && (
              <ul className={css.recent} aria-label={t('confirm.recent_reasons')}>
                {reasons.map((reason) => (
                  <li key={reason}>
                    <button type="button" onClick={() => form.set('reason', reason)}>
                      {reason}
                    </button>
                  </li>
                ))}
              </ul>
            )}
          </div>
        )}
        {needsName && (
          <div>
            <p className={css.type}>
              <Message id="confirm.type" values={{ name: <strong className="mono">{request.name}</strong> }} />
            </p>
            <TextField {...form.field('typed')} label={t('confirm.name')} autoComplete="off" mono />
          </div>
        )}
      </FormFrame>
    </Dialog>
  );
}
