import { createRoute, lazyRouteComponent, notFound } from '@tanstack/react-router';
import { auditSearch } from './audit-search';
import { cockpitRoute } from './cockpit';
import { keysSearch } from './keys-search';

/** The console of a company's administrators. */
export const cockpitAdminRoute = createRoute({
  getParentRoute: () => cockpitRoute,
  path: 'admin',
  beforeLoad: ({ context }) => {
    if (!context.config.features.includes('admin_console')) throw notFound();
  },
});

export const cockpitAdminHomeRoute = createRoute({
  getParentRoute: () => cockpitAdminRoute,
  path: '/',
  staticData: { requires: 'settings:write' },
  component: lazyRouteComponent(() => import('../features/cockpit-admin/admin-screen'), 'AdminScreen'),
});
export const cockpitAdminKeysRoute = createRoute({
  getParentRoute: () => cockpitAdminRoute,
  path: 'api-keys',
  staticData: { requires: 'api_keys:read' },
  validateSearch: keysSearch,
  component: lazyRouteComponent(() => import('../features/api-keys/keys-screen'), 'CockpitKeysScreen'),
});
export const cockpitAdminAuditRoute = createRoute({
  getParentRoute: () => cockpitAdminRoute,
  path: 'audit',
  staticData: { requires: 'audit:read' },
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import('../features/audit/audit-screen'), 'CockpitAuditScreen'),
});
