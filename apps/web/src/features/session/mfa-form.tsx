import { useState } from 'react';
import { signIn } from '../../lib/api';
import { hasCode } from '../../lib/errors';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import type { Realm } from '../../lib/storage';
import type { SignInAnswer } from '../../lib/types';
import { FormFrame } from '../../components/form/form-frame';
import { TextField } from '../../components/form/inputs';
import { Button } from '../../components/ui/button';

/** One field for the code; paste works, the other link takes a recovery code. */
export function MfaForm({
  realm,
  challenge,
  onDone,
  onRestart,
}: {
  realm: Realm;
  challenge: string;
  onDone: (answer: SignInAnswer) => Promise<void>;
  onRestart: () => void;
}) {
  const [recovery, setRecovery] = useState(false);
  const form = useForm({
    initial: { code: '' },
    guard: false,
    validate: (values) => (values.code.trim() === '' ? { code: t('field.required') } : {}),
    submit: async (values) => {
      const code = values.code.trim().replace(/\s/g, '');
      await onDone(await signIn(realm, '/auth/mfa/verify', recovery ? { challenge, recovery_code: code } : { challenge, code }));
    },
  });
  const over = hasCode(form.failure?.error, 'mfa_challenge_invalid');
  return (
    <FormFrame
      form={form}
      label={t('mfa.title')}
      actions={
        over ? (
          <Button variant="primary" wide onClick={onRestart}>
            {t('mfa.restart')}
          </Button>
        ) : (
          <>
            <Button type="submit" variant="primary" wide pending={form.pending} pendingText={t('login.pending')}>
              {t('mfa.submit')}
            </Button>
            <Button variant="quiet" onClick={() => setRecovery(!recovery)}>
              {recovery ? t('mfa.use_code') : t('mfa.use_recovery')}
            </Button>
          </>
        )
      }
    >
      <TextField
        {...form.field('code')}
        label={recovery ? t('mfa.recovery') : t('mfa.code')}
        inputMode={recovery ? undefined : 'numeric'}
        autoComplete="one-time-code"
        mono
        autoFocus
      />
    </FormFrame>
  );
}
