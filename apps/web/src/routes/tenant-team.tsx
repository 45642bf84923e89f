import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { cursor, limit, oneOf, searchParser, text, uuid } from '../lib/search-params';
import { tenantRoute } from './tenant';

export const tenantTeamRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'team',
  staticData: { requires: 'users:read' },
  validateSearch: searchParser({
    q: text(),
    status: oneOf(['active', 'suspended']),
    role: uuid(),
    cursor: cursor(),
    limit: limit(),
    tab: oneOf(['invitations']),
    invite: oneOf(['new']),
    member: uuid(),
  }),
  component: lazyRouteComponent(() => import('../features/team/team-screen'), 'TeamScreen'),
});
