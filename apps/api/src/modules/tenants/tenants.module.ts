import { Global, Module } from '@nestjs/common';
import { TenantResolver } from '#platform/auth/index.js';
import { defineModule } from '#platform/modules/index.js';
import { CachedTenantResolver } from './tenant-resolver.js';
import { TenantsController } from './tenants.controller.js';
import './tenants.errors.js';
import { Tenants } from './tenants.service.js';

export const manifest = defineModule({
  code: 'tenants',
  name: 'Tenants',
  core: true,
  depends_on: [],
  permissions: ['tenants:read', 'tenants:write', 'tenants:admin', 'settings:read', 'settings:write'],
  events: ['tenant.created', 'tenant.updated', 'tenant.suspended', 'tenant.resumed'],
  nav: [{ key: 'home', group: 'work', order: 0, requires: null }],
  provisioning_steps: [
    {
      // The rows were written with the job, so that a taken slug is refused at once; a repeat finds them.
      key: 'reserve',
      after: [],
      timeout_ms: 10_000,
      kind: 'database',
      run: async (tx, { tenant_id, services }) => ({ slug: (await services.get(Tenants).find(tx, tenant_id)).slug }),
    },
    {
      key: 'modules',
      after: ['reserve'],
      timeout_ms: 10_000,
      kind: 'database',
      run: async (tx, { tenant_id, input, services }) => {
        const modules = input['modules'] as string[];
        const features = input['features'] as string[];
        await services.get(Tenants).enable(tx, tenant_id, modules, features);
        return { modules: modules.length, features: features.length };
      },
      compensate: (tx, { tenant_id, services }) => services.get(Tenants).disableAll(tx, tenant_id),
    },
  ],
});

/** Global: the guard resolves hosts and hints. */
@Global()
@Module({
  controllers: [TenantsController],
  providers: [Tenants, CachedTenantResolver, { provide: TenantResolver, useExisting: CachedTenantResolver }],
  exports: [Tenants, TenantResolver],
})
export class TenantsModule {}
