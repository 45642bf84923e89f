import { createRoute } from '@tanstack/react-router';
import { lazy } from 'react';
import { readLinkToken, writeLinkToken } from '../lib/storage';
import { onConsoleHost } from './console-host';
import { rootRoute } from './root';

const Screen = lazy(() => import('../features/session/reset-screen').then((module) => ({ default: module.ResetScreen })));
const TOKEN = /^#([A-Za-z0-9_-]{16,256})$/;

/** The token stands in the fragment: read once, taken out of the address, kept for this tab until it is used. */
function keepToken(kind: 'reset' | 'staff_reset'): void {
  const token = TOKEN.exec(window.location.hash)?.[1];
  if (token !== undefined && token !== readLinkToken(kind)) writeLinkToken(kind, token);
}
function cleanAddress(): void {
  if (window.location.hash !== '') window.history.replaceState(window.history.state, '', window.location.pathname);
}

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
    onConsoleHost(context.config);
    keepToken('staff_reset');
  },
  onEnter: cleanAddress,
  component: () => <Screen realm="platform" />,
});
