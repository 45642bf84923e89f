import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { platformRoute } from './platform';

export const platformModulesRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: 'modules',
  staticData: { requires_staff: 'platform:modules' },
  component: lazyRouteComponent(() => import('../features/platform-modules/modules-screen'), 'PlatformModulesScreen'),
});
