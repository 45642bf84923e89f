import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { ErrorPage } from '../components/states/error-page';
import { NotFound } from '../components/states/pages';
import { sessions } from '../lib/api';
import { hasCode } from '../lib/errors';
import { staffMeQuery } from '../lib/queries';
import { mustHaveConsole } from './console-host';
import { rootRoute } from './root';

/** The operators' console: own realm, own session; on a tenant's host it does not exist. */
export const platformRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/platform',
  beforeLoad: async ({ context, location }) => {
    mustHaveConsole(context.config);
    const held = await sessions.platform.tokenFor(null).catch((cause: unknown) => {
      if (hasCode(cause, 'signed_out')) throw redirect({ to: '/platform/login', search: { redirect: location.href }, replace: true });
      throw cause;
    });
    if (held.next === 'change_password')
      throw redirect({ to: '/platform/change-password', search: { redirect: location.href }, replace: true });
  },
  loader: ({ context }) => context.queries.ensureQueryData(staffMeQuery),
  component: lazyRouteComponent(() => import('../components/shell/platform-shell'), 'PlatformShell'),
  errorComponent: ({ error, reset }) => <ErrorPage error={error} reset={reset} full />,
  notFoundComponent: () => <NotFound />,
});
