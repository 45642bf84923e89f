import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { SchedulerRegistry } from '@nestjs/schedule';
import { nextCron } from './cron-time.js';
import type { ScheduleDefinition, ScheduleResult } from './define-schedule.js';
import { keptError } from './job-error.js';
import { WorkObserver } from './observer.js';
import { SchedulesRepository, type ScheduleRow } from './schedules.repository.js';
import { platformScope } from './scopes.js';

/** The answer of `POST /cron/<name>`. `skipped`: it runs already, here or elsewhere. */
export type ScheduleOutcome =
  ({ readonly skipped?: undefined; readonly duration_ms: number } & ScheduleResult) | { readonly skipped: 'running' };

const TICK_NAME = 'tenantry.schedules';
/** How late a schedule may begin. */
const TICK_MS = 2_000;
/** So that a worker that was away for a week does not start everything at once. */
const MAX_RUNNING = 4;

/**
 * Runs schedules, each once over all processes. The truth is the row: `next_due_at` is the database's time, whoever moves it on runs. So
 * a process that was down catches up once, and a clock that jumps starts nothing twice. The timer only looks.
 */
@Injectable()
export class Schedules {
  readonly #definitions = new Map<string, ScheduleDefinition>();
  readonly #running = new Map<string, { readonly abort: AbortController; readonly done: Promise<unknown> }>();
  #ticking: Promise<void> | null = null;
  #isStopped = true;

  constructor(
    private readonly repository: SchedulesRepository,
    private readonly timers: SchedulerRegistry,
    private readonly observer: WorkObserver,
    private readonly moduleRef: ModuleRef,
  ) {}

  /** At start, from the manifests. */
  register(definitions: readonly ScheduleDefinition[]): void {
    for (const definition of definitions) {
      if (this.#definitions.has(definition.name)) throw new Error(`schedule ${definition.name} is defined twice`);
      if (definition.cron !== undefined) nextCron(definition.cron, new Date()); // a wrong expression stops the start
      this.#definitions.set(definition.name, definition);
    }
  }

  get definitions(): readonly ScheduleDefinition[] {
    return [...this.#definitions.values()];
  }

  list(): Promise<ScheduleRow[]> {
    return this.repository.list();
  }

  pause(name: string, paused: boolean): Promise<boolean> {
    return this.repository.pause(name, paused);
  }

  /** Worker only. An interval is due at once when it is new, a cron time when it comes. */
  async start(): Promise<void> {
    await this.#ensure(this.definitions);
    this.#isStopped = false;
    this.timers.addInterval(
      TICK_NAME,
      setInterval(() => void this.tick(), TICK_MS),
    );
  }

  /** No new run; those under way are aborted after `grace_ms` and waited for. */
  async stop(grace_ms = 0): Promise<void> {
    this.#isStopped = true;
    if (this.timers.doesExist('interval', TICK_NAME)) this.timers.deleteInterval(TICK_NAME);
    await this.#ticking;
    const timer = setTimeout(() => this.#running.forEach((run) => run.abort.abort(new Error('the process stops'))), grace_ms);
    await Promise.allSettled([...this.#running.values()].map((run) => run.done));
    clearTimeout(timer);
  }

  /** Starts what is due. Resolves when it has been started, not when it is done. */
  tick(): Promise<void> {
    this.#ticking ??= this.#startDue()
      .catch((error: unknown) => this.observer.log('warn', { error }, 'schedules cannot be read'))
      .finally(() => {
        this.#ticking = null;
      });
    return this.#ticking;
  }

  /** Resolves when no run is under way: for tests. */
  async settled(): Promise<void> {
    await this.#ticking;
    await Promise.allSettled([...this.#running.values()].map((run) => run.done));
  }

  /**
   * Now, due or not, paused or not: for `POST /cron/<name>` and the console. Also moves `next_due_at` on, so an outer cron and the inner
   * one do the same work once. @returns null when no schedule has that name. Throws what the run throws.
   */
  async runNow(name: string): Promise<ScheduleOutcome | null> {
    const definition = this.#definitions.get(name);
    if (!definition) return null;
    await this.#ensure([definition]); // no worker may have started yet
    return (await this.#begin(definition, true)) ?? { skipped: 'running' };
  }

  async #ensure(definitions: readonly ScheduleDefinition[]): Promise<void> {
    const now = await this.repository.now();
    await this.repository.ensure(
      definitions.map((definition) => {
        const latest = nextTime(definition, now);
        return { name: definition.name, first: definition.cron === undefined ? now : latest, latest };
      }),
    );
  }

  async #startDue(): Promise<void> {
    if (this.#isStopped) return;
    for (const name of await this.repository.due([...this.#definitions.keys()])) {
      const definition = this.#definitions.get(name);
      if (!definition || this.#running.has(name)) continue;
      if (this.#running.size >= MAX_RUNNING) return;
      this.#begin(definition, false).catch(() => undefined); // logged where it happened
    }
  }

  #begin(definition: ScheduleDefinition, forced: boolean): Promise<ScheduleOutcome | null> {
    const abort = new AbortController();
    const done = this.#run(definition, forced, abort);
    const run = { abort, done };
    const { name } = definition;
    const key = this.#running.has(name) ? `${name} (asked)` : name;
    this.#running.set(key, run);
    return done.finally(() => this.#running.delete(key));
  }

  async #run(definition: ScheduleDefinition, forced: boolean, abort: AbortController): Promise<ScheduleOutcome | null> {
    const { name, lease_ms } = definition;
    const now = await this.repository.now();
    const next_due_at = nextTime(definition, now);
    const started_at = await this.repository.begin(name, { next_due_at, lease_ms, forced });
    if (!started_at) return null;

    const begun = performance.now();
    const deadline = setTimeout(() => abort.abort(new Error(`${name} ran longer than ${lease_ms} ms`)), lease_ms);
    try {
      const services = { get: this.moduleRef.get.bind(this.moduleRef) };
      const result = await definition.run(
        { scope: platformScope(name), signal: abort.signal },
        { get: (token) => services.get(token, { strict: false }) },
      );
      return await this.#succeeded(name, started_at, {
        processed: 0,
        failed: 0,
        remaining: 0,
        ...result,
        duration_ms: Math.round(performance.now() - begun),
      });
    } catch (error) {
      await this.#failed(name, started_at, error, Math.round(performance.now() - begun));
      throw error;
    } finally {
      clearTimeout(deadline);
    }
  }

  async #succeeded(name: string, started_at: Date, result: ScheduleResult & { duration_ms: number }): Promise<ScheduleOutcome> {
    await this.repository.end(name, started_at, { ...result }, result.remaining > 0);
    this.observer.count('schedule_runs_total', { schedule: name, outcome: 'done' });
    this.observer.time('schedule_duration_seconds', result.duration_ms / 1_000, { schedule: name });
    this.observer.gauge('cron_last_success_timestamp_seconds', Date.now() / 1_000, { job: name });
    return result;
  }

  /** It is due again at its next time: the alert on the last success watches. */
  async #failed(name: string, started_at: Date, error: unknown, duration_ms: number): Promise<void> {
    this.observer.count('schedule_runs_total', { schedule: name, outcome: 'failed' });
    this.observer.log('error', { schedule: name, error }, 'schedule failed');
    await this.repository.end(name, started_at, { error: keptError(error), duration_ms }, false).catch((cause: unknown) => {
      this.observer.log('error', { schedule: name, error: cause }, 'the end of a schedule could not be written');
    });
  }
}

/** When it is due after a run that begins at `now`. */
const nextTime = ({ cron, every_ms = 0 }: ScheduleDefinition, now: Date): Date =>
  cron === undefined ? new Date(now.getTime() + every_ms) : nextCron(cron, now);
