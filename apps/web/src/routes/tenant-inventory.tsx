import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { cursor, limit, oneOf, searchParser, text } from '../lib/search-params';
import { tenantRoute } from './tenant';

export const tenantInventoryRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'inventory',
  staticData: { requires: 'inventory:read', module: 'catalog' },
  validateSearch: searchParser({
    q: text(),
    status: oneOf(['active', 'hidden', 'archived']),
    cursor: cursor(),
    limit: limit(),
    item: oneOf(['new']),
  }),
  component: lazyRouteComponent(() => import('../features/inventory/inventory-screen'), 'InventoryScreen'),
});
