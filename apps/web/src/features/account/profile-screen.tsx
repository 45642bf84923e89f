import { useQueryClient } from '@tanstack/react-query';
import { ok, tenantApi } from '../../lib/api';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { tenantKey } from '../../lib/queries';
import { showToast } from '../../lib/toast';
import { useTenant } from '../../components/can/tenant-context';
import { FormFrame } from '../../components/form/form-frame';
import { TextField } from '../../components/form/inputs';
import { Button } from '../../components/ui/button';
import { Section } from '../../components/ui/layout';
import { AccountPage } from './account-frame';
import { EmailForm } from './email-form';

export function ProfileScreen() {
  const { me } = useTenant();
  const queries = useQueryClient();
  const form = useForm({
    initial: { display_name: me.user.display_name },
    validate: (values) => (values.display_name.trim() === '' ? { display_name: t('field.required') } : {}),
    submit: async (values) => {
      await ok(tenantApi(me.tenant.slug).PATCH('/api/v1/auth/me', { body: { display_name: values.display_name.trim() } }));
      await queries.invalidateQueries({ queryKey: tenantKey(me.tenant.tenant_id, 'me') });
      showToast({ tone: 'ok', text: t('account.saved') });
    },
  });
  return (
    <AccountPage purpose={t('account.purpose')}>
      <Section title={t('account.profile')}>
        <div style={{ paddingBlock: 16 }}>
          <FormFrame
            form={form}
            label={t('account.profile')}
            actions={
              <Button type="submit" variant="primary" disabled={!form.dirty} pending={form.pending} pendingText={t('saving')}>
                {t('save')}
              </Button>
            }
          >
            <TextField {...form.field('display_name')} label={t('invite.name')} autoComplete="name" maxLength={120} />
          </FormFrame>
        </div>
      </Section>
      <Section title={t('login.email')}>
        <div style={{ paddingBlock: 16 }}>
          <EmailForm />
        </div>
      </Section>
    </AccountPage>
  );
}
