import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { matching, oneOf, searchParser } from '../lib/search-params';
import { platformRoute } from './platform';

export const platformTemplatesRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: 'templates',
  staticData: { requires_staff: 'platform:modules' },
  validateSearch: searchParser({ template: matching(/^[a-z][a-z0-9_]*$/, 40), new: oneOf(['template']) }),
  component: lazyRouteComponent(() => import('../features/platform-catalogue/templates-screen'), 'TemplatesScreen'),
});
