import type { Permission } from '#contracts/permissions.js';
import type { Tx } from '../db/index.js';

export const JOB_STATES = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];
const ENDED: ReadonlySet<JobState> = new Set(['succeeded', 'failed', 'cancelled']);
export const hasEnded = (state: JobState): boolean => ENDED.has(state);

export interface JobStep {
  readonly key: string;
  readonly state: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

/** Long work in the form that is one for all of it. Counts, ids and states; no name, no text of a tenant. */
export interface KnownJob {
  readonly job_id: string;
  /** `<module>.<noun>` */
  readonly kind: string;
  readonly state: JobState;
  readonly steps: readonly JobStep[];
  readonly done: number;
  /** null: nobody has counted. */
  readonly total: number | null;
  /** What it has brought, once it has ended: where to fetch it, what was counted. */
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly cancellable: boolean;
  readonly created_at: Date;
  readonly finished_at: Date | null;
  /** The principal that asked for it and may always see it; null: the product itself. */
  readonly requested_by: string | null;
  /** Who holds it sees the job too; null: nobody else does. */
  readonly permission: Permission | null;
}

/** How a module that keeps long work in a table of its own shows it. A hook of its manifest. */
export interface JobView {
  /** `<module>.<noun>` */
  readonly name: string;
  /** In the tenant of `tx`; who may see it is asked afterwards, by `requested_by` and `permission`. */
  find(tx: Tx, job_id: string): Promise<KnownJob | null>;
}
