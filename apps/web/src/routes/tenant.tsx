import { createRoute, lazyRouteComponent, notFound, redirect } from '@tanstack/react-router';
import { ErrorPage } from '../components/states/error-page';
import { NotFound } from '../components/states/pages';
import { sessions } from '../lib/api';
import { hasCode } from '../lib/errors';
import { meQuery } from '../lib/queries';
import { isTenantRef } from '../lib/redirect';
import { rootRoute } from './root';

/** Support access is over: its token is given back, so that the next visit is the person's own. */
function backToConsole(tenant_id: string) {
  sessions.tenant.giveBack();
  return redirect({ to: '/platform/tenants/$tenant_id', params: { tenant_id }, replace: true });
}

/** Everything of one tenant. The path names it; the token is asked for it; an id in the path is replaced by the slug. */
export const tenantRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/t/$tenant',
  beforeLoad: async ({ params, location }) => {
    if (!isTenantRef(params.tenant)) throw notFound();
    const held = await sessions.tenant.tokenFor(params.tenant).catch((cause: unknown) => {
      const support = sessions.tenant.support(params.tenant);
      if (support !== null && hasCode(cause, 'signed_out')) throw backToConsole(support.tenant_id);
      if (hasCode(cause, 'signed_out')) throw redirect({ to: '/login', search: { redirect: location.href }, replace: true });
      throw cause;
    });
    if (held.next === 'change_password') throw redirect({ to: '/change-password', search: { redirect: location.href }, replace: true });
    if (held.next === 'mfa' || held.next === 'mfa_setup')
      throw redirect({ to: '/login/mfa', search: { redirect: location.href }, replace: true });
    if (held.tenant === null) throw redirect({ to: '/select-tenant', replace: true });
    if (held.tenant.slug !== params.tenant)
      throw redirect({ href: location.href.replace(`/t/${params.tenant}`, `/t/${held.tenant.slug}`), replace: true });
    return { tenant: { tenant_id: held.tenant.tenant_id, slug: held.tenant.slug } };
  },
  loader: ({ context }) => context.queries.ensureQueryData(meQuery(context.tenant)),
  component: lazyRouteComponent(() => import('../components/shell/tenant-shell'), 'TenantShell'),
  errorComponent: ({ error, reset }) => <ErrorPage error={error} reset={reset} full />,
  notFoundComponent: () => <NotFound />,
});
