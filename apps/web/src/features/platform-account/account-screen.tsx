import { t } from '../../lib/i18n';
import { useStaff } from '../../components/can/staff-context';
import { MfaSection } from '../../components/mfa/mfa-section';
import { PasswordForm } from '../../components/password/password-form';
import { Page } from '../../components/shell/page';
import { Facts, Section } from '../../components/ui/layout';
import type { StaffRole } from '../../lib/types';

/** Own account of somebody of the staff: who they are here, and how they prove it. */
export function StaffAccountScreen() {
  const { user } = useStaff();
  return (
    <Page title={t('account.title')} purpose={t('account.security_purpose')}>
      <Facts
        items={[
          [t('invite.name'), user.display_name],
          [t('login.email'), user.email],
          [t('team.role'), t(`staff_role.${user.role as StaffRole}`)],
        ]}
      />
      <Section title={t('login.password')}>
        <div style={{ paddingBlock: 16 }}>
          <PasswordForm realm="platform" email={user.email} />
        </div>
      </Section>
      <MfaSection realm="platform" />
    </Page>
  );
}
