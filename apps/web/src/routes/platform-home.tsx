import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { platformRoute } from './platform';

export const platformHomeRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: '/',
  staticData: { requires_staff: 'platform:read' },
  component: lazyRouteComponent(() => import('../features/platform-overview/overview-screen'), 'OverviewScreen'),
});
