import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { auditSearch } from './audit-search';
import { tenantRoute } from './tenant';

export const tenantAuditRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'audit',
  staticData: { requires: 'audit:read' },
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import('../features/audit/audit-screen'), 'AuditScreen'),
});
