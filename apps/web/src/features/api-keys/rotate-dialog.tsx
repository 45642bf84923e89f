import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import type { ApiKey, ApiKeyMade } from '../../lib/types';
import { FormFrame } from '../../components/form/form-frame';
import { SelectField } from '../../components/form/inputs';
import { Dialog } from '../../components/layers/dialog';
import { Button } from '../../components/ui/button';
import { rotateKey, useKeyChange } from './queries';

const GRACE = ['0', '60', '240', '1440'] as const;

/** A new secret for the same key. The old one works on for a while, so that nothing stands still. */
export function RotateDialog({ row, onClose, onMade }: { row: ApiKey; onClose: () => void; onMade: (made: ApiKeyMade) => void }) {
  const change = useKeyChange();
  const form = useForm({
    initial: { grace: '60' as (typeof GRACE)[number] },
    guard: false,
    submit: async (values) =>
      onMade((await change.mutateAsync((api) => rotateKey(api, row.api_key_id, Number(values.grace)))) as ApiKeyMade),
  });
  const title = t('keys.rotate_title', { name: row.name });
  return (
    <Dialog title={title} onClose={onClose}>
      <FormFrame
        form={form}
        label={title}
        actions={
          <>
            <Button onClick={onClose}>{t('cancel')}</Button>
            <Button type="submit" variant="primary" pending={form.pending} pendingText={t('working')}>
              {t('keys.rotate')}
            </Button>
          </>
        }
      >
        <p>{t('keys.rotate_text')}</p>
        <SelectField
          {...form.field('grace')}
          label={t('keys.grace')}
          options={GRACE.map((value) => ({ value, label: t(`keys.grace.${value}`) }))}
        />
      </FormFrame>
    </Dialog>
  );
}
