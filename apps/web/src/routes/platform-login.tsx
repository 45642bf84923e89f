import { createRoute, notFound } from '@tanstack/react-router';
import { LoginScreen } from '../features/session/login-screen';
import { searchParser, text } from '../lib/search-params';
import { rootRoute } from './root';

const search = searchParser({ redirect: text(2048) });

export const platformLoginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/platform/login',
  validateSearch: search,
  beforeLoad: ({ context }) => {
    if (context.config.host_kind === 'tenant' || context.config.host_kind === 'app') throw notFound();
  },
  component: function PlatformLogin() {
    return <LoginScreen realm="platform" redirect={platformLoginRoute.useSearch().redirect} />;
  },
});
