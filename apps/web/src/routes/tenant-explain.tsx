import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { matching, searchParser, uuid } from '../lib/search-params';
import { tenantRoute } from './tenant';

/** Everybody may ask about themselves; about others with `users:read`. */
export const tenantExplainRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'roles/explain',
  validateSearch: searchParser({ user: uuid(), store: uuid(), permission: matching(/^[a-z_]+:[a-z_]+$/, 80) }),
  component: lazyRouteComponent(() => import('../features/roles/explain-screen'), 'ExplainScreen'),
});
