import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { tenantRoute } from './tenant';

export const tenantSettingsRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'settings',
  beforeLoad: ({ location, params }) => {
    if (/\/settings\/?$/.test(location.pathname)) throw redirect({ to: '/t/$tenant/settings/general', params, replace: true });
  },
});

export const tenantSettingsGeneralRoute = createRoute({
  getParentRoute: () => tenantSettingsRoute,
  path: 'general',
  staticData: { requires: 'tenants:read' },
  component: lazyRouteComponent(() => import('../features/settings/general-screen'), 'GeneralScreen'),
});
export const tenantSettingsModulesRoute = createRoute({
  getParentRoute: () => tenantSettingsRoute,
  path: 'modules',
  staticData: { requires: 'settings:read' },
  component: lazyRouteComponent(() => import('../features/settings/modules-screen'), 'ModulesScreen'),
});
export const tenantSettingsSecurityRoute = createRoute({
  getParentRoute: () => tenantSettingsRoute,
  path: 'security',
  staticData: { requires: 'settings:read' },
  component: lazyRouteComponent(() => import('../features/settings/security-screen'), 'TenantSecurityScreen'),
});
export const tenantSettingsUsageRoute = createRoute({
  getParentRoute: () => tenantSettingsRoute,
  path: 'usage',
  staticData: { requires: 'settings:read' },
  component: lazyRouteComponent(() => import('../features/settings/usage-screen'), 'UsageScreen'),
});
export const tenantSettingsSubscriptionRoute = createRoute({
  getParentRoute: () => tenantSettingsRoute,
  path: 'subscription',
  staticData: { requires: 'billing:read' },
  component: lazyRouteComponent(() => import('../features/settings/subscription-screen'), 'SubscriptionScreen'),
});
