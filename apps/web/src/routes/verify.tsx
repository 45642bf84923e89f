import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { cleanAddress, keepToken } from './link-token';
import { rootRoute } from './root';

export const verifyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/verify',
  beforeLoad: () => keepToken('verify'),
  onEnter: cleanAddress,
  component: lazyRouteComponent(() => import('../features/session/verify-screen'), 'VerifyScreen'),
});
