import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readLinkToken, writeLinkToken } from '../lib/storage';
import { rootRoute } from './root';

const TOKEN = /^#([A-Za-z0-9_-]{16,256})$/;

/** The token stands in the fragment: read once, taken out of the address, kept for this tab until it is used. */
export const resetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/reset',
  beforeLoad: () => {
    const token = TOKEN.exec(window.location.hash)?.[1];
    if (token === undefined || token === readLinkToken('reset')) return;
    writeLinkToken('reset', token);
  },
  onEnter: () => {
    if (window.location.hash !== '') window.history.replaceState(window.history.state, '', window.location.pathname);
  },
  component: lazyRouteComponent(() => import('../features/session/reset-screen'), 'ResetScreen'),
});
