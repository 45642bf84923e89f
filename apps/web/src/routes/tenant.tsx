import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { ErrorPage } from '../components/states/error-page';
import { NotFound } from '../components/states/pages';
import { meQuery } from '../lib/queries';
import { enterTenant } from './enter-tenant';
import { rootRoute } from './root';

/** Everything of one tenant. The path names it; the token is asked for it; an id in the path is replaced by the slug. */
export const tenantRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/t/$tenant',
  beforeLoad: async ({ params, location }) => ({ tenant: await enterTenant('/t/', params.tenant, location.href) }),
  loader: ({ context }) => context.queries.ensureQueryData(meQuery(context.tenant)),
  component: lazyRouteComponent(() => import('../components/shell/tenant-shell'), 'TenantShell'),
  errorComponent: ({ error, reset }) => <ErrorPage error={error} reset={reset} full />,
  notFoundComponent: () => <NotFound />,
});
