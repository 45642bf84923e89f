import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { sessions } from '../lib/api';
import { rootRoute } from './root';

export const selectTenantRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/select-tenant',
  beforeLoad: () => {
    if (!sessions.tenant.mayBeSignedIn()) throw redirect({ to: '/login', replace: true });
  },
  component: lazyRouteComponent(() => import('../features/session/select-tenant-screen'), 'SelectTenantScreen'),
});
