import { Module } from '@nestjs/common';
import { DEFAULT_TEMPLATE, TEMPLATES } from '#contracts/modules.js';
import { defineModule } from '#platform/modules/index.js';
import { EntitlementsModule } from '../entitlements/index.js';
import { StoreBlockers } from './store-blockers.js';
import { StoresController } from './stores.controller.js';
import './stores.errors.js';
import { COUNT_STORES } from './stores.repository.js';
import { Stores } from './stores.service.js';

export const manifest = defineModule({
  code: 'stores',
  name: 'Stores',
  core: true,
  depends_on: [],
  permissions: ['stores:read', 'stores:write'],
  events: ['store.created', 'store.updated'],
  audit_actions: ['store.created', 'store.updated'],
  limits: [{ code: 'max_stores', count: COUNT_STORES }],
  provisioning_steps: [
    {
      key: 'stores',
      after: ['entitlements'],
      timeout_ms: 10_000,
      kind: 'database',
      run: async (tx, { input, services }) => {
        const stores = await services.get(Stores).createDefaults(tx, storesOf(input['stores']));
        return { store_ids: stores };
      },
      compensate: (tx, { services }) => services.get(Stores).removeAll(tx),
    },
  ],
  nav: [{ key: 'stores', group: 'organisation', order: 40, requires: 'stores:read' }],
});

/** Those of the template, as the job was given them. */
const storesOf = (stores: unknown) =>
  Array.isArray(stores) && stores.length ? (stores as { code: string; name: string }[]) : TEMPLATES[DEFAULT_TEMPLATE].stores;

@Module({
  imports: [EntitlementsModule],
  controllers: [StoresController],
  providers: [Stores, StoreBlockers],
  exports: [Stores, StoreBlockers],
})
export class StoresModule {}
