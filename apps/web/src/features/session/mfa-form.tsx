import { useState } from 'react';
import { hasCode } from '../../lib/errors';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { FormFrame } from '../../components/form/form-frame';
import { TextField } from '../../components/form/inputs';
import { Button } from '../../components/ui/button';
import { useCountdown } from './use-countdown';

/** One field for the code; paste works, the other link takes a recovery code. */
export function MfaForm({ submit, onRestart }: { submit: (typed: string) => Promise<void>; onRestart: () => void }) {
  const [recovery, setRecovery] = useState(false);
  const form = useForm({
    initial: { code: '' },
    guard: false,
    codes: { mfa_code_invalid: 'code' },
    validate: (values) => (values.code.trim() === '' ? { code: t('field.required') } : {}),
    submit: (values) => submit(values.code),
  });
  const wait = useCountdown(form.failure?.error);
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
            <Button type="submit" variant="primary" wide disabled={wait > 0} pending={form.pending} pendingText={t('login.pending')}>
              {wait > 0 ? t('login.wait', { count: wait }) : t('mfa.submit')}
            </Button>
            <Button
              variant="quiet"
              onClick={() => {
                form.set('code', '');
                setRecovery(!recovery);
              }}
            >
              {recovery ? t('mfa.use_code') : t('mfa.use_recovery')}
            </Button>
          </>
        )
      }
    >
      <TextField
        key={recovery ? 'recovery' : 'code'}
        {...form.field('code')}
        label={recovery ? t('mfa.recovery') : t('mfa.code')}
        inputMode={recovery ? undefined : 'numeric'}
        autoComplete="one-time-code"
        maxLength={24}
        mono
        autoFocus
      />
    </FormFrame>
  );
}
