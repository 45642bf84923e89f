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
    useFactory: (config: Config, tenants: TenantResolver, logger: Logger, metrics: Metrics) => {
      const own = new Set(config.platform_hosts);
      if (config.frontend_url) own.add(new URL(config.frontend_url).hostname);
      return new DestinationGuard({
        production: config.production,
        allow_http: config.webhook_allow_http,
        allowed: config.webhook_allowed_cidrs,
        blocked_ports: config.webhook_blocked_ports.map(Number),
        ownHost: async (host) => own.has(host) || (await tenants.byHost(host)) !== null,
        // At create, at change and at every connect. What stood behind the address is for our log alone: to the tenant it would be a port scanner.
        refused: ({ host, port, address, reason }) => {
          metrics.count('webhook_ssrf_blocked_total', {});
          // Not as `address`: people have those, and the log hides them.
          logger.security.warn({ host, port, remote_ip: address, reason }, 'webhook destination refused');
        },
      });
    },
  },
  { provide: WebhookSender, inject: [DestinationGuard], useFactory: (guard: DestinationGuard) => new WebhookSender(guard) },
];
