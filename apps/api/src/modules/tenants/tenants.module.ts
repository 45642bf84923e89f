import { Global, Module } from '@nestjs/common';
import { TenantResolver } from '#platform/auth/index.js';
import { defineModule } from '#platform/modules/index.js';
import { HostsController } from './hosts.controller.js';
import { TenantHosts } from './hosts.service.js';
import { TenantLifecycle } from './lifecycle.js';
import { SettingsController } from './settings.controller.js';
import type { SettingsRow } from './settings.repository.js';
import { TenantSettings } from './settings.service.js';
import { Templates } from './templates.js';
import { TenantAnswers } from './tenant-answer.js';
import { TenantClosing } from './tenant-closing.js';
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
  events: [
    'tenant.created',
    'tenant.updated',
    'tenant.suspended',
    'tenant.resumed',
    'tenant.archived',
    'tenant.restored',
    'settings.changed',
  ],
  settings_schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      allow_support_write: { type: 'boolean', default: false, description: 'support staff who enter this tenant may also change things' },
    },
  },
  nav: [
    { key: 'home', group: 'work', order: 0, requires: null },
    { key: 'settings', group: 'settings', order: 90, requires: 'settings:read' },
  ],
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
      // Also applies a template to a tenant that lives: adds what has no row, and touches nothing else.
      key: 'modules',
      after: ['reserve'],
      timeout_ms: 10_000,
      kind: 'database',
      run: (tx, { tenant_id, input, services }) =>
        services.get(Tenants).enable(tx, tenant_id, input['modules'] as string[], input['features'] as string[]),
      compensate: (tx, { tenant_id, services }) => services.get(Tenants).disableAll(tx, tenant_id),
    },
    {
      key: 'settings',
      after: ['modules'],
      timeout_ms: 10_000,
      kind: 'database',
      run: async (tx, { tenant_id, input, services }) => ({
        settings: await services.get(TenantSettings).addDefaults(tx, tenant_id, (input['settings'] ?? {}) as SettingsRow['settings']),
      }),
    },
  ],
});

const EXPORTED = [Tenants, TenantLifecycle, TenantSettings, Templates] as const;

/** Global: the guard resolves hosts and hints. */
@Global()
@Module({
  controllers: [TenantsController, SettingsController, HostsController],
  providers: [
    ...EXPORTED, TenantAnswers, TenantClosing, TenantHosts, CachedTenantResolver, { provide: TenantResolver, useExisting: CachedTenantResolver },
  ], // prettier-ignore
  exports: [...EXPORTED, TenantResolver],
})
export class TenantsModule {}
