import { Module } from '@nestjs/common';
import { defineModule } from '#platform/modules/index.js';
import { EntitlementsController } from './entitlements.controller.js';
import { Entitlements } from './entitlements.service.js';

export const manifest = defineModule({
  code: 'entitlements',
  name: 'Entitlements',
  core: true,
  depends_on: [],
  permissions: ['billing:read', 'billing:write'],
  events: ['entitlement.updated'],
  provisioning_steps: [
    {
      key: 'entitlements',
      after: ['modules'],
      timeout_ms: 10_000,
      kind: 'database',
      run: (tx, { input, services }) =>
        services.get(Entitlements).start(tx, {
          plan_code: String(input['plan_code']),
          trial: input['trial'] === true,
          currency: String(input['currency'] ?? 'EUR'),
        }),
      compensate: (tx, { services }) => services.get(Entitlements).removeAll(tx),
    },
  ],
});

@Module({ controllers: [EntitlementsController], providers: [Entitlements], exports: [Entitlements] })
export class EntitlementsModule {}
