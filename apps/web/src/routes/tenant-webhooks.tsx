import { createRoute, lazyRouteComponent, notFound, redirect } from '@tanstack/react-router';
import { isUuid } from '../lib/redirect';
import { cursor, limit, matching, oneOf, searchParser, text, uuid } from '../lib/search-params';
import { tenantRoute } from './tenant';

const reading = { requires: 'webhooks:read', module: 'webhooks' } as const;
const deliveries = searchParser({
  status: oneOf(['pending', 'delivering', 'success', 'dlq', 'held', 'cancelled']),
  event_type: text(80),
  http_status: matching(/^[1-5]\d\d$/, 3),
  error_code: matching(/^[a-z_]+$/, 40),
  since: oneOf(['1h', '24h', '7d', '30d']),
  cursor: cursor(),
  limit: limit(),
  delivery: uuid(),
});

export const tenantWebhooksRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'webhooks',
  staticData: reading,
  validateSearch: searchParser({ status: oneOf(['active', 'paused', 'disabled']), cursor: cursor(), limit: limit() }),
  component: lazyRouteComponent(() => import('../features/webhooks/webhooks-screen'), 'WebhooksScreen'),
});
export const tenantWebhookNewRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'webhooks/new',
  staticData: { ...reading, requires: 'webhooks:write' },
  component: lazyRouteComponent(() => import('../features/webhooks/new-webhook-screen'), 'NewWebhookScreen'),
});
export const tenantWebhookLogRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'webhooks/deliveries',
  staticData: reading,
  validateSearch: deliveries,
  component: lazyRouteComponent(() => import('../features/webhooks/deliveries-screen'), 'AllDeliveriesScreen'),
});
export const tenantWebhookEventsRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'webhooks/events',
  staticData: reading,
  component: lazyRouteComponent(() => import('../features/webhooks/event-catalogue-screen'), 'EventCatalogueScreen'),
});

export const tenantWebhookRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'webhooks/$webhook_id',
  beforeLoad: ({ params, location }) => {
    if (!isUuid(params.webhook_id)) throw notFound();
    if (location.pathname.replace(/\/$/, '').endsWith(params.webhook_id))
      throw redirect({ to: '/t/$tenant/webhooks/$webhook_id/overview', params, replace: true });
  },
});
export const tenantWebhookOverviewRoute = createRoute({
  getParentRoute: () => tenantWebhookRoute,
  path: 'overview',
  staticData: reading,
  component: lazyRouteComponent(() => import('../features/webhooks/overview-screen'), 'OverviewScreen'),
});
export const tenantWebhookDeliveriesRoute = createRoute({
  getParentRoute: () => tenantWebhookRoute,
  path: 'deliveries',
  staticData: reading,
  validateSearch: deliveries,
  component: lazyRouteComponent(() => import('../features/webhooks/deliveries-screen'), 'DeliveriesScreen'),
});
export const tenantWebhookVerifyRoute = createRoute({
  getParentRoute: () => tenantWebhookRoute,
  path: 'verify',
  staticData: reading,
  component: lazyRouteComponent(() => import('../features/webhooks/verify-screen'), 'VerifyScreen'),
});
export const tenantWebhookSettingsRoute = createRoute({
  getParentRoute: () => tenantWebhookRoute,
  path: 'settings',
  staticData: reading,
  component: lazyRouteComponent(() => import('../features/webhooks/settings-screen'), 'SettingsScreen'),
});
