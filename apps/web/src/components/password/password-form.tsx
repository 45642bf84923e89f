import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { changePassword } from '../../lib/api';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { passwordMeets } from '../../lib/password';
import { policyQuery } from '../../lib/queries';
import type { Realm } from '../../lib/storage';
import { showToast } from '../../lib/toast';
import { FormFrame } from '../form/form-frame';
import { PasswordField } from '../form/inputs';
import { PasswordRules } from '../form/password-rules';
import { Button } from '../ui/button';
import { Note } from '../ui/layout';

/** After a change the form is a new one: what was typed is gone. */
export function PasswordForm({ realm, email }: { realm: Realm; email: string }) {
  const [round, setRound] = useState(0);
  return <Fields key={round} realm={realm} email={email} onChanged={() => setRound(round + 1)} />;
}

function Fields({ realm, email, onChanged }: { realm: Realm; email: string; onChanged: () => void }) {
  const queries = useQueryClient();
  const policy = useQuery(policyQuery).data;
  const form = useForm({
    initial: { current_password: '', new_password: '' },
    guard: false,
    codes: { password_refused: 'new_password', invalid_credentials: 'current_password' },
    validate: (values) => ({
      ...(values.current_password === '' ? { current_password: t('field.required') } : {}),
      ...(values.new_password === '' ? { new_password: t('field.required') } : {}),
      ...(policy !== undefined && values.new_password !== '' && !passwordMeets(policy, values.new_password)
        ? { new_password: t('error.password_refused') }
        : {}),
    }),
    submit: async (values) => {
      await changePassword(realm, values);
      await queries.invalidateQueries({ queryKey: [realm, null, 'sessions'] });
      showToast({ tone: 'ok', text: t('account.password_changed') });
      onChanged();
    },
  });
  return (
    <FormFrame
      form={form}
      label={t('account.change_password')}
      actions={
        <Button type="submit" variant="primary" disabled={!form.dirty} pending={form.pending} pendingText={t('saving')}>
          {t('account.change_password')}
        </Button>
      }
    >
      <Note>{t('account.change_password_text')}</Note>
      {/* Password managers need to see whose password it is. */}
      <input type="email" name="email" autoComplete="username" value={email} readOnly hidden />
      <PasswordField {...form.field('current_password')} label={t('change_password.current')} autoComplete="current-password" />
      <PasswordField
        {...form.field('new_password')}
        label={t('change_password.new')}
        autoComplete="new-password"
        help={<PasswordRules policy={policy} password={form.values.new_password} />}
      />
    </FormFrame>
  );
}
