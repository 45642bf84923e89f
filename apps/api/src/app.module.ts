import { Module, type DynamicModule } from '@nestjs/common';
import { Registry } from '#platform/modules/index.js';
import { PlatformModule } from '#platform/platform.module.js';
import type { Runtime } from '#platform/runtime.js';
import { AuditModule, auditManifest } from './modules/audit/index.js';
import { CatalogModule, catalogManifest } from './modules/catalog/index.js';
import { EntitlementsModule, entitlementsManifest } from './modules/entitlements/index.js';
import { IdentityModule, identityManifest } from './modules/identity/index.js';
import { InvitationsModule, invitationsManifest } from './modules/invitations/index.js';
import { OpsModule, opsManifest } from './modules/ops/index.js';
import { ProvisioningModule, provisioningManifest } from './modules/provisioning/index.js';
import { RbacModule, rbacManifest } from './modules/rbac/index.js';
import { StoresModule, storesManifest } from './modules/stores/index.js';
import { TenantsModule, tenantsManifest } from './modules/tenants/index.js';
import { WebhooksModule, webhooksManifest } from './modules/webhooks/index.js';

/** The one list of modules: what they are (manifests) and how they are wired (Nest). */
const MODULES = [
  { module: AuditModule, manifest: auditManifest },
  { module: TenantsModule, manifest: tenantsManifest },
  { module: EntitlementsModule, manifest: entitlementsManifest },
  { module: RbacModule, manifest: rbacManifest },
  { module: StoresModule, manifest: storesManifest },
  { module: IdentityModule, manifest: identityManifest },
  { module: InvitationsModule, manifest: invitationsManifest },
  { module: ProvisioningModule, manifest: provisioningManifest },
  { module: OpsModule, manifest: opsManifest },
  { module: CatalogModule, manifest: catalogManifest },
  { module: WebhooksModule, manifest: webhooksManifest },
] as const;

/** Built from the manifests alone: seeding and OpenAPI need no running application. */
export const createRegistry = (): Registry => new Registry(MODULES.map(({ manifest }) => manifest));

@Module({})
export class AppModule {
  static forRoot(runtime: Runtime): DynamicModule {
    return { module: AppModule, imports: [PlatformModule.forRoot(runtime), ...MODULES.map(({ module }) => module)] };
  }
}
