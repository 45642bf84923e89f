import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { platformRoute } from './platform';

export const platformAccountRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: 'account',
  component: lazyRouteComponent(() => import('../features/platform-account/account-screen'), 'StaffAccountScreen'),
});
