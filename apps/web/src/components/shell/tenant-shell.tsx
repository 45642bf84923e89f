import { useSuspenseQuery } from '@tanstack/react-query';
import { Outlet, useMatches, useNavigate, useRouteContext } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { t } from '../../lib/i18n';
import { meQuery } from '../../lib/queries';
import { registerShortcuts } from '../../lib/shortcuts';
import { readRailCollapsed, writeLastTenant, writeRailCollapsed } from '../../lib/storage';
import type { Me } from '../../lib/types';
import { TenantProvider } from '../can/tenant-context';
import { Forbidden } from '../states/forbidden';
import { ModuleOff } from '../states/module-off';
import { AccountMenu } from './account-menu';
import { Frame } from './frame';
import { ImpersonationBar, useLeaveSupport } from './impersonation-bar';
import { NAV, navFor } from './nav';
import { pageShortcuts } from './page-shortcuts';
import { TenantRail } from './tenant-rail';
import { useMeStream } from './use-me-stream';
import { usePreferences } from './use-preferences';

export function TenantShell() {
  // The same shell at both addresses of a tenant; each of their routes gives it.
  const { tenant } = useRouteContext({ strict: false });
  if (tenant === undefined) throw new Error('TenantShell outside a tenant');
  const { data: me } = useSuspenseQuery(meQuery(tenant));
  const navigate = useNavigate();
  useMeStream(me.tenant.tenant_id, me.tenant.slug);
  usePreferences(me);
  const [collapsed, setCollapsed] = useState(readRailCollapsed);
  const isSupport = me.impersonation !== null;
  const leaveSupport = useLeaveSupport(me.tenant.tenant_id);
  useEffect(() => {
    if (!isSupport) writeLastTenant(me.tenant.slug);
  }, [isSupport, me.tenant.slug]);
  useEffect(() => {
    const go = navFor(me).map((key) => ({
      id: `go-${key}`,
      keys: `g ${NAV[key].key}`,
      label: NAV[key].label,
      run: () => void navigate({ to: NAV[key].to, params: { tenant: me.tenant.slug } }),
    }));
    return registerShortcuts([...go, ...pageShortcuts]);
  }, [me, navigate]);
  const collapse = (): void => {
    writeRailCollapsed(!collapsed);
    setCollapsed(!collapsed);
  };
  return (
    <TenantProvider me={me}>
      <Frame
        realm="tenant"
        product={me.tenant.name}
        collapsed={collapsed}
        rail={<TenantRail me={me} collapsed={collapsed} onCollapse={collapse} />}
        bar={<ImpersonationBar me={me} />}
        account={
          <AccountMenu
            realm="tenant"
            name={me.user.display_name}
            email={me.user.email}
            onLeaveSupport={isSupport ? () => void leaveSupport() : undefined}
          />
        }
      >
        {me.tenant.read_only === true && <p className="sr-only">{t('shell.read_only')}</p>}
        <Gate me={me} />
      </Frame>
    </TenantProvider>
  );
}

/** What the route says it needs is checked before its screen is shown. */
function Gate({ me }: { me: Me }) {
  const { requires, module } = useMatches({ select: (matches) => matches.at(-1)?.staticData ?? {} });
  if (module !== undefined && me.modules[module] !== undefined && me.modules[module] !== 'on') return <ModuleOff code={module} />;
  if (requires !== undefined && !Object.hasOwn(me.abilities, requires)) return <Forbidden permission={requires} />;
  return <Outlet />;
}
