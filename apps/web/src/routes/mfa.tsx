import { createRoute } from '@tanstack/react-router';
import { lazy } from 'react';
import { searchParser, text } from '../lib/search-params';
import { mustHaveConsole } from './console-host';
import { rootRoute } from './root';

const Screen = lazy(() => import('../features/session/mfa-screen').then((module) => ({ default: module.MfaScreen })));
const validateSearch = searchParser({ redirect: text(2048) });

/** The step between the password and the product: a code, or the set-up that the organisation asks for. */
export const mfaRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login/mfa',
  validateSearch,
  component: function Mfa() {
    return <Screen realm="tenant" redirect={mfaRoute.useSearch().redirect} />;
  },
});
export const platformMfaRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/platform/mfa',
  validateSearch,
  beforeLoad: ({ context }) => mustHaveConsole(context.config),
  component: function PlatformMfa() {
    return <Screen realm="platform" redirect={platformMfaRoute.useSearch().redirect} />;
  },
});
