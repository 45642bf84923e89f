import { useState } from 'react';
import { ok, tenantApi } from '../../lib/api';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { useTenant } from '../../components/can/tenant-context';
import { FormFrame } from '../../components/form/form-frame';
import { PasswordField, TextField } from '../../components/form/inputs';
import { Button } from '../../components/ui/button';
import { Note, Stack } from '../../components/ui/layout';

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** The new address counts when its link was opened; until then the old one stays. */
export function EmailForm() {
  const { me } = useTenant();
  const [sentTo, setSentTo] = useState<string | null>(null);
  const form = useForm({
    initial: { email: '', password: '' },
    guard: false,
    codes: { invalid_credentials: 'password' },
    validate: (values) => ({
      ...(EMAIL.test(values.email.trim()) ? {} : { email: t(values.email.trim() === '' ? 'field.required' : 'field.email') }),
      ...(values.password === '' ? { password: t('field.required') } : {}),
    }),
    submit: async (values) => {
      const email = values.email.trim();
      await ok(tenantApi(me.tenant.slug).POST('/api/v1/auth/email/change', { body: { email, password: values.password } }));
      setSentTo(email);
    },
  });
  if (sentTo !== null)
    return (
      <Stack>
        <p role="status">{t('email.sent', { email: sentTo })}</p>
        <Note>{t('email.sent_text', { email: me.user.email })}</Note>
      </Stack>
    );
  return (
    <FormFrame
      form={form}
      label={t('email.change')}
      actions={
        <Button type="submit" disabled={!form.dirty} pending={form.pending} pendingText={t('working')}>
          {t('email.change')}
        </Button>
      }
    >
      <Note>{t('email.now', { email: me.user.email })}</Note>
      <TextField {...form.field('email')} label={t('email.new')} type="email" maxLength={254} autoComplete="off" />
      <PasswordField {...form.field('password')} label={t('change_password.current')} autoComplete="current-password" />
    </FormFrame>
  );
}
