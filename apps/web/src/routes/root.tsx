import { createRootRouteWithContext, Outlet } from '@tanstack/react-router';
import type { QueryClient } from '@tanstack/react-query';
import type { Permission } from '#contracts/permissions.js';
import { ErrorPage } from '../components/states/error-page';
import { NotFound } from '../components/states/pages';
import { configQuery } from '../lib/queries';

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    /** Checked before the screen loads: forbidden page, not a redirect. */
    requires?: Permission;
    /** Same for the platform console. */
    requires_staff?: string;
    /** Module whose switch takes the screen away. */
    module?: string;
  }
}

export const rootRoute = createRootRouteWithContext<{ queries: QueryClient }>()({
  // The first call of every visit: what this host is.
  beforeLoad: async ({ context }) => ({ config: await context.queries.ensureQueryData(configQuery) }),
  component: Outlet,
  errorComponent: ({ error, reset }) => <ErrorPage error={error} reset={reset} full />,
  notFoundComponent: () => <NotFound full />,
});
