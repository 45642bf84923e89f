import type { Provider } from '@nestjs/common';
import { TenantResolver } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { Logger } from '#platform/logging/index.js';
import { Metrics } from '#platform/metrics/index.js';
import { DestinationGuard, WebhookSender } from './sending/index.js';

/** What the sending side is made of; it knows neither Nest nor the configuration. */
export const SENDING_PROVIDERS: Provider[] = [
  {
    provide: DestinationGuard,
    inject: [Config, TenantResolver, Logger, Metrics],
    useFactory: (config: Config, tenants: TenantResolver, logger: Logger, metrics: Metrics) =>
      new DestinationGuard({
        production: config.production,
        allow_http: config.webhook_allow_http,
        allowed: config.webhook_allowed_cidrs,
        blocked_ports: config.webhook_blocked_ports.map(Number),
        ownHost: async (host) => config.platform_hosts.includes(host) || (await tenants.byHost(host)) !== null,
        // At create, at change and at every connect. What stood behind the address is for our log alone: to the tenant it would be a
        // port scanner.
        refused: (destination) => {
          metrics.count('webhook_ssrf_blocked_total', {});
          logger.security.warn({ ...destination }, 'webhook destination refused');
        },
      }),
  },
  { provide: WebhookSender, inject: [DestinationGuard], useFactory: (guard: DestinationGuard) => new WebhookSender(guard) },
];
