import { createRoute, lazyRouteComponent, notFound } from '@tanstack/react-router';
import { rootRoute } from './root';

/** `/_state/<name>` shows each full-page state for tests and review; only where demo accounts exist. */
export const stateRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/_state/$name',
  beforeLoad: ({ context }) => {
    if (context.config.demo === null) throw notFound();
  },
  component: lazyRouteComponent(() => import('../components/states/gallery'), 'StateGallery'),
});
