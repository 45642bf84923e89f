import { createRoute, redirect } from '@tanstack/react-router';
import { sessions } from '../lib/api';
import { readLastTenant } from '../lib/storage';
import { rootRoute } from './root';

/** `/` is a signpost: the host's tenant, the console, the last tenant of this tab, the choice, or sign-in. */
export const indexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: ({ context }) => {
    const { host_kind, tenant } = context.config;
    if (host_kind === 'platform') throw redirect({ to: '/platform', replace: true });
    if (host_kind === 'tenant' && tenant !== null) throw redirect({ to: '/t/$tenant', params: { tenant: tenant.slug }, replace: true });
    if (!sessions.tenant.mayBeSignedIn()) throw redirect({ to: '/login', replace: true });
    const last = readLastTenant();
    if (last !== null) throw redirect({ to: '/t/$tenant', params: { tenant: last }, replace: true });
    throw redirect({ to: '/select-tenant', replace: true });
  },
});
