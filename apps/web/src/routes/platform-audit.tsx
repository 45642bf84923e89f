import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { auditSearch } from './audit-search';
import { platformRoute } from './platform';

export const platformAuditRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: 'audit',
  staticData: { requires_staff: 'platform:audit' },
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import('../features/platform-audit/platform-audit-screen'), 'PlatformAuditScreen'),
});
