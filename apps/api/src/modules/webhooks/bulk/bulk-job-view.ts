import type { Permission } from '#contracts/permissions.js';
import { hasEnded, type JobView, type KnownJob } from '#platform/jobs/index.js';
import { bulkRows, type BulkJobRow } from './bulk.repository.js';

const READ: Permission = 'webhooks:read';

/** A bulk job in the form that is one for all long work. */
export function knownJob(row: BulkJobRow): KnownJob {
  const { state } = row;
  const done = Number(row.done);
  return {
    job_id: row.webhook_job_id,
    kind: `webhooks.${row.kind}`,
    state,
    steps: [],
    done,
    total: row.total === null ? null : Number(row.total),
    result: hasEnded(state) ? { counts: { deliveries: done } } : null,
    error: row.error,
    cancellable: !hasEnded(state),
    created_at: row.created_at,
    finished_at: row.finished_at,
    requested_by: row.principal_id,
    permission: READ,
  };
}

export const bulkJobView: JobView = {
  name: 'webhooks.jobs',
  async find(tx, job_id) {
    const row = await bulkRows.find(tx, job_id);
    return row && knownJob(row);
  },
};
