import { createRoute } from '@tanstack/react-router';
import { lazy } from 'react';
import { mustHaveConsole } from './console-host';
import { cleanAddress, keepToken } from './link-token';
import { rootRoute } from './root';

const Screen = lazy(() => import('../features/session/reset-screen').then((module) => ({ default: module.ResetScreen })));
export const resetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/reset',
  beforeLoad: () => keepToken('reset'),
  onEnter: cleanAddress,
  component: () => <Screen realm="tenant" />,
});
export const platformResetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/platform/reset',
  beforeLoad: ({ context }) => {
    mustHaveConsole(context.config);
    keepToken('staff_reset');
  },
  onEnter: cleanAddress,
  component: () => <Screen realm="platform" />,
});
