import { defineQueue, defineSchedule } from '#platform/queue/index.js';
import { PipelineRun } from './pipeline-run.js';
import { jobStatements } from './provisioning.repository.js';
import { Provisioning } from './provisioning.service.js';

/** The worker may look at every tenant that is being made: no tenant is open before the pivot, so it runs as the platform. */
export const provisioningRun = defineQueue<{ provisioning_job_id: string }>({
  name: 'provisioning.run',
  lane: 'slow',
  id: 'provisioning_job_id',
  platform: true,
  concurrency: 4,
  lease_ms: 60_000,
  backoff: [1_000, 5_000, 15_000, 60_000, 300_000],
  max_attempts: 5,
  ...jobStatements,
  run: (job, services) => services.get(PipelineRun).run(job),
  failed: (job, services) => services.get(Provisioning).failed(job),
});

export const provisioningTick = defineSchedule({
  name: 'provisioning.tick',
  every_ms: 30_000,
  run: async ({ scope }, services) => {
    const { processed, failed } = await services.get(Provisioning).tick(scope);
    return { processed, failed, remaining: 0 };
  },
});
