import { Injectable } from '@nestjs/common';
import { fail, invalid } from '#contracts/errors.js';
import type { Permission } from '#contracts/permissions.js';
import { Config } from '#platform/config/index.js';
import { Clock, newId } from '#platform/crypto/index.js';
import { TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { JobFeed } from '#platform/jobs/index.js';
import { Queues } from '#platform/queue/index.js';
import { AuditService, statedReason } from '../../audit/index.js';
import { idRange } from '../deliveries/id-range.js';
import { targetOf } from '../endpoints/endpoint-out.js';
import type { EndpointRow } from '../endpoints/endpoints.repository.js';
import { Endpoints } from '../endpoints/endpoints.service.js';
import { grantedTypes } from '../endpoints/event-patterns.js';
import { bulkQueue } from './bulk.jobs.js';
import type { BulkJobOut, CountOut, JOB_LIST, DlqPurgeIn, RecoverIn, ReplayIn } from './bulk.dto.js';
import { knownJob } from './bulk-job-view.js';
import { bulkRows, type BulkFilter, type BulkJobRow, type BulkKind } from './bulk.repository.js';

const DAY_MS = 86_400_000;
const ACTIONS = { replay: 'webhook.replayed', purge: 'webhook.purged', recover: 'webhook.recovered' } as const;

interface Asked {
  readonly kind: keyof typeof ACTIONS;
  readonly permission: Permission;
  readonly filter: BulkFilter;
  readonly dry_run: boolean;
  readonly reason?: string;
}

/** Whose right is looked at again while the job runs. `principal_id` null: the product itself goes on with what was allowed. */
export interface Asker {
  readonly principal_id: string | null;
  readonly user_id: string | null;
}

/** Many deliveries at once: asked for here, done by a job that a kill only interrupts. */
@Injectable()
export class BulkJobs {
  constructor(
    private readonly db: TenantDb,
    private readonly endpoints: Endpoints,
    private readonly queues: Queues,
    private readonly feed: JobFeed,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** Dead letters are sent again. @throws Problem webhook_not_active, job_running (constraint), not_found */
  replay(scope: TenantScope, asker: Asker, webhook_id: string, input: ReplayIn, reason?: string): Promise<BulkJobOut | CountOut> {
    return this.ask(scope, asker, webhook_id, {
      kind: 'replay',
      permission: 'webhooks:write',
      filter: deadLetters(input),
      dry_run: input.dry_run ?? false,
      ...(reason === undefined ? {} : { reason: statedReason(reason) }),
    });
  }

  /** Dead letters are given up. @throws Problem reason_required, job_running, not_found */
  purge(scope: TenantScope, asker: Asker, webhook_id: string, input: DlqPurgeIn): Promise<BulkJobOut | CountOut> {
    const reason = statedReason(input.reason);
    return this.ask(scope, asker, webhook_id, {
      kind: 'purge',
      permission: 'webhooks:delete',
      filter: deadLetters(input),
      dry_run: input.dry_run ?? false,
      reason,
    });
  }

  /** Whatever a period has left undelivered is sent. @throws Problem validation_failed, webhook_not_active, job_running */
  recover(scope: TenantScope, asker: Asker, webhook_id: string, input: RecoverIn, reason?: string): Promise<BulkJobOut | CountOut> {
    const since = new Date(input.since);
    const kept_since = this.clock.now().getTime() - this.config.webhook_retention_days * DAY_MS;
    if (since.getTime() < kept_since)
      throw invalid([
        { field: '/since', code: 'too_early', message: `Deliveries are kept for ${this.config.webhook_retention_days} days.` },
      ]);
    const filter: BulkFilter = {
      ...idRange(since, input.until === undefined ? null : new Date(input.until)),
      statuses: input.statuses ?? ['dlq'],
      event_type: null,
      http_status: null,
      error_code: null,
      delivery_ids: null,
      include_missing: input.include_missing ?? false,
    };
    return this.ask(scope, asker, webhook_id, {
      kind: 'recover',
      permission: 'webhooks:write',
      filter,
      dry_run: input.dry_run ?? false,
      ...(reason === undefined ? {} : { reason: statedReason(reason) }),
    });
  }

  async list(scope: TenantScope, webhook_id: string, list: ListOfQuery<typeof JOB_LIST>): Promise<Page<BulkJobOut>> {
    const after = typeof list.after?.[0] === 'string' ? list.after[0] : null;
    const rows = await this.db.run(scope, async (tx) => {
      await this.endpoints.found(tx, webhook_id);
      return bulkRows.list(tx, webhook_id, after, list.take);
    });
    const page = list.page(rows, (row) => [row.webhook_job_id]);
    return { ...page, data: page.data.map(jobOut) };
  }

  async get(scope: TenantScope, webhook_job_id: string): Promise<BulkJobOut> {
    return this.db.run(scope, async (tx) => jobOut(await this.found(tx, webhook_job_id)));
  }

  /** What it has done stays done. @throws Problem job_finished */
  async cancel(scope: TenantScope, webhook_job_id: string): Promise<BulkJobOut> {
    return this.db.run(scope, async (tx) => {
      const job = await this.found(tx, webhook_job_id);
      if (!(await bulkRows.cancel(tx, webhook_job_id))) throw fail('job_finished', { state: job.state });
      await this.audit.record(tx, 'webhook.job_cancelled', {
        targets: [{ type: 'webhook', id: job.webhook_id }],
        changes: [{ field: 'webhook_job_id', to: webhook_job_id }, { field: 'done', to: Number(job.done) }], // prettier-ignore
      });
      const cancelled = await this.found(tx, webhook_job_id);
      tx.afterCommit(() => this.feed.changed(scope.tenant_id, knownJob(cancelled)));
      return jobOut(cancelled);
    });
  }

  private async ask(scope: TenantScope, asker: Asker, webhook_id: string, asked: Asked): Promise<BulkJobOut | CountOut> {
    const { kind, permission, filter } = asked;
    return this.db.run(scope, async (tx) => {
      const endpoint = await this.endpoints.locked(tx, webhook_id);
      if (kind !== 'purge' && endpoint.status !== 'active') throw fail('webhook_not_active', { status: endpoint.status });
      const { delivery_ids } = filter;
      if (delivery_ids && (await bulkRows.known(tx, webhook_id, delivery_ids)) < delivery_ids.length) throw fail('not_found');
      const total = await this.count(tx, endpoint, filter);
      if (asked.dry_run) return { count: total };
      const { principal_id, user_id: created_by } = asker;
      const webhook_job_id = newId();
      await bulkRows.insert(tx, { webhook_job_id, webhook_id, kind, filter, total, created_by, principal_id, permission });
      await this.audit.record(tx, ACTIONS[kind], {
        targets: [targetOf(endpoint)],
        changes: [
          { field: 'filter', to: filter },
          { field: 'total', to: total },
          { field: 'webhook_job_id', to: webhook_job_id },
        ],
        ...(asked.reason === undefined ? {} : { reason: asked.reason }),
      });
      this.queues.arm(tx, bulkQueue, { webhook_job_id });
      return jobOut(await this.found(tx, webhook_job_id));
    });
  }

  private async count(tx: Tx, endpoint: EndpointRow, filter: BulkFilter): Promise<number> {
    const rows = await bulkRows.count(tx, endpoint.webhook_id, filter);
    return filter.include_missing ? rows + (await bulkRows.countMissing(tx, endpoint.webhook_id, filter, grantedTypes(endpoint))) : rows;
  }

  private async found(tx: Tx, webhook_job_id: string): Promise<BulkJobRow> {
    const job = await bulkRows.find(tx, webhook_job_id);
    if (!job) throw fail('not_found');
    return job;
  }
}

function deadLetters(input: ReplayIn): BulkFilter {
  return {
    ...idRange(input.since === undefined ? null : new Date(input.since), input.until === undefined ? null : new Date(input.until)),
    statuses: ['dlq'],
    event_type: input.event_type ?? null,
    http_status: input.http_status ?? null,
    error_code: input.error_code ?? null,
    delivery_ids: input.delivery_ids?.map((id) => id.toLowerCase()) ?? null,
    include_missing: false,
  };
}

function jobOut(row: BulkJobRow): BulkJobOut {
  return {
    webhook_job_id: row.webhook_job_id,
    webhook_id: row.webhook_id,
    kind: row.kind satisfies BulkKind,
    state: row.state,
    total: row.total === null ? null : Number(row.total),
    done: Number(row.done),
    error: row.error === null ? null : { ...row.error },
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
  };
}
