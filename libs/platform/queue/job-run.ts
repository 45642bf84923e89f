import type { Param, PlatformScope, Sql, TenantScope } from '../db/index.js';
import { newId } from '../crypto/index.js';
import { withLogContext } from '../logging/index.js';
import type { Services } from '../modules/index.js';
import { retryDelay, type ClaimedRow, type JobEnvelope, type QueueDefinition } from './define-queue.js';
import { isFinal, keptError, LeaseLost, type KeptError } from './job-error.js';
import { Lease } from './lease.js';
import type { LogFields } from './observer.js';
import type { Payload } from './payload.js';

/**
 * How an alarm ended. `busy`: the kind has its places taken here, the alarm rings again; `waits`: the tenant's jobs do not run now;
 * `lost`: the row is another worker's, or could not be written.
 */
export type JobOutcome = 'done' | 'not_due' | 'unknown' | 'busy' | 'waits' | 'released' | 'retried' | 'failed' | 'lost' | 'claim_failed';

/** A suspended tenant's row is looked at again after this. */
const TENANT_WAITS_MS = 60_000;

/** Why a run was aborted when the process stops: its row goes back, and the attempt does not count. */
export class Stopping extends Error {}

/** What a run needs of its runner. */
export interface RunContext {
  readonly services: Services;
  readonly stopping: AbortSignal;
  openScope(definition: QueueDefinition, row: ClaimedRow, request_id: string): Promise<TenantScope | PlatformScope | null>;
  /** One of the definition's statements, on the platform pool. @returns how many rows it gave */
  write(definition: QueueDefinition, sql: Sql, params: readonly Param[]): Promise<number>;
  /** Sets the alarm of the next attempt. */
  again(definition: QueueDefinition, payload: Payload, attempts: number, delay_ms: number): void;
  log(level: 'warn' | 'error', fields: LogFields, message: string): void;
  readonly lease_lost: (name: string) => void;
}

/** One claimed row: its lease is kept alive while the job runs, and whatever happens, the row says so, unless the fence has moved on. */
export class JobRun {
  readonly #lease: Lease;
  readonly #row_id: string;

  constructor(
    private readonly context: RunContext,
    private readonly definition: QueueDefinition,
    private readonly payload: Payload,
    private readonly row: ClaimedRow,
    private readonly abort: AbortController,
  ) {
    this.#row_id = String(payload[definition.id]);
    this.#lease = new Lease({
      lease_ms: definition.lease_ms,
      extend: () => this.#write(definition.heartbeat, [definition.lease_ms]),
      lost: () => abort.abort(new LeaseLost(definition.name)),
      failed: (error) => context.log('warn', { ...this.#fields(), error }, 'heartbeat failed'),
    });
  }

  async outcome(): Promise<JobOutcome> {
    try {
      const request_id = this.row.request_id ?? newId();
      const scope = await this.context.openScope(this.definition, this.row, request_id);
      if (!scope) return await this.#release(TENANT_WAITS_MS, 'waits');
      if (this.abort.signal.aborted) throw this.abort.signal.reason;
      return await this.#work(this.#envelope(scope, request_id));
    } catch (error) {
      return await this.#afterFailure(error, null);
    } finally {
      this.#lease.stop();
    }
  }

  async #work(job: JobEnvelope): Promise<JobOutcome> {
    try {
      const log = { request_id: job.request_id, ...(this.row.tenant_id ? { tenant_id: this.row.tenant_id } : {}) };
      await withLogContext(log, () => callable(this.definition.run)(job, this.context.services));
      return 'done';
    } catch (error) {
      return await this.#afterFailure(error, job);
    }
  }

  #envelope(scope: TenantScope | PlatformScope, request_id: string): JobEnvelope {
    const { definition, payload, row } = this;
    return {
      name: definition.name,
      payload,
      row,
      scope: scope as TenantScope, // `platform` of the definition decided which of the two it is, for `run` too
      request_id,
      attempt: row.attempts,
      last_attempt: retryDelay(definition, row.attempts) === null,
      fence: String(row.fence),
      signal: this.abort.signal,
      stopping: this.context.stopping,
    };
  }

  /** What the row becomes. The database may be what failed: then nothing is written, the lease runs out and the reaper rings. */
  async #afterFailure(error: unknown, job: JobEnvelope | null): Promise<JobOutcome> {
    this.#lease.stop();
    const reason: unknown = this.abort.signal.reason;
    if (error instanceof LeaseLost || reason instanceof LeaseLost) return this.#lost();
    try {
      if (reason instanceof Stopping) return await this.#release(0, 'released');
      const delay = isFinal(error) ? null : retryDelay(this.definition, this.row.attempts);
      const kept = keptError(error);
      this.context.log(
        delay === null ? 'error' : 'warn',
        { ...this.#fields(), code: kept.code, error },
        delay === null ? 'job failed' : 'job failed, retried later',
      );
      return delay === null ? await this.#fail(kept, job) : await this.#retry(kept, delay);
    } catch (cause) {
      this.context.log('error', { ...this.#fields(), error: cause }, 'the failure of a job could not be written');
      return 'lost';
    }
  }

  async #retry(kept: KeptError, delay_ms: number): Promise<JobOutcome> {
    if (!(await this.#write(this.definition.retry, [delay_ms, { ...kept }]))) return this.#lost();
    this.context.again(this.definition, this.payload, this.row.attempts, delay_ms);
    return 'retried';
  }

  async #fail(kept: KeptError, job: JobEnvelope | null): Promise<JobOutcome> {
    if (!(await this.#write(this.definition.fail, [{ ...kept }]))) return this.#lost();
    const { failed } = this.definition;
    if (failed && job) {
      await callable(failed)(job, this.context.services).catch((error: unknown) =>
        this.context.log('error', { ...this.#fields(), error }, 'the notice of a failed job failed'),
      );
    }
    return 'failed';
  }

  async #release<O extends JobOutcome>(delay_ms: number, outcome: O): Promise<O> {
    this.#lease.stop();
    await this.#write(this.definition.release, [delay_ms]);
    return outcome;
  }

  #lost(): JobOutcome {
    this.context.lease_lost(this.definition.name);
    this.context.log('warn', this.#fields(), 'lease lost');
    return 'lost';
  }

  /** Under the fence. @returns whether the row was still ours */
  async #write(sql: Sql, params: readonly Param[]): Promise<boolean> {
    return (await this.context.write(this.definition, sql, [this.#row_id, this.row.fence, ...params])) > 0;
  }

  #fields(): LogFields {
    return { queue: this.definition.name, row_id: this.#row_id, attempt: this.row.attempts, fence: String(this.row.fence) };
  }
}

/** A definition is of a tenant's or of the platform's jobs, so its functions are a union; the envelope was made for the right one. */
const callable = (run: unknown) => run as (job: JobEnvelope, services: Services) => Promise<void>;
