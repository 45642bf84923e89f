import type { Permission } from '#contracts/permissions.js';
import { sql, type Tx } from '../db/index.js';
import type { JobState, JobStep, JobView } from './job-view.js';

interface JobRow {
  readonly job_id: string;
  readonly kind: string;
  readonly state: JobState;
  readonly steps: readonly JobStep[];
  readonly done: string;
  readonly total: string | null;
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly cancellable: boolean;
  readonly created_at: Date;
  readonly finished_at: Date | null;
  readonly requested_by: string | null;
  readonly permission: Permission | null;
}

const FIND = sql`
  select job_id, kind, state, steps, done, total, result, error, cancellable, created_at, finished_at, requested_by, permission
    from jobs where tenant_id = $1 and job_id = $2`;

/** Long work of modules without a table of their own. */
export const sharedJobs: JobView = {
  name: 'platform.jobs',
  async find(tx: Tx, job_id: string) {
    const [row] = await tx.query<JobRow>(FIND, [tx.tenant_id, job_id]);
    return row ? { ...row, done: Number(row.done), total: row.total === null ? null : Number(row.total) } : null;
  },
};
