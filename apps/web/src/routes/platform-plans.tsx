import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { matching, searchParser } from '../lib/search-params';
import { platformRoute } from './platform';

export const platformPlansRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: 'plans',
  staticData: { requires_staff: 'platform:billing' },
  validateSearch: searchParser({ plan: matching(/^[a-z][a-z0-9_]*$/, 40) }),
  component: lazyRouteComponent(() => import('../features/platform-catalogue/plans-screen'), 'PlansScreen'),
});
