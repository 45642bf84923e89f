import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { changePassword } from '../../lib/api';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { passwordMeets } from '../../lib/password';
import { policyQuery } from '../../lib/queries';
import type { Realm } from '../../lib/storage';
import { EntryPage } from '../../components/entry/entry-page';
import { FormFrame } from '../../components/form/form-frame';
import { PasswordField } from '../../components/form/inputs';
import { PasswordRules } from '../../components/form/password-rules';
import { Button } from '../../components/ui/button';
import { afterSignIn } from './after-sign-in';
import { takePassword } from './handoff';

/** The step that is due when the first or an expired password was used. */
export function ChangePasswordScreen({ realm, redirect }: { realm: Realm; redirect: string | undefined }) {
  const router = useRouter();
  const policy = useQuery(policyQuery).data;
  const [typed] = useState(takePassword);
  const form = useForm({
    initial: { current_password: typed ?? '', new_password: '' },
    guard: false,
    codes: { password_refused: 'new_password', invalid_credentials: 'current_password' },
    validate: (values) => ({
      ...(values.current_password === '' ? { current_password: t('field.required') } : {}),
      ...(policy !== undefined && !passwordMeets(policy, values.new_password) ? { new_password: t('error.password_refused') } : {}),
    }),
    submit: async (values) => {
      const answer = await changePassword(realm, values);
      await router.navigate({ href: afterSignIn(realm, answer, redirect, window.location.origin), replace: true });
    },
  });
  return (
    <EntryPage title={t('change_password.title')} lead={t('change_password.lead')} realm={realm === 'platform' ? 'platform' : undefined}>
      <FormFrame
        form={form}
        label={t('change_password.title')}
        actions={
          <Button type="submit" variant="primary" wide pending={form.pending} pendingText={t('saving')}>
            {t('change_password.submit')}
          </Button>
        }
      >
        {typed === null && (
          <PasswordField {...form.field('current_password')} label={t('change_password.current')} autoComplete="current-password" />
        )}
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
