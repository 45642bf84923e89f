import { createRoute } from '@tanstack/react-router';
import { lazy } from 'react';
import { mustHaveConsole } from './console-host';
import { rootRoute } from './root';

const Screen = lazy(() => import('../features/session/forgot-screen').then((module) => ({ default: module.ForgotScreen })));

export const forgotRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/forgot',
  component: () => <Screen realm="tenant" />,
});
export const platformForgotRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/platform/forgot',
  beforeLoad: ({ context }) => mustHaveConsole(context.config),
  component: () => <Screen realm="platform" />,
});
