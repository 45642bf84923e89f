import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { cursor, limit, oneOf, searchParser, text, uuid } from '../lib/search-params';
import { tenantRoute } from './tenant';

export const tenantStoresRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'stores',
  staticData: { requires: 'stores:read' },
  validateSearch: searchParser({
    q: text(80),
    status: oneOf(['active', 'inactive']),
    cursor: cursor(),
    limit: limit(),
    store: uuid(),
    new: oneOf(['store']),
  }),
  component: lazyRouteComponent(() => import('../features/stores/stores-screen'), 'StoresScreen'),
});
