import type { PlatformScope, Sql, TenantScope, Tx } from '../db/index.js';
import type { Services } from '../modules/index.js';
import type { Payload } from './payload.js';

/**
 * How long a job may take decides its lane, so that a long one never stands before a short one: `fast` seconds, `slow` a minute,
 * `bulk` minutes and more, `cron` long work that a schedule starts. One BullMQ queue each; the name of the job is the kind.
 */
export const LANES = ['fast', 'slow', 'bulk', 'cron'] as const;
export type Lane = (typeof LANES)[number];

/** The row as `claim` returned it. `attempts` counts this run; `fence` grows with every claim. */
export interface ClaimedRow {
  readonly tenant_id?: string | null;
  readonly attempts: number;
  readonly fence: string | number;
  /** Of the request that asked for the work. */
  readonly request_id?: string | null;
  /** Both set: a person asked; they are authorized again now, with that permission's stores. */
  readonly principal_id?: string | null;
  readonly permission?: string | null;
  readonly [column: string]: unknown;
}

export interface JobEnvelope<P extends Payload = Payload, S extends TenantScope | PlatformScope = TenantScope> {
  readonly name: string;
  readonly payload: P;
  readonly row: ClaimedRow;
  /** App pool, the row's tenant: the whole tenant for the system's own jobs, the permission's stores for a person's. */
  readonly scope: S;
  readonly request_id: string;
  /** 1 for the first run. */
  readonly attempt: number;
  /** No attempt follows when this one throws. */
  readonly last_attempt: boolean;
  /** Every write of the job's effect checks it: `… where provisioning_job_id = $1 and fence = $2`, 0 rows: `throw new LeaseLost(job.name)`. */
  readonly fence: string;
  /** Aborted when the lease is lost or the process stops (20 s after SIGTERM). */
  readonly signal: AbortSignal;
  /** Aborted as soon as the process begins to stop: long work in steps gives its row back after the step, and is not cut in the middle. */
  readonly stopping: AbortSignal;
}

/**
 * A kind of job over a table of its own. The row is the truth; what lies in the queue is an alarm that carries its id.
 *
 * The six statements run on the platform pool, one at a time, outside any transaction of the job. Parameters that a statement does not
 * name are not sent. Each must be true of the row as the database sees it now, so each repeats the condition it relies on:
 *
 * | statement | parameters | does | returns |
 * |---|---|---|---|
 * | `due` | $1 limit | reads rows whose time has come, or whose lease has run out | the payload's columns and `attempts` |
 * | `claim` | $1 row id, $2 lease in ms, $3 worker | if due: state running, `lease_until`, `fence + 1`, `attempts + 1` | `ClaimedRow`; no row: not due |
 * | `heartbeat` | $1 row id, $2 fence, $3 lease in ms | moves `lease_until` | one row; none: the lease is lost |
 * | `release` | $1 row id, $2 fence, $3 delay in ms | back to waiting, `attempts - 1` (the process stops, the tenant is suspended) | – |
 * | `retry` | $1 row id, $2 fence, $3 delay in ms, $4 error jsonb | back to waiting | one row; none: the lease was lost |
 * | `fail` | $1 row id, $2 fence, $3 error jsonb | the last state | one row; none: the lease was lost |
 *
 * Success is written by `run`, in the transaction of its effect. A `run` that returns and leaves the row running runs again after the lease.
 */
export interface JobStatements {
  readonly due: Sql;
  readonly claim: Sql;
  readonly heartbeat: Sql;
  readonly release: Sql;
  readonly retry: Sql;
  readonly fail: Sql;
}

interface JobTerms<P extends Payload> extends JobStatements {
  /** `<module>.<verb>`, never reused for other work. */
  readonly name: string;
  readonly lane: Lane;
  /** The key of the payload that names the row. */
  readonly id: keyof P & string;
  /** Runs at once in one process. */
  readonly concurrency: number;
  readonly lease_ms: number;
  /** Wait before attempt 2, 3, …; the last one repeats. */
  readonly backoff: readonly number[];
  /** Default: one more than `backoff` has waits. */
  readonly max_attempts?: number;
}

export interface TenantJob<P extends Payload> extends JobTerms<P> {
  readonly platform?: false;
  run(job: JobEnvelope<P, TenantScope>, services: Services): Promise<void>;
  /** After `fail` was written: the notice or event of the page. Its own failure is only logged. */
  failed?(job: JobEnvelope<P, TenantScope>, services: Services): Promise<void>;
}

export interface PlatformJob<P extends Payload> extends JobTerms<P> {
  /** Work of the platform itself: the envelope carries a PlatformScope. Listed in an architecture test. */
  readonly platform: true;
  run(job: JobEnvelope<P, PlatformScope>, services: Services): Promise<void>;
  failed?(job: JobEnvelope<P, PlatformScope>, services: Services): Promise<void>;
}

export type QueueDefinition<P extends Payload = Payload> = (TenantJob<P> | PlatformJob<P>) & { readonly max_attempts: number };

const NAME = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/;
/** A heartbeat at a third of it has to be worth its round trip. */
const LEASE_MIN_MS = 300;

/**
 * ```ts
 * export const provisioningRun = defineQueue<{ provisioning_job_id: string }>({
 *   name: 'provisioning.run', lane: 'slow', id: 'provisioning_job_id', concurrency: 4, lease_ms: 60_000,
 *   backoff: [1_000, 5_000, 15_000, 60_000, 300_000], due: DUE, claim: CLAIM, heartbeat: HEARTBEAT, release: RELEASE, retry: RETRY, fail: FAIL,
 *   run: (job, services) => services.get(ProvisioningService).run(job),
 * });
 * ```
 */
export function defineQueue<P extends Payload>(terms: TenantJob<P> | PlatformJob<P>): QueueDefinition<P> {
  if (!NAME.test(terms.name)) throw new Error(`queue ${terms.name}: the name is <module>.<verb>`);
  if (!Number.isInteger(terms.concurrency) || terms.concurrency < 1) throw new Error(`queue ${terms.name}: concurrency is at least 1`);
  if (terms.lease_ms < LEASE_MIN_MS) throw new Error(`queue ${terms.name}: lease_ms is at least ${LEASE_MIN_MS}`);
  if (terms.backoff.some((wait) => !(wait >= 0))) throw new Error(`queue ${terms.name}: a wait of backoff is negative`);
  return Object.freeze({ ...terms, max_attempts: terms.max_attempts ?? terms.backoff.length + 1 });
}

/** Wait in ms after attempt `attempt` (1-based) has failed; null: no attempt is left. */
export function retryDelay({ backoff, max_attempts }: Pick<QueueDefinition, 'backoff' | 'max_attempts'>, attempt: number): number | null {
  if (attempt >= max_attempts) return null;
  return backoff[Math.min(attempt, backoff.length) - 1] ?? 0;
}

/** The transaction that makes the row is the only thing `arm` needs of its caller. */
export type ArmingTx = Pick<Tx, 'afterCommit'>;
