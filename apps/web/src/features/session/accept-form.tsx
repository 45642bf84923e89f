import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { sessions, signIn } from '../../lib/api';
import { hasCode } from '../../lib/errors';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { passwordMeets } from '../../lib/password';
import { policyQuery } from '../../lib/queries';
import { writeLinkToken } from '../../lib/storage';
import type { InvitationPreview } from '../../lib/types';
import { FormFrame } from '../../components/form/form-frame';
import { PasswordField, TextField } from '../../components/form/inputs';
import { PasswordRules } from '../../components/form/password-rules';
import { Button } from '../../components/ui/button';
import { Note } from '../../components/ui/layout';
import { afterSignIn } from './after-sign-in';

/** A new person sets a name and a password; an existing one gives the password of the account: the link alone never signs it in. */
export function AcceptForm({ token, preview }: { token: string; preview: InvitationPreview }) {
  const router = useRouter();
  const policy = useQuery(policyQuery).data;
  const known = preview.account_exists;
  const form = useForm({
    initial: { display_name: '', password: '' },
    guard: false,
    codes: { password_refused: 'password', invalid_credentials: 'password', sign_in_required: 'password' },
    validate: (values) => ({
      ...(!known && values.display_name.trim() === '' ? { display_name: t('field.required') } : {}),
      ...(known && values.password === '' ? { password: t('field.required') } : {}),
      ...(!known && policy !== undefined && !passwordMeets(policy, values.password) ? { password: t('error.password_refused') } : {}),
    }),
    submit: async (values) => {
      const body = known
        ? { token, password: values.password }
        : { token, password: values.password, display_name: values.display_name.trim() };
      const answer = await signIn('tenant', '/auth/accept-invitation', body);
      writeLinkToken('invite', null);
      await router.navigate({ href: afterSignIn('tenant', answer, undefined, window.location.origin), replace: true });
    },
  });
  const other = hasCode(form.failure?.error, 'other_account');
  return (
    <FormFrame
      form={form}
      label={t('invite.title_plain')}
      actions={
        <>
          <Button type="submit" variant="primary" wide pending={form.pending} pendingText={t('invite.pending')}>
            {known ? t('invite.submit_known') : t('invite.submit')}
          </Button>
          {other && <Button onClick={() => void sessions.tenant.signOut()}>{t('invite.switch_account')}</Button>}
        </>
      }
    >
      {known && <Note>{t('invite.known')}</Note>}
      {/* The address is fixed by the invitation; password managers need to see it. */}
      <input type="email" name="email" autoComplete="username" value={preview.email} readOnly hidden />
      {!known && <TextField {...form.field('display_name')} label={t('invite.name')} autoComplete="name" maxLength={120} autoFocus />}
      <PasswordField
        {...form.field('password')}
        label={known ? t('login.password') : t('invite.password')}
        autoComplete={known ? 'current-password' : 'new-password'}
        help={known ? undefined : <PasswordRules policy={policy} password={form.values.password} />}
      />
    </FormFrame>
  );
}
