import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { cursor, limit, oneOf, searchParser, uuid } from '../lib/search-params';
import { platformRoute } from './platform';

export const platformProvisioningRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: 'provisioning',
  staticData: { requires_staff: 'platform:jobs' },
  validateSearch: searchParser({
    status: oneOf(['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled']),
    tenant_id: uuid(),
    cursor: cursor(),
    limit: limit(),
  }),
  component: lazyRouteComponent(() => import('../features/platform-provisioning/jobs-screen'), 'JobsScreen'),
});
