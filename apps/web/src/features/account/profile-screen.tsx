import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useRouteContext } from '@tanstack/react-router';
import { ok, tenantApi } from '../../lib/api';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { meQuery, tenantKey } from '../../lib/queries';
import { showToast } from '../../lib/toast';
import type { Me } from '../../lib/types';
import { TenantProvider } from '../../components/can/tenant-context';
import { FormFrame } from '../../components/form/form-frame';
import { TextField } from '../../components/form/inputs';
import { AccountMenu } from '../../components/shell/account-menu';
import { Frame } from '../../components/shell/frame';
import { Page } from '../../components/shell/page';
import { TenantRail } from '../../components/shell/tenant-rail';
import { Button } from '../../components/ui/button';
import { Facts, Section } from '../../components/ui/layout';
import { SchemeChoice } from './scheme-choice';

/** Own account, in the frame of the tenant it was reached from. */
export function ProfileScreen() {
  const { tenant } = useRouteContext({ from: '/account/profile' });
  const { data: me } = useSuspenseQuery(meQuery(tenant));
  return (
    <TenantProvider me={me}>
      <Frame
        realm="tenant"
        product={me.tenant.name}
        rail={<TenantRail me={me} collapsed={false} />}
        account={<AccountMenu realm="tenant" name={me.user.display_name} email={me.user.email} />}
      >
        <Profile me={me} />
      </Frame>
    </TenantProvider>
  );
}

function Profile({ me }: { me: Me }) {
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
    <Page title={t('account.profile')} purpose={t('account.purpose')}>
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
      <Section title={t('account.theme')}>
        <SchemeChoice />
      </Section>
      <Section title={t('account.sign_in')}>
        <Facts
          items={[
            [t('login.email'), me.user.email],
            [t('account.mfa'), t(me.user.mfa_enabled ? 'account.mfa_on' : 'account.mfa_off')],
          ]}
        />
      </Section>
    </Page>
  );
}
