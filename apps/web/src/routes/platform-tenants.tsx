import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { cursor, limit, oneOf, searchParser, text } from '../lib/search-params';
import { platformRoute } from './platform';

export const platformTenantsRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: 'tenants',
  staticData: { requires_staff: 'platform:tenants' },
  validateSearch: searchParser({
    q: text(),
    status: oneOf(['provisioning', 'failed', 'active', 'suspended', 'archived']),
    cursor: cursor(),
    limit: limit(),
    tenant: oneOf(['new']),
  }),
  component: lazyRouteComponent(() => import('../features/platform-tenants/tenants-screen'), 'TenantsScreen'),
});
