import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { t } from '../../lib/i18n';
import { useTenant } from '../../components/can/tenant-context';
import { TabbedPage } from '../../components/shell/tabbed-page';

const PARTS = ['general', 'modules', 'security', 'usage'] as const;

export function SettingsPage({ children }: { children: ReactNode }) {
  const { slug } = useTenant();
  return (
    <TabbedPage
      title={t('nav.settings')}
      purpose={t('settings.purpose')}
      tabs={PARTS.map((part) => (
        <Link key={part} to={`/t/$tenant/settings/${part}`} params={{ tenant: slug }} activeProps={{ 'aria-current': 'page' }}>
          {t(`settings.${part}`)}
        </Link>
      ))}
    >
      {children}
    </TabbedPage>
  );
}
