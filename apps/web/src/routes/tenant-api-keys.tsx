import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { cursor, limit, oneOf, searchParser } from '../lib/search-params';
import { tenantRoute } from './tenant';

export const tenantApiKeysRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'api-keys',
  staticData: { requires: 'api_keys:read' },
  validateSearch: searchParser({
    status: oneOf(['active', 'expired', 'revoked']),
    cursor: cursor(),
    limit: limit(),
    new: oneOf(['key']),
  }),
  component: lazyRouteComponent(() => import('../features/api-keys/keys-screen'), 'KeysScreen'),
});
