import { useSuspenseQuery } from '@tanstack/react-query';
import { Link, Outlet, useRouteContext } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { t } from '../../lib/i18n';
import { meQuery } from '../../lib/queries';
import { TenantProvider } from '../../components/can/tenant-context';
import { AccountMenu } from '../../components/shell/account-menu';
import { Frame } from '../../components/shell/frame';
import { TabbedPage } from '../../components/shell/tabbed-page';
import { TenantRail } from '../../components/shell/tenant-rail';
import { usePreferences } from '../../components/shell/use-preferences';

/** Own account, in the frame of the tenant it was reached from. */
export function AccountFrame() {
  const { tenant } = useRouteContext({ from: '/account' });
  const { data: me } = useSuspenseQuery(meQuery(tenant));
  usePreferences(me);
  return (
    <TenantProvider me={me}>
      <Frame
        realm="tenant"
        product={me.tenant.name}
        rail={<TenantRail me={me} collapsed={false} />}
        account={<AccountMenu realm="tenant" name={me.user.display_name} email={me.user.email} />}
      >
        <Outlet />
      </Frame>
    </TenantProvider>
  );
}

const active = { activeProps: { 'aria-current': 'page' as const } };

export const AccountPage = ({
  purpose,
  actions,
  flush,
  children,
}: {
  purpose: string;
  actions?: ReactNode;
  flush?: boolean;
  children: ReactNode;
}) => (
  <TabbedPage
    title={t('account.title')}
    purpose={purpose}
    actions={actions}
    flush={flush}
    tabs={
      <>
        <Link to="/account/profile" {...active}>
          {t('account.profile')}
        </Link>
        <Link to="/account/security" {...active}>
          {t('account.security')}
        </Link>
        <Link to="/account/sessions" {...active}>
          {t('account.sessions')}
        </Link>
        <Link to="/account/preferences" {...active}>
          {t('account.preferences')}
        </Link>
      </>
    }
  >
    {children}
  </TabbedPage>
);
