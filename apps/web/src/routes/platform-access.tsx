import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { cursor, limit, oneOf, searchParser, uuid } from '../lib/search-params';
import { platformRoute } from './platform';

export const platformAccessRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: 'access',
  staticData: { requires_staff: 'platform:staff' },
  validateSearch: searchParser({
    role: oneOf(['ops_viewer', 'ops_admin', 'superuser']),
    status: oneOf(['active', 'disabled']),
    cursor: cursor(),
    limit: limit(),
    new: oneOf(['staff']),
    member: uuid(),
  }),
  component: lazyRouteComponent(() => import('../features/platform-access/access-screen'), 'AccessScreen'),
});
