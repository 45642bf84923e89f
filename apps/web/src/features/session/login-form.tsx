import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { FormFrame } from '../../components/form/form-frame';
import { PasswordField, TextField } from '../../components/form/inputs';
import { Button, LinkButton } from '../../components/ui/button';
import { useCountdown } from './use-countdown';

export function LoginForm({
  onSubmit,
  forgot,
}: {
  onSubmit: (email: string, password: string) => Promise<void>;
  forgot: '/forgot' | '/platform/forgot';
}) {
  const form = useForm({
    initial: { email: '', password: '' },
    guard: false,
    validate: (values) => ({
      ...(values.email.trim() === '' ? { email: t('field.required') } : {}),
      ...(values.password === '' ? { password: t('field.required') } : {}),
    }),
    submit: (values) => onSubmit(values.email.trim(), values.password),
  });
  const wait = useCountdown(form.failure?.error);
  return (
    <FormFrame
      form={form}
      label={t('login.title')}
      actions={
        <>
          <Button type="submit" variant="primary" wide disabled={wait > 0} pending={form.pending} pendingText={t('login.pending')}>
            {wait > 0 ? t('login.wait', { count: wait }) : t('login.submit')}
          </Button>
          <LinkButton variant="quiet" to={forgot}>
            {t('login.forgot')}
          </LinkButton>
        </>
      }
    >
      <TextField {...form.field('email')} label={t('login.email')} type="email" autoComplete="username" autoFocus />
      <PasswordField {...form.field('password')} label={t('login.password')} autoComplete="current-password" />
    </FormFrame>
  );
}
