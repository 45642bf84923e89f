import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { keysSearch } from './keys-search';
import { tenantRoute } from './tenant';

export const tenantApiKeysRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'api-keys',
  staticData: { requires: 'api_keys:read' },
  validateSearch: keysSearch,
  component: lazyRouteComponent(() => import('../features/api-keys/keys-screen'), 'KeysScreen'),
});
