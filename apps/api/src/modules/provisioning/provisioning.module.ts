import { Module } from '@nestjs/common';
import { defineModule } from '#platform/modules/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { AuditService } from '../audit/index.js';
import { Tenants } from '../tenants/index.js';
import { JobKinds } from './job-kinds.js';
import { PipelineRun } from './pipeline-run.js';
import { ProvisioningFeed } from './provisioning-feed.js';
import { ProvisioningJobsController, ProvisioningWorkerController } from './provisioning.controller.js';
import './provisioning.errors.js';
import { provisioningRun, provisioningTick } from './provisioning.jobs.js';
import { Provisioning } from './provisioning.service.js';
import { purgeDue } from './purges.jobs.js';
import { Purges } from './purges.js';
import { checkTenant, storageMarker } from './tenant-check.js';

export const manifest = defineModule({
  code: 'provisioning',
  name: 'Provisioning',
  core: true,
  depends_on: [],
  permissions: [],
  jobs: [provisioningRun],
  schedules: [provisioningTick, purgeDue],
  provisioning_steps: [
    { key: 'storage', after: ['stores'], timeout_ms: 30_000, kind: 'external', ...storageMarker },
    { key: 'check', after: ['owner', 'storage', 'settings'], timeout_ms: 10_000, kind: 'external', run: checkTenant },
    {
      key: 'activate',
      after: ['check'],
      timeout_ms: 10_000,
      kind: 'database',
      pivot: true,
      run: async (tx, { tenant_id, services }) => {
        const tenants = services.get(Tenants);
        await tenants.move(tx, tenant_id, 'active', null);
        const { slug, name } = await tenants.find(tx, tenant_id);
        await services.get(AuditService).record(tx, 'tenant.activated', {
          targets: [{ type: 'tenant', id: tenant_id, label: slug }],
          changes: [{ field: 'status', from: 'provisioning', to: 'active' }],
        });
        await services.get(Outbox).emit(tx, { type: 'tenant.created', subject_id: tenant_id, data: { tenant_id, slug, name } });
        return { slug };
      },
    },
  ],
});

@Module({
  controllers: [ProvisioningJobsController, ProvisioningWorkerController],
  providers: [Provisioning, JobKinds, PipelineRun, ProvisioningFeed, Purges],
  exports: [Provisioning, ProvisioningFeed, Purges],
})
export class ProvisioningModule {}
