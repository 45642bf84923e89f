import { createRoute, redirect } from '@tanstack/react-router';
import { lazy } from 'react';
import { sessions } from '../lib/api';
import { searchParser, text } from '../lib/search-params';
import { mustHaveConsole } from './console-host';
import { rootRoute } from './root';

const Screen = lazy(() =>
  import('../features/session/change-password-screen').then((module) => ({ default: module.ChangePasswordScreen })),
);

const validateSearch = searchParser({ redirect: text(2048) });

export const platformChangePasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/platform/change-password',
  validateSearch,
  beforeLoad: ({ context }) => {
    mustHaveConsole(context.config);
    if (!sessions.platform.mayBeSignedIn()) throw redirect({ to: '/platform/login', replace: true });
  },
  component: function PlatformChangePassword() {
    return <Screen realm="platform" redirect={platformChangePasswordRoute.useSearch().redirect} />;
  },
});
