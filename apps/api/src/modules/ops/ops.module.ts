import { Global, Module } from '@nestjs/common';
import { defineModule } from '#platform/modules/index.js';
import { EntitlementsModule } from '../entitlements/index.js';
import { InvitationsModule } from '../invitations/index.js';
import { ProvisioningModule } from '../provisioning/index.js';
import { ActsOfTwoController, ApprovalsController } from './acts-of-two.controller.js';
import { ActsOfTwo } from './acts-of-two.service.js';
import { Approvals } from './approvals.js';
import { PlatformEntitlementsController } from './platform-entitlements.controller.js';
import { PlatformEntitlements } from './platform-entitlements.service.js';
import { PlatformInvitationsController } from './platform-invitations.controller.js';
import { PlatformInvitations } from './platform-invitations.service.js';
import { PlatformModulesController } from './platform-modules.controller.js';
import { PlatformModules } from './platform-modules.service.js';
import { PlatformPlansController } from './platform-plans.controller.js';
import { PlatformPlans } from './platform-plans.service.js';
import { PlatformTemplatesController } from './platform-templates.controller.js';
import { PlatformTemplates } from './platform-templates.service.js';
import { SignupController, SignupIsOpen } from './signup.controller.js';
import { Signup } from './signup.service.js';
import { staffControllers, staffExports, staffProviders } from './staff.js';
import { TenantOrders } from './tenant-orders.js';
import { TenantsConsoleController } from './tenants-console.controller.js';
import { TenantsConsole } from './tenants-console.service.js';

export const manifest = defineModule({ code: 'ops', name: 'Operations', core: true, depends_on: [], permissions: [] });

/** Global: the guard asks who is staff. */
@Global()
@Module({
  imports: [ProvisioningModule, EntitlementsModule, InvitationsModule],
  controllers: [
    TenantsConsoleController, PlatformModulesController, PlatformTemplatesController, PlatformPlansController, PlatformEntitlementsController, PlatformInvitationsController, SignupController, ActsOfTwoController, ApprovalsController, ...staffControllers,
  ], // prettier-ignore
  providers: [
    TenantsConsole,
    PlatformModules,
    PlatformTemplates,
    PlatformPlans,
    PlatformEntitlements,
    PlatformInvitations,
    TenantOrders,
    ActsOfTwo,
    Approvals,
    Signup,
    SignupIsOpen,
    ...staffProviders,
  ],
  exports: [...staffExports],
})
export class OpsModule {}
