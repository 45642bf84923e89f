import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { tenantRoute } from './tenant';

export const tenantRolesRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'roles',
  staticData: { requires: 'roles:read' },
  component: lazyRouteComponent(() => import('../features/roles/roles-screen'), 'RolesScreen'),
});
