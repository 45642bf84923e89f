import { createRoute, lazyRouteComponent, notFound } from '@tanstack/react-router';
import { ErrorPage } from '../components/states/error-page';
import { NotFound } from '../components/states/pages';
import { switchLanguage } from '../lib/i18n';
import { meQuery } from '../lib/queries';
import { isLanguageTag } from '../lib/redirect';
import { enterTenant } from './enter-tenant';
import { rootRoute } from './root';

/** A tenant by its company address: the same session, rights and screens as under `/t`, and the language of the path. */
export const cockpitRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/$lang/cockpit/$tenant',
  beforeLoad: async ({ context, params, location }) => {
    if (!context.config.features.includes('tenant_routing') || !isLanguageTag(params.lang)) throw notFound();
    const tenant = await enterTenant(`/${params.lang}/cockpit/`, params.tenant, location.href);
    await switchLanguage(params.lang);
    return { tenant };
  },
  loader: ({ context }) => context.queries.ensureQueryData(meQuery(context.tenant)),
  component: lazyRouteComponent(() => import('../components/shell/tenant-shell'), 'TenantShell'),
  errorComponent: ({ error, reset }) => <ErrorPage error={error} reset={reset} full />,
  notFoundComponent: () => <NotFound />,
});

export const cockpitHomeRoute = createRoute({
  getParentRoute: () => cockpitRoute,
  path: '/',
  component: lazyRouteComponent(() => import('../features/home/home-screen'), 'CockpitScreen'),
});
