import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readLinkToken, writeLinkToken } from '../lib/storage';
import { rootRoute } from './root';

const TOKEN = /^#([A-Za-z0-9_-]{16,256})$/;

/** The token stands in the fragment: read once, taken out of the address, kept for this tab until it is used. */
export const inviteRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/invite',
  beforeLoad: () => {
    const token = TOKEN.exec(window.location.hash)?.[1];
    if (token === undefined || token === readLinkToken('invite')) return;
    writeLinkToken('invite', token);
  },
  onEnter: () => {
    if (window.location.hash !== '') window.history.replaceState(window.history.state, '', window.location.pathname);
  },
  component: lazyRouteComponent(() => import('../features/session/invite-screen'), 'InviteScreen'),
});
