import { t } from '../../lib/i18n';
import { useTenant } from '../../components/can/tenant-context';
import { MfaSection } from '../../components/mfa/mfa-section';
import { PasswordForm } from '../../components/password/password-form';
import { Section } from '../../components/ui/layout';
import { AccountPage } from './account-frame';

export function SecurityScreen() {
  const { email } = useTenant().me.user;
  return (
    <AccountPage purpose={t('account.security_purpose')}>
      <Section title={t('login.password')}>
        <div style={{ paddingBlock: 16 }}>
          <PasswordForm realm="tenant" email={email} />
        </div>
      </Section>
      <MfaSection realm="tenant" />
    </AccountPage>
  );
}
