import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { cursor, limit, oneOf, searchParser, uuid } from '../lib/search-params';
import { platformRoute } from './platform';

export const platformWebhooksRoute = createRoute({
  getParentRoute: () => platformRoute,
  path: 'webhooks',
  staticData: { requires_staff: 'platform:read' },
  validateSearch: searchParser({ state: oneOf(['running', 'failing', 'parked']), tenant_id: uuid(), cursor: cursor(), limit: limit() }),
  component: lazyRouteComponent(() => import('../features/platform-webhooks/webhooks-screen'), 'WebhooksScreen'),
});
