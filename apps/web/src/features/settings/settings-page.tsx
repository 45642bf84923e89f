import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Permission } from '#contracts/permissions.js';
import { t } from '../../lib/i18n';
import { configQuery } from '../../lib/queries';
import { useTenant } from '../../components/can/tenant-context';
import { TabbedPage } from '../../components/shell/tabbed-page';

const PARTS = ['general', 'modules', 'security', 'usage', 'subscription'] as const;
type Part = (typeof PARTS)[number];
/** What each part needs; a part that a person can never open is absent. */
const REQUIRES: Readonly<Record<Part, Permission>> = {
  general: 'tenants:read',
  modules: 'settings:read',
  security: 'settings:read',
  usage: 'settings:read',
  subscription: 'billing:read',
};

export function SettingsPage({ children }: { children: ReactNode }) {
  const { slug, can } = useTenant();
  // Stores of apps forbid to point at a purchase: there the subscription does not exist.
  const isNative = useQuery(configQuery).data?.client === 'native';
  const parts = PARTS.filter((part) => can(REQUIRES[part]) && !(isNative && part === 'subscription'));
  return (
    <TabbedPage
      title={t('nav.settings')}
      purpose={t('settings.purpose')}
      tabs={parts.map((part) => (
        <Link key={part} to={`/t/$tenant/settings/${part}`} params={{ tenant: slug }} activeProps={{ 'aria-current': 'page' }}>
          {t(`settings.${part}`)}
        </Link>
      ))}
    >
      {children}
    </TabbedPage>
  );
}
