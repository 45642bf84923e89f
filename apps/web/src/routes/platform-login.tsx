import { createRoute } from '@tanstack/react-router';
import { LoginScreen } from '../features/session/login-screen';
import { searchParser, text } from '../lib/search-params';
import { mustHaveConsole } from './console-host';
import { rootRoute } from './root';

const search = searchParser({ redirect: text(2048) });

export const platformLoginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/platform/login',
  validateSearch: search,
  beforeLoad: ({ context }) => {
    mustHaveConsole(context.config);
  },
  component: function PlatformLogin() {
    return <LoginScreen realm="platform" redirect={platformLoginRoute.useSearch().redirect} />;
  },
});
