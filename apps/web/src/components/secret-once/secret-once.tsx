import { useState, type ReactNode } from 'react';
import { t } from '../../lib/i18n';
import { Dialog } from '../layers/dialog';
import { Button } from '../ui/button';
import { Stack } from '../ui/layout';
import { SecretValue } from './secret-value';

interface SecretOnceProps {
  title: string;
  value: string;
  envName: string;
  onDone: () => void;
  /** What is said of it; the usual: its beginning stays known. */
  note?: string;
  /** How it is used: below the secret. */
  children?: ReactNode;
}

/**
 * A secret that is shown once. The value lives in the caller's component state and here, nowhere else; `onDone` must drop it.
 * Escape and a click outside do not close it. Screen readers hear that it is ready, not the value.
 */
export function SecretOnce({ title, value, envName, onDone, note = t('secret.once'), children }: SecretOnceProps) {
  const [stored, setStored] = useState(false);
  return (
    <Dialog
      title={title}
      locked
      size={children === undefined ? 480 : 600}
      onClose={() => undefined}
      actions={
        <Button variant="primary" disabled={!stored} onClick={onDone}>
          {t('secret.done')}
        </Button>
      }
    >
      <Stack>
        <p>{note}</p>
        <SecretValue
          value={value}
          file={{ name: `${envName.toLowerCase()}.env`, text: `${envName}=${value}\n`, label: t('secret.download') }}
          stored={stored}
          onStored={setStored}
        />
        {children}
      </Stack>
    </Dialog>
  );
}
