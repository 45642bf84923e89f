import { defineQueue } from '#platform/queue/index.js';
import { BulkRun, type BulkPayload } from './bulk-run.js';
import { bulkStatements } from './bulk.repository.js';

export const bulkQueue = defineQueue<BulkPayload>({
  name: 'webhooks.bulk',
  lane: 'bulk',
  id: 'webhook_job_id',
  concurrency: 8,
  lease_ms: 30_000,
  backoff: [1_000, 5_000, 30_000, 120_000],
  ...bulkStatements,
  run: (job, services) => services.get(BulkRun).run(job),
  failed: (job, services) => services.get(BulkRun).failed(job),
});
