import { createRoute, lazyRouteComponent, notFound } from '@tanstack/react-router';
import { isUuid } from '../lib/redirect';
import { platformRoute } from './platform';

export const platformTenantRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: 'tenants/$tenant_id',
  staticData: { requires_staff: 'platform:tenants' },
  beforeLoad: ({ params }) => {
    if (!isUuid(params.tenant_id)) throw notFound();
  },
  component: lazyRouteComponent(() => import('../features/platform-tenants/tenant-screen'), 'TenantScreen'),
});
