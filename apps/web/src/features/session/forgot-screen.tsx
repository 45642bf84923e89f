import { useState } from 'react';
import { call, publicApi } from '../../lib/api';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import type { Realm } from '../../lib/storage';
import { EntryPage } from '../../components/entry/entry-page';
import { FormFrame } from '../../components/form/form-frame';
import { TextField } from '../../components/form/inputs';
import { Button, LinkButton } from '../../components/ui/button';
import { Stack } from '../../components/ui/layout';
import { useCountdown } from './use-countdown';

const FORGOT = {
  tenant: { platform: undefined, path: '/api/v1/auth/password/forgot', login: '/login' },
  platform: { platform: 'platform', path: '/api/v1/platform/auth/password/forgot', login: '/platform/login' },
} as const;

/** The same answer for any address: nobody learns here who has an account. */
export function ForgotScreen({ realm }: { realm: Realm }) {
  const { platform, path, login } = FORGOT[realm];
  const [sentTo, setSentTo] = useState<string | null>(null);
  const form = useForm({
    initial: { email: '' },
    guard: false,
    validate: (values) => (values.email.trim() === '' ? { email: t('field.required') } : {}),
    submit: async (values) => {
      const email = values.email.trim();
      await call(publicApi, 'post', path, { body: { email } });
      setSentTo(email);
    },
  });
  const wait = useCountdown(form.failure?.error);
  if (sentTo !== null) {
    return (
      <EntryPage title={t('forgot.sent')} realm={platform}>
        <Stack>
          <p role="status">{t('forgot.sent_text', { email: sentTo })}</p>
          <p>{t('forgot.sent_help')}</p>
          <LinkButton to={login} search={{}}>
            {t('forgot.to_login')}
          </LinkButton>
        </Stack>
      </EntryPage>
    );
  }
  return (
    <EntryPage title={t('forgot.title')} lead={t('forgot.lead')} realm={platform}>
      <FormFrame
        form={form}
        label={t('forgot.title')}
        actions={
          <>
            <Button type="submit" variant="primary" wide disabled={wait > 0} pending={form.pending} pendingText={t('forgot.pending')}>
              {wait > 0 ? t('login.wait', { count: wait }) : t('forgot.submit')}
            </Button>
            <LinkButton variant="quiet" to={login} search={{}}>
              {t('forgot.to_login')}
            </LinkButton>
          </>
        }
      >
        <TextField {...form.field('email')} label={t('login.email')} type="email" autoComplete="username" autoFocus />
      </FormFrame>
    </EntryPage>
  );
}
