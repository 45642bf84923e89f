import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Subscribers } from '#platform/outbox/index.js';
import { Sweeper } from './sweeper.js';

/** Sending stops with the tenant and goes on with it; the sweep of the minute would find it too. */
@Injectable()
export class RestOfTenants implements OnModuleInit {
  constructor(
    private readonly subscribers: Subscribers,
    private readonly sweeper: Sweeper,
  ) {}

  onModuleInit(): void {
    const rest = (
      type: 'tenant.suspended' | 'tenant.resumed' | 'tenant.archived' | 'tenant.restored' | 'settings.changed' | 'entitlement.updated',
    ) =>
      this.subscribers.subscribe(type, {
        name: `webhooks.rest_${type.replace('.', '_')}`,
        mode: 'queued',
        handle: (scope) => this.sweeper.rest(scope.tenant_id),
      });
    rest('tenant.suspended');
    rest('tenant.resumed');
    rest('tenant.archived');
    rest('tenant.restored');
    rest('settings.changed');
    rest('entitlement.updated');
  }
}
