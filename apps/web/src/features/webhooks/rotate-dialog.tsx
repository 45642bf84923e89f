import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import type { Webhook } from '../../lib/types';
import { FormFrame } from '../../components/form/form-frame';
import { SelectField, TextField } from '../../components/form/inputs';
import { Dialog } from '../../components/layers/dialog';
import { Button } from '../../components/ui/button';
import { rotateSecret, useWebhookChange } from './queries';

const OVERLAPS = ['86400', '3600', '604800', '0'] as const;
type Rotated = Awaited<ReturnType<typeof rotateSecret>>;

/** A new secret. Without overlap every receiver breaks until it is changed, so that choice asks for the name. */
export function RotateDialog({ webhook, onClose, onMade }: { webhook: Webhook; onClose: () => void; onMade: (secret: string) => void }) {
  const change = useWebhookChange<Rotated>();
  const form = useForm({
    initial: { overlap: '86400' as (typeof OVERLAPS)[number], typed: '' },
    guard: false,
    validate: ({ overlap, typed }) => (overlap === '0' && typed.trim() !== webhook.name ? { typed: t('confirm.type_exactly') } : {}),
    submit: async ({ overlap }) => {
      const answer = await change.mutateAsync((api) => rotateSecret(api, webhook.webhook_id, Number(overlap)));
      onMade(answer.webhook.secret);
    },
  });
  const title = t('webhooks.rotate_title', { name: webhook.name });
  const isLeak = form.values.overlap === '0';
  return (
    <Dialog title={title} onClose={onClose}>
      <FormFrame
        form={form}
        label={title}
        actions={
          <>
            <Button onClick={onClose}>{t('cancel')}</Button>
            <Button type="submit" variant={isLeak ? 'danger' : 'primary'} pending={form.pending} pendingText={t('working')}>
              {t('webhooks.rotate')}
            </Button>
          </>
        }
      >
        <p>{t('webhooks.rotate_text')}</p>
        <SelectField
          {...form.field('overlap')}
          label={t('webhooks.overlap')}
          help={isLeak ? t('webhooks.overlap_none') : undefined}
          options={OVERLAPS.map((value) => ({ value, label: t(`webhooks.overlap.${value}`) }))}
        />
        {isLeak && <TextField {...form.field('typed')} label={t('confirm.name')} help={webhook.name} autoComplete="off" mono />}
      </FormFrame>
    </Dialog>
  );
}
