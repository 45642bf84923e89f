import { useQueryClient } from '@tanstack/react-query';
import { useContext, useState } from 'react';
import { sessions, signIn } from '../../lib/api';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { TenantContext } from '../can/tenant-context';
import { FormFrame } from '../form/form-frame';
import { PasswordField, TextField } from '../form/inputs';
import { Dialog } from '../layers/dialog';
import { Button } from '../ui/button';

/** Over the page: typed values stay. Another person signing in reloads everything. */
export function SignInDialog({ onDone }: { onDone: () => void }) {
  const here = useContext(TenantContext);
  const queries = useQueryClient();
  const [before] = useState(() => here?.me.user.user_id ?? sessions.tenant.userId());
  const form = useForm({
    initial: { email: here?.me.user.email ?? '', password: '' },
    guard: false,
    submit: async (values) => {
      const answer = await signIn('tenant', '/auth/login', { ...values, ...(here === null ? {} : { tenant: here.slug }) });
      if (answer.next !== null || answer.user?.user_id !== before) {
        window.location.reload();
        return;
      }
      onDone();
      await queries.invalidateQueries();
    },
  });
  return (
    <Dialog title={t('again.title')} onClose={() => undefined} locked size={420}>
      <FormFrame
        form={form}
        label={t('again.title')}
        actions={
          <>
            <Button type="submit" variant="primary" pending={form.pending} pendingText={t('login.pending')}>
              {t('login.submit')}
            </Button>
            <Button variant="quiet" onClick={() => void sessions.tenant.signOut()}>
              {t('account.sign_out')}
            </Button>
          </>
        }
      >
        <p>{t('again.text')}</p>
        <TextField {...form.field('email')} label={t('login.email')} type="email" autoComplete="username" />
        <PasswordField {...form.field('password')} label={t('login.password')} autoComplete="current-password" autoFocus />
      </FormFrame>
    </Dialog>
  );
}
