import { Module } from '@nestjs/common';
import { DEFAULT_TEMPLATE, TEMPLATES, type TemplateCode } from '#contracts/modules.js';
import { defineModule } from '#platform/modules/index.js';
import { EntitlementsModule } from '../entitlements/index.js';
import { Tenants } from '../tenants/index.js';
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
      run: async (tx, { tenant_id, services }) => {
        const { template_code } = await services.get(Tenants).find(tx, tenant_id);
        const stores = await services.get(Stores).createDefaults(tx, storesOf(template_code));
        return { store_ids: stores };
      },
      compensate: (tx, { services }) => services.get(Stores).removeAll(tx),
    },
  ],
  nav: [{ key: 'stores', group: 'organisation', order: 40, requires: 'stores:read' }],
});

const storesOf = (code: string | null) =>
  TEMPLATES[code !== null && Object.hasOwn(TEMPLATES, code) ? (code as TemplateCode) : DEFAULT_TEMPLATE].stores;

@Module({
  imports: [EntitlementsModule],
  controllers: [StoresController],
  providers: [Stores, StoreBlockers],
  exports: [Stores, StoreBlockers],
})
export class StoresModule {}
