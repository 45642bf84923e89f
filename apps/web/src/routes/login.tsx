import { createRoute } from '@tanstack/react-router';
import { LoginScreen } from '../features/session/login-screen';
import { searchParser, text } from '../lib/search-params';
import { rootRoute } from './root';

export const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  validateSearch: searchParser({ redirect: text(2048) }),
  component: function Login() {
    return <LoginScreen realm="tenant" redirect={loginRoute.useSearch().redirect} />;
  },
});
