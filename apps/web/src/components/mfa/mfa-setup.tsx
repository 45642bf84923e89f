import { useState } from 'react';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import type { Realm } from '../../lib/storage';
import type { MfaSecret } from '../../lib/types';
import { FormFrame } from '../form/form-frame';
import { PasswordField, TextField } from '../form/inputs';
import { Button } from '../ui/button';
import { CopyId } from '../ui/copy-id';
import { Note } from '../ui/layout';
import { Qr } from '../ui/qr';
import { confirmMfa, startMfa } from './mfa-queries';
import { RecoveryCodes } from './recovery-codes';
import css from './mfa.module.css';

/** Password, then the secret, then a first code, then the recovery codes once. The secret lives here only and goes with it. */
export function MfaSetup({ realm, onDone, onCancel }: { realm: Realm; onDone: () => void | Promise<void>; onCancel?: () => void }) {
  const [secret, setSecret] = useState<MfaSecret | null>(null);
  const [confirmed, setConfirmed] = useState(false);
  if (secret === null) return <Start realm={realm} onStarted={setSecret} onCancel={onCancel} />;
  if (confirmed) return <RecoveryCodes codes={secret.recovery_codes} onDone={() => void onDone()} />;
  return <Confirm realm={realm} secret={secret} onConfirmed={() => setConfirmed(true)} onCancel={onCancel} />;
}

function Start({ realm, onStarted, onCancel }: { realm: Realm; onStarted: (secret: MfaSecret) => void; onCancel?: () => void }) {
  const form = useForm({
    initial: { password: '' },
    guard: false,
    codes: { invalid_credentials: 'password' },
    validate: (values) => (values.password === '' ? { password: t('field.required') } : {}),
    submit: async (values) => onStarted((await startMfa(realm, values.password)).mfa),
  });
  return (
    <FormFrame
      form={form}
      label={t('mfa.set_up')}
      actions={
        <>
          <Button type="submit" variant="primary" pending={form.pending} pendingText={t('working')}>
            {t('mfa.go_on')}
          </Button>
          {onCancel !== undefined && <Button onClick={onCancel}>{t('cancel')}</Button>}
        </>
      }
    >
      <Note>{t('mfa.start_text')}</Note>
      <PasswordField {...form.field('password')} label={t('change_password.current')} autoComplete="current-password" autoFocus />
    </FormFrame>
  );
}

function Confirm({
  realm,
  secret,
  onConfirmed,
  onCancel,
}: {
  realm: Realm;
  secret: MfaSecret;
  onConfirmed: () => void;
  onCancel?: () => void;
}) {
  const form = useForm({
    initial: { code: '' },
    guard: false,
    codes: { mfa_code_invalid: 'code' },
    validate: (values) => (values.code.trim() === '' ? { code: t('field.required') } : {}),
    submit: async (values) => {
      await confirmMfa(realm, values.code);
      onConfirmed();
    },
  });
  return (
    <FormFrame
      form={form}
      label={t('mfa.set_up')}
      actions={
        <>
          <Button type="submit" variant="primary" pending={form.pending} pendingText={t('working')}>
            {t('mfa.turn_on')}
          </Button>
          {onCancel !== undefined && <Button onClick={onCancel}>{t('cancel')}</Button>}
        </>
      }
    >
      <div className={css.secret}>
        <Qr text={secret.otpauth_uri} label={t('mfa.qr')} />
        <dl className={css.words}>
          <dd>{t('mfa.scan')}</dd>
          <div>
            <dt>{t('mfa.by_hand')}</dt>
            <dd>
              <CopyId id={secret.secret} whole label={t('mfa.secret')} />
            </dd>
          </div>
          <dd>
            {/* On a phone the app opens by itself. */}
            <a href={secret.otpauth_uri}>{t('mfa.open_app')}</a>
          </dd>
        </dl>
      </div>
      <TextField
        {...form.field('code')}
        label={t('mfa.code')}
        help={t('mfa.code_help')}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={12}
        mono
        autoFocus
      />
    </FormFrame>
  );
}
