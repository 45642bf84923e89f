import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import type { TenantId } from '#contracts/ids.js';
import { newId } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope, type Tx } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { JobRunner, Queues } from '#platform/queue/index.js';
import { AuditService, statedReason, type AuditChange } from '../audit/index.js';
import { Tenants } from '../tenants/index.js';
import { JobKinds, type JobKind } from './job-kinds.js';
import type { ProvisioningJob } from './pipeline-run.js';
import { ProvisioningFeed } from './provisioning-feed.js';
import type { CancelIn, JOB_LIST, ProvisioningJobDetail, ProvisioningJobOut, RetryIn, TickOut, WorkerOut } from './provisioning.dto.js';
import { provisioningRun } from './provisioning.jobs.js';
import { provisioningRows, type JobRow, type StepRow } from './provisioning.repository.js';

export interface ProvisioningInput {
  /** Where the caller writes it down before the job is there. */
  readonly provisioning_job_id?: string;
  readonly tenant_id: string;
  readonly kind: JobKind;
  readonly input: Record<string, unknown>;
  readonly requested_by: string;
}
/** What the log says of a retry by key alone, as operators' scripts send it. */
const UNATTENDED = 'asked for with the ops key, which gives no reason';
const TICK_JOBS = 10;
const TICK_MS = 60_000;

@Injectable()
export class Provisioning {
  constructor(
    private readonly db: PlatformDb,
    private readonly kinds: JobKinds,
    private readonly queues: Queues,
    private readonly runner: JobRunner,
    private readonly tenants: Tenants,
    private readonly audit: AuditService,
    private readonly feed: ProvisioningFeed,
  ) {}

  /** Writes the job with all its steps in the caller's transaction; the alarm rings after the commit. */
  async enqueue(tx: Tx, { provisioning_job_id = newId(), tenant_id, kind, input, requested_by }: ProvisioningInput): Promise<string> {
    const steps = this.kinds.of(kind).steps.map((step) => step.key);
    await provisioningRows.insert(tx, { provisioning_job_id, tenant_id, kind, input, requested_by, steps });
    this.queues.arm(tx, provisioningRun, { provisioning_job_id });
    return provisioning_job_id;
  }

  async list(scope: PlatformScope, list: ListOfQuery<typeof JOB_LIST>): Promise<Page<ProvisioningJobOut>> {
    const after = (list.after?.[0] as string | undefined) ?? null;
    const rows = await this.db.run(scope, (tx) => provisioningRows.list(tx, list.filters, after, list.take));
    const page = list.page(rows, (row) => [row.provisioning_job_id]);
    return { ...page, data: page.data.map(jobOut) };
  }

  async get(scope: PlatformScope, id: string): Promise<ProvisioningJobDetail> {
    return this.db.run(scope, (tx) => this.detail(tx, id));
  }

  /** Continues a failed job at the failed step; a machine key need not say why. A job that runs is touched only when its lease is over, or with `force`. */
  async retry(scope: PlatformScope, id: string, { force, reason: said }: RetryIn): Promise<ProvisioningJobDetail> {
    const unattended = scope.actor.type === 'machine' && said === undefined && force !== true;
    const reason = unattended ? UNATTENDED : statedReason(said);
    const row = await this.mustFind(scope, id);
    return this.db.inTenant(scope, row.tenant_id as TenantId, async (tx) => {
      const job = await provisioningRows.lock(tx, id);
      if (!job) throw fail('not_found');
      const live = job.state === 'running' || job.state === 'compensating';
      if (job.state !== 'failed' && !(live && (job.stuck || force === true))) throw fail('job_not_retryable', { state: job.state });
      // After the pivot the tenant is active and stays so: only the job goes on.
      if (job.state === 'failed' && (await this.tenants.find(tx, job.tenant_id)).status === 'failed')
        await this.tenants.move(tx, job.tenant_id, 'provisioning', null);
      await provisioningRows.requeue(tx, id);
      await this.recordOps(tx, 'ops.provisioning_retry', id, [{ field: 'state', from: job.state, to: 'queued' }], reason);
      this.queues.arm(tx, provisioningRun, { provisioning_job_id: id }, { attempts: job.attempts });
      tx.afterCommit(() => this.feed.changed(id));
      return this.detail(tx, id);
    });
  }

  /** Before the pivot only. What was done stays for a person to look at; the slug of a tenant that was to be made is free again. */
  async cancel(scope: PlatformScope, id: string, { reason: said }: CancelIn): Promise<ProvisioningJobDetail> {
    const reason = statedReason(said);
    const row = await this.mustFind(scope, id);
    return this.db.inTenant(scope, row.tenant_id as TenantId, async (tx) => {
      const job = await provisioningRows.lock(tx, id);
      if (!job || (job.state !== 'queued' && job.state !== 'waiting')) throw fail('job_not_cancellable', { state: job?.state });
      // The tenant is purging from the moment the job is there, and there is no way back from that.
      if (row.kind === 'tenant_purge') throw fail('job_not_cancellable', { state: job.state, kind: row.kind });
      const freed: AuditChange[] =
        row.kind === 'tenant_create'
          ? [
              {
                field: 'slug',
                from: await this.tenants.abandon(tx, job.tenant_id, reason, { step: row.step_key, code: 'cancelled' }),
                to: null,
              },
            ]
          : [];
      await provisioningRows.cancel(tx, id);
      await this.recordOps(tx, 'ops.provisioning_cancel', id, [{ field: 'state', from: job.state, to: 'cancelled' }, ...freed], reason);
      tx.afterCommit(() => this.feed.changed(id));
      return this.detail(tx, id);
    });
  }

  /** One round of the worker: at most ten due jobs, at most sixty seconds. */
  async tick(scope: PlatformScope): Promise<TickOut> {
    const until = Date.now() + TICK_MS;
    const due = await this.db.run(scope, (tx) => provisioningRows.due(tx, TICK_JOBS));
    const result = { processed: 0, succeeded: 0, failed: 0 };
    for (const { provisioning_job_id } of due) {
      if (Date.now() > until) break;
      const outcome = await this.runner.run(provisioningRun.name, { provisioning_job_id });
      if (outcome === 'not_due' || outcome === 'busy') continue;
      result.processed += 1;
      if (outcome === 'done') result.succeeded += 1;
      else result.failed += 1;
    }
    return result;
  }

  async worker(scope: PlatformScope): Promise<WorkerOut> {
    const counts = await this.db.run(scope, (tx) => provisioningRows.counts(tx));
    return {
      status: counts.stuck_jobs > 0 ? 'stuck' : 'ok',
      ...counts,
      oldest_pending_at: counts.oldest_pending_at?.toISOString() ?? null,
    };
  }

  /** After the pivot a job that used up its attempts fails without compensation; staff see it and retry forward. */
  async failed(job: ProvisioningJob): Promise<void> {
    const id = job.payload.provisioning_job_id;
    const row = await this.db.run(job.scope, (tx) => provisioningRows.find(tx, id));
    if (!row) return;
    await this.db.inTenant(
      job.scope,
      row.tenant_id as TenantId,
      (tx) =>
      this.audit.record(tx, 'provisioning.failed', { targets: [{ type: 'provisioning_job', id }], outcome: 'failed', changes: [{ field: 'step_key', to: row.step_key }, { field: 'code', to: row.error?.code ?? 'internal' }] }), // prettier-ignore
    );
    this.feed.changed(id);
  }

  /** One statement and no transaction: an Idempotency-Key belongs to the one that changes something. @throws Problem not_found */
  private async mustFind(scope: PlatformScope, id: string): Promise<JobRow> {
    const row = await provisioningRows.find({ query: (statement, params) => this.db.query(scope, statement, params) }, id);
    if (!row) throw fail('not_found');
    return row;
  }

  private recordOps(
    tx: Tx,
    action: 'ops.provisioning_retry' | 'ops.provisioning_cancel',
    id: string,
    changes: readonly AuditChange[],
    reason: string,
  ): Promise<void> {
    return this.audit.recordStaffAct(tx, action, { targets: [{ type: 'provisioning_job', id }], changes, reason });
  }

  private async detail(tx: Pick<Tx, 'query'>, id: string): Promise<ProvisioningJobDetail> {
    const row = await provisioningRows.find(tx, id);
    if (!row) throw fail('not_found');
    const steps = await provisioningRows.steps(tx, id);
    return { ...jobOut(row), steps: steps.map(stepOut) };
  }
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

function jobOut(row: JobRow): ProvisioningJobOut {
  return {
    provisioning_job_id: row.provisioning_job_id, tenant_id: row.tenant_id, tenant_slug: row.tenant_slug, kind: row.kind, state: row.state, step_key: row.step_key,
    attempts: row.attempts, max_attempts: row.max_attempts, lease_until: iso(row.lease_until), stuck: row.stuck, error: row.error, requested_by: row.requested_by,
    created_at: row.created_at.toISOString(), started_at: iso(row.started_at), finished_at: iso(row.finished_at),
  }; // prettier-ignore
}

const stepOut = (step: StepRow) => ({
  seq: step.seq,
  step_key: step.step_key,
  state: step.state,
  attempts: step.attempts,
  started_at: iso(step.started_at),
  finished_at: iso(step.finished_at),
  error: step.error,
});
