import { createRoute, redirect } from '@tanstack/react-router';
import { lazy } from 'react';
import { sessions } from '../lib/api';
import { searchParser, text } from '../lib/search-params';
import { rootRoute } from './root';

const Screen = lazy(() =>
  import('../features/session/change-password-screen').then((module) => ({ default: module.ChangePasswordScreen })),
);

export const changePasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/change-password',
  validateSearch: searchParser({ redirect: text(2048) }),
  beforeLoad: () => {
    if (!sessions.tenant.mayBeSignedIn()) throw redirect({ to: '/login', replace: true });
  },
  component: function ChangePassword() {
    return <Screen realm="tenant" redirect={changePasswordRoute.useSearch().redirect} />;
  },
});
