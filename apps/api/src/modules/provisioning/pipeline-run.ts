import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { TenantId } from '#contracts/ids.js';
import { PlatformDb, type PlatformScope } from '#platform/db/index.js';
import { Metrics } from '#platform/metrics/index.js';
import type { Services, StepContext } from '#platform/modules/index.js';
import { isFinal, keptError, LeaseLost, type JobEnvelope, type KeptError } from '#platform/queue/index.js';
import { AuditService } from '../audit/index.js';
import { Tenants } from '../tenants/index.js';
import { JobKinds, type BatchStep, type JobStep } from './job-kinds.js';
import { ProvisioningFeed } from './provisioning-feed.js';
import { provisioningRows, type JobRow, type StepRow } from './provisioning.repository.js';

export type ProvisioningJob = JobEnvelope<{ provisioning_job_id: string }, PlatformScope>;
const isOver = (step: StepRow): boolean => step.state === 'done' || step.state === 'skipped';

/**
 * Runs the pipeline of one job from wherever it stands. PostgreSQL is the truth: a step's effect and its checkpoint commit together under
 * the fence, so a worker that was killed or lost its lease leaves nothing half done and nothing is done twice.
 */
@Injectable()
export class PipelineRun {
  private readonly services: Services;

  constructor(
    private readonly db: PlatformDb,
    private readonly kinds: JobKinds,
    private readonly tenants: Tenants,
    private readonly audit: AuditService,
    private readonly feed: ProvisioningFeed,
    private readonly metrics: Metrics,
    moduleRef: ModuleRef,
  ) {
    this.services = { get: (token) => moduleRef.get(token, { strict: false }) };
  }

  async run(job: ProvisioningJob): Promise<void> {
    const id = job.payload.provisioning_job_id;
    const [row, steps] = await this.db.run(
      job.scope,
      async (tx) => [await provisioningRows.find(tx, id), await provisioningRows.steps(tx, id)] as const,
    );
    if (!row) throw new LeaseLost(job.name);
    if (row.state === 'compensating') return this.compensate(job, row, row.error ?? { code: 'internal', message: 'Unknown' });
    for (const step of this.kinds.of(row.kind).steps) {
      const state = steps.find((candidate) => candidate.step_key === step.key);
      if (!state || isOver(state)) continue;
      await this.step(job, row, step);
      if (job.signal.aborted) throw job.signal.reason;
    }
    await this.db.run(job.scope, async (tx) => {
      if (!(await provisioningRows.setState(tx, id, job.fence, 'succeeded'))) throw new LeaseLost(job.name);
      tx.afterCommit(() => this.feed.changed(id));
    });
  }

  /** One step; on its final failure before the pivot everything done so far is taken back. */
  private async step(job: ProvisioningJob, row: JobRow, step: JobStep): Promise<void> {
    const id = row.provisioning_job_id;
    const begun = performance.now();
    try {
      await this.begin(job, id, step.key);
      await this.perform(job, row, step);
      this.metrics.provisioningStep(step.key, (performance.now() - begun) / 1_000);
    } catch (error) {
      if (error instanceof LeaseLost || job.signal.aborted) throw error;
      const kept = keptError(error);
      await this.db.run(job.scope, async (tx) => {
        await provisioningRows.failed(tx, id, job.fence, step.key, kept);
        tx.afterCommit(() => this.feed.changed(id));
      });
      if (!job.last_attempt && !isFinal(error)) throw error; // the queue waits and tries again
      if (await this.goesForward(job, row)) throw error; // the job fails and may be retried
      await this.compensate(job, row, kept);
      throw new CompensatedFailure(kept, error);
    }
  }

  private async begin(job: ProvisioningJob, id: string, key: string): Promise<void> {
    await this.db.run(job.scope, async (tx) => {
      if (!(await provisioningRows.begin(tx, id, job.fence, key))) throw new LeaseLost(job.name);
      tx.afterCommit(() => this.feed.changed(id));
    });
  }

  private async perform(job: ProvisioningJob, row: JobRow, step: JobStep): Promise<void> {
    if (step.kind === 'batches') return this.performBatches(job, row, step);
    const id = row.provisioning_job_id;
    const tenant_id = row.tenant_id as TenantId;
    const context = await this.context(job, row, step);
    const external =
      step.kind === 'external' ? ((await step.probe?.(context)) ? {} : await withTimeout(step.run(context), context.signal)) : null;
    await this.db.inTenant(
      job.scope,
      tenant_id,
      async (tx) => {
        if (!(await provisioningRows.hold(tx, id, job.fence))) throw new LeaseLost(job.name);
        const output = step.kind === 'database' ? await step.run(tx, context) : (external ?? {});
        await provisioningRows.finish(tx, id, job.fence, step.key, output);
        tx.afterCommit(() => this.feed.changed(id));
      },
      { statement_timeout_ms: step.timeout_ms },
    );
  }

  /** Each batch commits together with how far it came, under the fence. */
  private async performBatches(job: ProvisioningJob, row: JobRow, step: BatchStep): Promise<void> {
    const id = row.provisioning_job_id;
    const context = await this.context(job, row, step);
    const once = (): Promise<boolean> =>
      this.db.inTenant(
        job.scope,
        row.tenant_id as TenantId,
        async (tx) => {
          if (!(await provisioningRows.hold(tx, id, job.fence))) throw new LeaseLost(job.name);
          const { finished, done } = await step.batch(tx, context, (await provisioningRows.outputOf(tx, id, step.key)) ?? {});
          if (finished) await provisioningRows.finish(tx, id, job.fence, step.key, done);
          else await provisioningRows.progress(tx, id, step.key, done);
          tx.afterCommit(() => this.feed.changed(id));
          return finished;
        },
        { statement_timeout_ms: step.timeout_ms },
      );
    while (!(await once())) job.signal.throwIfAborted();
  }

  /** Input of a step: the job's input and the outputs of earlier steps, nothing else. */
  private async context(job: ProvisioningJob, row: JobRow, step: JobStep): Promise<StepContext> {
    const steps = await this.db.run(job.scope, (tx) => provisioningRows.steps(tx, row.provisioning_job_id));
    const outputs = Object.fromEntries(steps.filter((done) => done.output).map((done) => [done.step_key, done.output ?? {}]));
    const signal = AbortSignal.any([job.signal, AbortSignal.timeout(step.timeout_ms)]);
    return {
      tenant_id: row.tenant_id,
      provisioning_job_id: row.provisioning_job_id,
      input: row.input,
      outputs,
      services: this.services,
      signal,
    };
  }

  /** Only forward: nothing of this kind is taken back, or not any more. */
  private async goesForward(job: ProvisioningJob, row: JobRow): Promise<boolean> {
    const { steps: kind, compensates } = this.kinds.of(row.kind);
    if (!compensates) return true;
    const pivot = kind.find((step) => step.kind !== 'batches' && step.pivot)?.key;
    const steps = await this.db.run(job.scope, (tx) => provisioningRows.steps(tx, row.provisioning_job_id));
    return steps.some((step) => step.step_key === pivot && isOver(step));
  }

  /** Backwards over what was done. Resumes where it stood: a step that is taken back says so in the same transaction. */
  private async compensate(job: ProvisioningJob, row: JobRow, error: KeptError): Promise<void> {
    const id = row.provisioning_job_id;
    const tenant_id = row.tenant_id as TenantId;
    await this.db.run(job.scope, async (tx) => {
      if (!(await provisioningRows.setState(tx, id, job.fence, 'compensating', { ...error }))) throw new LeaseLost(job.name);
      tx.afterCommit(() => this.feed.changed(id));
    });
    const steps = await this.db.run(job.scope, (tx) => provisioningRows.steps(tx, id));
    for (const step of [...this.kinds.of(row.kind).steps].reverse()) {
      if (step.kind === 'batches') continue; // only in kinds that take nothing back
      const state = steps.find((candidate) => candidate.step_key === step.key);
      // A step that failed may have left something outside the database: it is taken back too.
      if (!state || !(isOver(state) || (state.state === 'failed' && step.kind === 'external'))) continue;
      const context = await this.context(job, row, step);
      if (step.kind === 'external') await step.compensate?.(context);
      await this.db.inTenant(job.scope, tenant_id, async (tx) => {
        if (!(await provisioningRows.hold(tx, id, job.fence))) throw new LeaseLost(job.name);
        if (step.kind === 'database') await step.compensate?.(tx, context);
        await provisioningRows.compensated(tx, id, step.key);
        tx.afterCommit(() => this.feed.changed(id));
      });
    }
    const failed = steps.find((step) => step.state === 'failed')?.step_key ?? row.step_key ?? '';
    await this.db.inTenant(job.scope, tenant_id, async (tx) => {
      await this.tenants.move(tx, row.tenant_id, 'failed', null, { step: failed, ...error });
      if (!(await provisioningRows.setState(tx, id, job.fence, 'failed', { ...error }))) throw new LeaseLost(job.name);
      await this.audit.record(tx, 'provisioning.failed', { targets: [{ type: 'provisioning_job', id }], outcome: 'failed', changes: [{ field: 'step_key', to: failed }, { field: 'code', to: error.code }] }); // prettier-ignore
      tx.afterCommit(() => this.feed.changed(id));
    });
  }
}

/** The job is compensated and its row says `failed`; the queue has nothing left to write. */
export class CompensatedFailure extends LeaseLost {
  constructor(kept: KeptError, cause: unknown) {
    super(`compensated after ${kept.code}`);
    this.cause = cause;
  }
}

async function withTimeout<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    const stop = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('the step took too long'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([work, aborted]);
}
