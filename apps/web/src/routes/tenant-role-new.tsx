import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { searchParser, uuid } from '../lib/search-params';
import { tenantRoute } from './tenant';

export const tenantRoleNewRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'roles/new',
  staticData: { requires: 'roles:write' },
  validateSearch: searchParser({ copy: uuid() }),
  component: lazyRouteComponent(() => import('../features/roles/new-role-screen'), 'NewRoleScreen'),
});
