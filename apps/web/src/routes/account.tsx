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
  path: '/account/profile',
  beforeLoad: async ({ location }) => {
    const held = await sessions.tenant.tokenFor(readLastTenant()).catch((cause: unknown) => {
      if (hasCode(cause, 'signed_out')) throw redirect({ to: '/login', search: { redirect: location.href }, replace: true });
      if (hasCode(cause, 'tenant_required')) throw redirect({ to: '/select-tenant', replace: true });
      throw cause;
    });
    if (held.tenant === null) throw redirect({ to: '/select-tenant', replace: true });
    return { tenant: { tenant_id: held.tenant.tenant_id, slug: held.tenant.slug } };
  },
  loader: ({ context }) => context.queries.ensureQueryData(meQuery(context.tenant)),
  component: lazyRouteComponent(() => import('../features/account/profile-screen'), 'ProfileScreen'),
  errorComponent: ({ error, reset }) => <ErrorPage error={error} reset={reset} full />,
});
