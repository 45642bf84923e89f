import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { searchParser, text, uuid } from '../lib/search-params';
import { platformRoute } from './platform';

export const platformMailboxRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: 'mailbox',
  staticData: { requires_staff: 'platform:read' },
  validateSearch: searchParser({ to: text(), mail: uuid() }),
  component: lazyRouteComponent(() => import('../features/platform-mailbox/mailbox-screen'), 'MailboxScreen'),
});
