import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { ErrorPage } from '../components/states/error-page';
import { sessions } from '../lib/api';
import { hasCode } from '../lib/errors';
import { meQuery } from '../lib/queries';
import { readLastTenant } from '../lib/storage';
import { rootRoute } from './root';

/** Own account. Reached from a tenant: that one's token is used, so that the way back is known. */
export const accountRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/account',
  beforeLoad: async ({ location }) => {
    if (/^\/account\/?$/.test(location.pathname)) throw redirect({ to: '/account/profile', replace: true });
    const held = await sessions.tenant.tokenFor(readLastTenant()).catch((cause: unknown) => {
      if (hasCode(cause, 'signed_out')) throw redirect({ to: '/login', search: { redirect: location.href }, replace: true });
      if (hasCode(cause, 'tenant_required')) throw redirect({ to: '/select-tenant', replace: true });
      throw cause;
    });
    if (held.next === 'mfa' || held.next === 'mfa_setup')
      throw redirect({ to: '/login/mfa', search: { redirect: location.href }, replace: true });
    if (held.tenant === null) throw redirect({ to: '/select-tenant', replace: true });
    return { tenant: { tenant_id: held.tenant.tenant_id, slug: held.tenant.slug } };
  },
  loader: ({ context }) => context.queries.ensureQueryData(meQuery(context.tenant)),
  component: lazyRouteComponent(() => import('../features/account/account-frame'), 'AccountFrame'),
  errorComponent: ({ error, reset }) => <ErrorPage error={error} reset={reset} full />,
});

export const accountProfileRoute = createRoute({
  getParentRoute: () => accountRoute,
  path: 'profile',
  component: lazyRouteComponent(() => import('../features/account/profile-screen'), 'ProfileScreen'),
});
export const accountSecurityRoute = createRoute({
  getParentRoute: () => accountRoute,
  path: 'security',
  component: lazyRouteComponent(() => import('../features/account/security-screen'), 'SecurityScreen'),
});
export const accountSessionsRoute = createRoute({
  getParentRoute: () => accountRoute,
  path: 'sessions',
  component: lazyRouteComponent(() => import('../features/account/sessions-screen'), 'SessionsScreen'),
});
export const accountPreferencesRoute = createRoute({
  getParentRoute: () => accountRoute,
  path: 'preferences',
  component: lazyRouteComponent(() => import('../features/account/preferences-screen'), 'PreferencesScreen'),
});
