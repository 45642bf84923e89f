import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { cursor, limit, oneOf, searchParser, text, uuid } from '../lib/search-params';
import { tenantRoute } from './tenant';

export const tenantDecisionsRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'audit/decisions',
  staticData: { requires: 'audit:read' },
  validateSearch: searchParser({
    result: oneOf(['allowed', 'any']),
    user_id: uuid(),
    permission: text(80),
    since: oneOf(['1h', '24h', '7d', '30d']),
    group_by: oneOf(['permission']),
    cursor: cursor(),
    limit: limit(),
  }),
  component: lazyRouteComponent(() => import('../features/audit/decisions-screen'), 'DecisionsScreen'),
});
