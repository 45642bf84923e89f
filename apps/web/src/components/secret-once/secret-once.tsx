import { useRef, useState } from 'react';
import { t } from '../../lib/i18n';
import { Choice } from '../form/inputs';
import { Dialog } from '../layers/dialog';
import { Button } from '../ui/button';
import { copyText } from '../ui/copy-id';
import { Stack } from '../ui/layout';
import css from './secret-once.module.css';

/**
 * A secret that is shown once. The value lives in the caller's component state and here, nowhere else; `onDone` must drop it.
 * Escape and a click outside do not close it. Screen readers hear that it is ready, not the value.
 */
export function SecretOnce({ title, value, envName, onDone }: { title: string; value: string; envName: string; onDone: () => void }) {
  const [stored, setStored] = useState(false);
  const [copied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const copy = async (): Promise<void> => {
    if (await copyText(value)) setCopied(true);
    else field.current?.select();
  };
  const download = (): void => {
    const url = URL.createObjectURL(new Blob([`${envName}=${value}\n`], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `${envName.toLowerCase()}.env`;
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Dialog
      title={title}
      locked
      onClose={() => undefined}
      actions={
        <Button variant="primary" disabled={!stored} onClick={onDone}>
          {t('secret.done')}
        </Button>
      }
    >
      <Stack>
        <p>{t('secret.once')}</p>
        <input
          ref={field}
          className={css.value}
          readOnly
          value={value}
          aria-label={t('secret.ready')}
          autoComplete="off"
          onFocus={(event) => event.currentTarget.select()}
        />
        <div className={css.acts}>
          <Button onClick={() => void copy()}>{copied ? t('copy.done') : t('secret.copy')}</Button>
          <Button onClick={download}>{t('secret.download')}</Button>
        </div>
        <Choice label={t('secret.stored')} checked={stored} onChange={setStored} />
      </Stack>
    </Dialog>
  );
}
