import { useState } from 'react';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import type { Realm } from '../../lib/storage';
import { FormFrame } from '../form/form-frame';
import { PasswordField, TextField } from '../form/inputs';
import { Dialog } from '../layers/dialog';
import { Button } from '../ui/button';
import { endMfa, renewCodes } from './mfa-queries';
import { RecoveryCodes } from './recovery-codes';

interface MfaActProps {
  realm: Realm;
  act: 'codes' | 'off';
  onClose: () => void;
  onDone: () => void | Promise<void>;
}

/** Both acts need the password and the factor once more. New codes are then shown once, in the same dialog. */
export function MfaActDialog({ realm, act, onClose, onDone }: MfaActProps) {
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const title = t(act === 'off' ? 'mfa.turn_off_title' : 'mfa.new_codes');
  const form = useForm({
    initial: { password: '', code: '' },
    guard: false,
    codes: { invalid_credentials: 'password', mfa_code_invalid: 'code' },
    validate: (values) => ({
      ...(values.password === '' ? { password: t('field.required') } : {}),
      ...(values.code.trim() === '' ? { code: t('field.required') } : {}),
    }),
    submit: async (values) => {
      if (act === 'codes') {
        setCodes((await renewCodes(realm, values.password, values.code)).recovery_codes);
        return;
      }
      await endMfa(realm, values.password, values.code);
      await onDone();
    },
  });
  if (codes !== null) {
    return (
      <Dialog title={title} locked onClose={() => undefined}>
        <RecoveryCodes codes={codes} onDone={() => void onDone()} />
      </Dialog>
    );
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <FormFrame
        form={form}
        label={title}
        actions={
          <>
            <Button onClick={onClose}>{t('cancel')}</Button>
            <Button type="submit" variant={act === 'off' ? 'danger' : 'primary'} pending={form.pending} pendingText={t('working')}>
              {t(act === 'off' ? 'mfa.turn_off' : 'mfa.make_codes')}
            </Button>
          </>
        }
      >
        <p>{t(act === 'off' ? 'mfa.turn_off_text' : 'mfa.new_codes_text')}</p>
        <PasswordField {...form.field('password')} label={t('change_password.current')} autoComplete="current-password" autoFocus />
        <TextField
          {...form.field('code')}
          label={t(act === 'off' ? 'mfa.code_or_recovery' : 'mfa.code')}
          autoComplete="one-time-code"
          maxLength={24}
          mono
        />
      </FormFrame>
    </Dialog>
  );
}
