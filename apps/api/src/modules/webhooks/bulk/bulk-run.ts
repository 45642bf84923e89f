import { Injectable } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { TenantDb, type Tx } from '#platform/db/index.js';
import { JobFeed } from '#platform/jobs/index.js';
import { JobError, LeaseLost, type JobEnvelope } from '#platform/queue/index.js';
import { WebhookWake } from '../dispatch/webhook-wake.js';
import { endpointRows, type EndpointRow } from '../endpoints/endpoints.repository.js';
import { grantedTypes } from '../endpoints/event-patterns.js';
import { laneRows } from '../endpoints/lanes.repository.js';
import { knownJob } from './bulk-job-view.js';
import { bulkRows, type BulkJobRow, type Taken } from './bulk.repository.js';

export type BulkPayload = { webhook_job_id: string };
export type BulkJob = JobEnvelope<BulkPayload>;

/** Live traffic of the endpoint waits behind so many at most. */
const OUTSTANDING_MOST = 64;
const TOP_UP_BELOW = 16;
const PURGED_AT_ONCE = 1_000;
const LOOK_MS = 200;
/** A job whose endpoint is slow gives its place to others after this. */
const STAY_MS = 20_000;

/** Does a job in steps, one transaction each: what it takes and how far it came commit together. */
@Injectable()
export class BulkRun {
  constructor(
    private readonly db: TenantDb,
    private readonly wake: WebhookWake,
    private readonly feed: JobFeed,
  ) {}

  async run(job: BulkJob): Promise<void> {
    const begun = performance.now();
    // Lost with the process; a job that goes on after a crash may have so many outstanding once more.
    let outstanding: readonly string[] = [];
    for (;;) {
      if (job.signal.aborted) throw job.signal.reason;
      if (job.stopping.aborted) return this.stepAside(job);
      const isOver = performance.now() - begun > STAY_MS;
      const step = await this.db.run(job.scope, (tx) => this.step(tx, job, outstanding, isOver), { plan: 'by_index' });
      if (step === 'done') return;
      if (step.isWaiting) await wait(LOOK_MS, undefined, { signal: job.signal }).catch(() => undefined);
      ({ outstanding } = step);
    }
  }

  /** Whoever works when this process has gone takes it up where it is. */
  private async stepAside(job: BulkJob): Promise<void> {
    await this.db.run(job.scope, async (tx) => {
      if (await bulkRows.hold(tx, job.payload.webhook_job_id, job.fence)) await bulkRows.stepAside(tx, job.payload.webhook_job_id);
    });
  }

  private async step(
    tx: Tx,
    job: BulkJob,
    known: readonly string[],
    isOver: boolean,
  ): Promise<'done' | { outstanding: readonly string[]; isWaiting: boolean }> {
    const { webhook_job_id } = job.payload;
    const row = await bulkRows.hold(tx, webhook_job_id, job.fence);
    if (!row) throw new LeaseLost(job.name);
    const endpoint = await endpointRows.find(tx, row.webhook_id);
    if (!endpoint) throw new JobError('webhook_deleted', 'The webhook was deleted.', { final: true });
    if (endpoint.status !== 'active' && row.kind !== 'purge') {
      if (row.kind !== 'release') throw new JobError('webhook_not_active', 'The webhook is not active.', { final: true });
      return this.finish(tx, row, 0); // the rows are held again; the next resume starts anew
    }
    const open = await bulkRows.stillOpen(tx, known);
    if (open.length >= TOP_UP_BELOW) {
      if (!isOver) return { outstanding: open, isWaiting: true };
      await bulkRows.stepAside(tx, webhook_job_id);
      return 'done';
    }
    const { delivery_ids, last } = await this.take(tx, row, endpoint, OUTSTANDING_MOST - open.length);
    if (delivery_ids.length && row.kind !== 'purge') {
      await laneRows.wake(tx, row.webhook_id);
      tx.afterCommit(() => this.wake.kick());
    }
    const goesOn = last === null && row.phase === 'rows' && row.filter.include_missing;
    await bulkRows.move(tx, webhook_job_id, goesOn ? { phase: 'missing', cursor: null } : { phase: row.phase, cursor: last ?? row.cursor }, delivery_ids.length); // prettier-ignore
    if (last === null && !goesOn) return this.finish(tx, row, delivery_ids.length);
    this.tell(tx, { ...row, done: String(Number(row.done) + delivery_ids.length) });
    return { outstanding: row.kind === 'purge' ? [] : [...open, ...delivery_ids], isWaiting: false };
  }

  /** After its last attempt: the row says why. */
  async failed(job: BulkJob): Promise<void> {
    await this.db.run(job.scope, async (tx) => {
      const row = await bulkRows.find(tx, job.payload.webhook_job_id);
      if (row) this.tell(tx, row);
    });
  }

  private async finish(tx: Tx, row: BulkJobRow, taken: number): Promise<'done'> {
    const finished_at = await bulkRows.finish(tx, row.webhook_job_id);
    this.tell(tx, { ...row, state: 'succeeded', done: String(Number(row.done) + taken), finished_at, error: null });
    return 'done';
  }

  private tell(tx: Tx, row: BulkJobRow): void {
    const { tenant_id } = tx;
    if (tenant_id !== null) tx.afterCommit(() => this.feed.changed(tenant_id, knownJob(row)));
  }

  private take(tx: Tx, row: BulkJobRow, endpoint: EndpointRow, limit: number): Promise<Taken> {
    if (row.kind === 'purge') return bulkRows.purge(tx, row, PURGED_AT_ONCE);
    if (row.phase === 'missing') return bulkRows.makeMissing(tx, row, grantedTypes(endpoint), limit);
    return bulkRows.take(tx, row, limit, row.kind === 'replay' ? 'manual' : 'recover');
  }
}
