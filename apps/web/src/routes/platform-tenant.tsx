import { createRoute, lazyRouteComponent, notFound } from '@tanstack/react-router';
import { cursor, limit, oneOf, searchParser, text } from '../lib/search-params';
import { isUuid } from '../lib/redirect';
import { platformRoute } from './platform';

const search = searchParser({ tab: oneOf(['members', 'limits']), q: text(), cursor: cursor(), limit: limit() });

export const platformTenantRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: 'tenants/$tenant_id',
  staticData: { requires_staff: 'platform:tenants' },
  validateSearch: search,
  beforeLoad: ({ params }) => {
    if (!isUuid(params.tenant_id)) throw notFound();
  },
  component: lazyRouteComponent(() => import('../features/platform-tenants/tenant-screen'), 'TenantScreen'),
});
