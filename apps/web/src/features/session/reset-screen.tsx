import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, publicApi } from '../../lib/api';
import { hasCode } from '../../lib/errors';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { passwordMeets } from '../../lib/password';
import { policyQuery } from '../../lib/queries';
import { readLinkToken, writeLinkToken, type Realm } from '../../lib/storage';
import { EntryPage } from '../../components/entry/entry-page';
import { FormFrame } from '../../components/form/form-frame';
import { PasswordField } from '../../components/form/inputs';
import { PasswordRules } from '../../components/form/password-rules';
import { Button, LinkButton } from '../../components/ui/button';
import { Stack } from '../../components/ui/layout';
import { useCountdown } from './use-countdown';

type State = 'form' | 'done' | 'used' | 'expired' | 'unknown';

const RESET = {
  tenant: { platform: undefined, kind: 'reset', path: '/api/v1/auth/password/reset', forgot: '/forgot', login: '/login' },
  platform: {
    platform: 'platform',
    kind: 'staff_reset',
    path: '/api/v1/platform/auth/password/reset',
    forgot: '/platform/forgot',
    login: '/platform/login',
  },
} as const;

/** Opening the link consumes nothing. A dead token has its own page for each reason, none with account data. */
export function ResetScreen({ realm }: { realm: Realm }) {
  const { platform, kind, path } = RESET[realm];
  const [token] = useState(() => readLinkToken(kind));
  const [state, setState] = useState<State>(token === null ? 'unknown' : 'form');
  const policy = useQuery(policyQuery).data;
  const form = useForm({
    initial: { new_password: '' },
    guard: false,
    codes: { password_refused: 'new_password' },
    validate: (values) =>
      values.new_password === ''
        ? { new_password: t('field.required') }
        : policy !== undefined && !passwordMeets(policy, values.new_password)
          ? { new_password: t('error.password_refused') }
          : {},
    submit: async (values) => {
      try {
        await call(publicApi, 'post', path, { body: { token, new_password: values.new_password } });
      } catch (cause) {
        const dead = hasCode(cause, 'reset_used')
          ? 'used'
          : hasCode(cause, 'reset_expired')
            ? 'expired'
            : hasCode(cause, 'not_found')
              ? 'unknown'
              : null;
        if (dead === null) throw cause;
        writeLinkToken(kind, null);
        setState(dead);
        return;
      }
      writeLinkToken(kind, null);
      setState('done');
    },
  });
  const wait = useCountdown(form.failure?.error);
  if (state !== 'form') return <Outcome state={state} realm={realm} />;
  return (
    <EntryPage title={t('reset.title')} lead={t('reset.lead')} realm={platform}>
      <FormFrame
        form={form}
        label={t('reset.title')}
        actions={
          <Button type="submit" variant="primary" wide disabled={wait > 0} pending={form.pending} pendingText={t('saving')}>
            {wait > 0 ? t('login.wait', { count: wait }) : t('reset.submit')}
          </Button>
        }
      >
        <PasswordField
          {...form.field('new_password')}
          label={t('change_password.new')}
          autoComplete="new-password"
          autoFocus
          help={<PasswordRules policy={policy} password={form.values.new_password} />}
        />
      </FormFrame>
    </EntryPage>
  );
}

function Outcome({ state, realm }: { state: Exclude<State, 'form'>; realm: Realm }) {
  const { platform, forgot, login } = RESET[realm];
  return (
    <EntryPage key={state} title={t(`reset.${state}`)} realm={platform}>
      <Stack>
        <p role="status">{t(`reset.${state}_text`)}</p>
        {state !== 'done' && (
          <LinkButton variant="primary" to={forgot}>
            {t('reset.again')}
          </LinkButton>
        )}
        <LinkButton variant={state === 'done' ? 'primary' : 'quiet'} to={login} search={{}}>
          {t('invite.to_login')}
        </LinkButton>
      </Stack>
    </EntryPage>
  );
}
