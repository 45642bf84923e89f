import { createRoute, lazyRouteComponent, notFound } from '@tanstack/react-router';
import { isUuid } from '../lib/redirect';
import { searchParser, uuid } from '../lib/search-params';
import { tenantRoute } from './tenant';

const search = searchParser({ compare: uuid() });

export const tenantRoleRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'roles/$role_id',
  staticData: { requires: 'roles:read' },
  validateSearch: search,
  beforeLoad: ({ params }) => {
    if (!isUuid(params.role_id)) throw notFound();
  },
  component: lazyRouteComponent(() => import('../features/roles/role-screen'), 'RoleScreen'),
});
