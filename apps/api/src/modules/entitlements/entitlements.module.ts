import { Global, Module } from '@nestjs/common';
import { defineModule } from '#platform/modules/index.js';
import { EntitledModules } from '../tenants/index.js';
import { BillingPort, ManualBilling } from './billing-port.js';
import { EntitlementsController } from './entitlements.controller.js';
import './entitlements.errors.js';
import { planRollOut, recount, settleDue } from './entitlements.jobs.js';
import { Entitlements } from './entitlements.service.js';
import { Materialiser } from './materialiser.js';
import { StoredEntitledModules } from './plan-gives.js';
import { PlanRollOut } from './plan-roll-out.js';
import { PlansController } from './plans.controller.js';
import { Plans } from './plans.service.js';
import { Recount } from './recount.js';
import { SettleDue } from './settle-due.js';
import { StaffEntitlements } from './staff-entitlements.js';
import { SubscriptionsController } from './subscriptions.controller.js';
import { Subscriptions } from './subscriptions.service.js';

export const manifest = defineModule({
  code: 'entitlements',
  name: 'Entitlements',
  core: true,
  depends_on: [],
  permissions: ['billing:read', 'billing:write'],
  events: ['entitlement.updated'],
  audit_actions: [
    'subscription.created',
    'subscription.updated',
    'entitlement.updated',
    'entitlement.overridden',
    'plan.created',
    'plan.updated',
  ],
  jobs: [planRollOut],
  schedules: [settleDue, recount],
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

/** Global: the module of tenants, on which this one stands, asks what a plan gives. */
@Global()
@Module({
  controllers: [EntitlementsController, PlansController, SubscriptionsController],
  providers: [
    Entitlements, Materialiser, Plans, PlanRollOut, Recount, SettleDue, StaffEntitlements, Subscriptions,
    { provide: BillingPort, useClass: ManualBilling }, { provide: EntitledModules, useClass: StoredEntitledModules },
  ], // prettier-ignore
  exports: [Entitlements, Materialiser, Plans, StaffEntitlements, EntitledModules],
})
export class EntitlementsModule {}
