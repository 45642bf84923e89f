import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import os from 'node:os';
import { newId } from '../crypto/index.js';
import { PlatformDb, type Param, type Sql } from '../db/index.js';
import type { ClaimedRow, QueueDefinition } from './define-queue.js';
import { JobRun, Stopping, type JobOutcome, type RunContext } from './job-run.js';
import { namedParams } from './lease.js';
import { WorkObserver } from './observer.js';
import { checkPayload, type Payload } from './payload.js';
import { Queues } from './queues.js';
import { JobScopes, platformScope } from './scopes.js';

/**
 * What every alarm goes through: claim, run, outcome. Nothing is thrown at BullMQ: an alarm that could not claim is simply over, and the
 * reaper rings again.
 */
@Injectable()
export class JobRunner {
  readonly #worker = `${os.hostname()}:${process.pid}:${newId().slice(-6)}`;
  readonly #running = new Map<string, number>();
  readonly #aborts = new Set<AbortController>();
  readonly #context: RunContext;
  readonly #stopping = new AbortController();
  #isStopping = false;

  constructor(
    private readonly platform: PlatformDb,
    scopes: JobScopes,
    private readonly queues: Queues,
    private readonly observer: WorkObserver,
    moduleRef: ModuleRef,
  ) {
    this.#context = {
      stopping: this.#stopping.signal,
      services: { get: (token) => moduleRef.get(token, { strict: false }) },
      openScope: (definition, row, request_id) =>
        definition.platform ? Promise.resolve(platformScope(definition.name)) : scopes.open(definition.name, row, request_id),
      write: async (definition, sql, params) => (await this.#statement(definition, sql, params)).length,
      again: (definition, payload, attempts, delay_ms) => queues.again(definition, payload, attempts, delay_ms),
      log: (level, fields, message) => observer.log(level, fields, message),
      lease_lost: (name) => observer.count('queue_lease_lost_total', { queue: name }),
    };
  }

  async run(name: string, payload: Payload): Promise<JobOutcome> {
    const definition = this.queues.find(name);
    if (!definition) return 'unknown'; // another version of the program set it; its reaper has the row
    const running = this.#running.get(name) ?? 0;
    if (running >= definition.concurrency) return 'busy';
    this.#running.set(name, running + 1);
    const begun = performance.now();
    try {
      const outcome = await this.#claimAndRun(definition, payload);
      this.observer.count('queue_jobs_total', { queue: name, outcome });
      if (outcome !== 'not_due') this.observer.time('queue_job_duration_seconds', (performance.now() - begun) / 1_000, { queue: name });
      return outcome;
    } finally {
      this.#running.set(name, (this.#running.get(name) ?? 1) - 1);
    }
  }

  /** Kinds with jobs under way. */
  get running(): readonly string[] {
    return [...this.#running].filter(([, count]) => count > 0).map(([name]) => name);
  }

  /** Tells what runs that the process is about to stop. */
  announceStop(): void {
    this.#stopping.abort(new Stopping('the process stops'));
  }

  /** Aborts what still runs; its rows go back. Alarms that ring from now on find nothing due. */
  abortAll(): void {
    this.#isStopping = true;
    for (const abort of this.#aborts) abort.abort(new Stopping('the process stops'));
  }

  async #claimAndRun(definition: QueueDefinition, payload: Payload): Promise<JobOutcome> {
    if (this.#isStopping) return 'not_due';
    const abort = new AbortController();
    this.#aborts.add(abort);
    try {
      const row = await this.#claim(definition, payload);
      return row ? await new JobRun(this.#context, definition, payload, row, abort).outcome() : 'not_due';
    } catch (error) {
      this.observer.log('error', { queue: definition.name, error }, 'claim failed');
      return 'claim_failed';
    } finally {
      this.#aborts.delete(abort);
    }
  }

  async #claim(definition: QueueDefinition, payload: Payload): Promise<ClaimedRow | null> {
    checkPayload(payload);
    const [row] = await this.#statement<ClaimedRow>(definition, definition.claim, [
      String(payload[definition.id]),
      definition.lease_ms,
      this.#worker,
    ]);
    return row ?? null;
  }

  #statement<R>(definition: QueueDefinition, sql: Sql, params: readonly Param[]): Promise<R[]> {
    return this.platform.query<R>(platformScope(definition.name), sql, namedParams(sql, params));
  }
}
