import { useState } from 'react';
import { t } from '../../lib/i18n';
import { SecretValue } from '../secret-once/secret-value';
import { Button } from '../ui/button';
import { Stack } from '../ui/layout';

/** Ten codes, shown once; each opens the account once without the app. */
export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const [stored, setStored] = useState(false);
  const value = codes.join('\n');
  return (
    <Stack>
      <p role="status">{t('mfa.codes_text', { count: codes.length })}</p>
      <SecretValue
        value={value}
        rows={codes.length}
        file={{ name: 'recovery-codes.txt', text: `${value}\n`, label: t('mfa.codes_file') }}
        stored={stored}
        onStored={setStored}
      />
      <Button variant="primary" disabled={!stored} onClick={onDone}>
        {t('secret.done')}
      </Button>
    </Stack>
  );
}
