import { Global, Module } from '@nestjs/common';
import { defineModule } from '#platform/modules/index.js';
import { EntitlementsModule } from '../entitlements/index.js';
import { ProvisioningModule } from '../provisioning/index.js';
import { staffControllers, staffExports, staffProviders } from './staff.js';
import { TenantsConsoleController } from './tenants-console.controller.js';
import { TenantsConsole } from './tenants-console.service.js';

export const manifest = defineModule({ code: 'ops', name: 'Operations', core: true, depends_on: [], permissions: [] });

/** Global: the guard asks who is staff. */
@Global()
@Module({
  imports: [ProvisioningModule, EntitlementsModule],
  controllers: [TenantsConsoleController, ...staffControllers],
  providers: [TenantsConsole, ...staffProviders],
  exports: [...staffExports],
})
export class OpsModule {}
