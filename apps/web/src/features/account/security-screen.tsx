import { t } from '../../lib/i18n';
import { Section } from '../../components/ui/layout';
import { AccountPage } from './account-frame';
import { MfaSection } from './mfa-section';
import { PasswordForm } from './password-form';

export function SecurityScreen() {
  return (
    <AccountPage purpose={t('account.security_purpose')}>
      <Section title={t('login.password')}>
        <div style={{ paddingBlock: 16 }}>
          <PasswordForm />
        </div>
      </Section>
      <MfaSection />
    </AccountPage>
  );
}
