import { Injectable } from '@nestjs/common';
import { withLogContext } from '../logging/index.js';
import { JobScopes, keptError, Pump, WorkObserver } from '../queue/index.js';
import { EventTasksRepository, type ParkedTask, type TaskRow } from './event-tasks.repository.js';
import { Subscribers, type TenantEvent } from './subscribers.js';
import { taskDelay, TASK_MAX_ATTEMPTS } from './task-delay.js';

const AT_ONCE = 8;
const POLL_MS = 1_000;
const LEASE_MS = 60_000;

/** Only how time is counted in tests; the product uses the defaults. */
export class EventTaskTerms {
  readonly backoff_unit_ms: number = 1_000;
  readonly poll_ms: number = POLL_MS;
  readonly lease_ms: number = LEASE_MS;
}

/** Runs the queued subscribers: each event at least once, on the app pool, in the event's tenant. */
@Injectable()
export class EventTasks {
  readonly #pump: Pump;
  readonly #running = new Set<Promise<void>>();
  readonly #aborts = new Set<AbortController>();
  #isStopping = false;

  constructor(
    private readonly repository: EventTasksRepository,
    private readonly subscribers: Subscribers,
    private readonly scopes: JobScopes,
    private readonly observer: WorkObserver,
    private readonly terms: EventTaskTerms,
  ) {
    this.#pump = new Pump({
      every_ms: terms.poll_ms,
      turn: () => this.#fillPlaces(),
      failed: (error) => observer.log('warn', { error }, 'event tasks cannot be claimed'),
    });
  }

  start(): void {
    this.#isStopping = false;
    this.#pump.start();
  }

  /** After the relay has made tasks. */
  kick(): void {
    this.#pump.kick();
  }

  /** Takes nothing new; those under way have `grace_ms`, are then aborted and given back. */
  async stop(grace_ms = 0): Promise<void> {
    await this.#pump.stop();
    const timer = setTimeout(() => {
      this.#isStopping = true;
      for (const abort of this.#aborts) abort.abort(new Error('the process stops'));
    }, grace_ms);
    await Promise.all(this.#running);
    clearTimeout(timer);
  }

  /** Claims and runs up to eight, and waits for them: for tests and the console. @returns how many it claimed */
  async runBatch(): Promise<number> {
    const tasks = await this.#claim(AT_ONCE);
    await Promise.all(tasks.map((task) => this.#run(task)));
    return tasks.length;
  }

  parked(limit = 100): Promise<ParkedTask[]> {
    return this.repository.parked(limit);
  }

  /** Ops: try a parked task again. @returns false when it is not parked */
  async retryParked(task: Pick<ParkedTask, 'tenant_id' | 'event_id' | 'subscriber'>): Promise<boolean> {
    const found = await this.repository.unpark(task);
    if (found) this.kick();
    return found;
  }

  /** A slow one keeps its own place and no other. */
  async #fillPlaces(): Promise<boolean> {
    const free = AT_ONCE - this.#running.size;
    const tasks = free > 0 ? await this.#claim(free) : [];
    for (const task of tasks) {
      const run = this.#run(task).finally(() => {
        this.#running.delete(run);
        this.#pump.kick();
      });
      this.#running.add(run);
    }
    return false; // a place that becomes free kicks
  }

  #claim(limit: number): Promise<TaskRow[]> {
    const names = this.subscribers.queuedNames;
    return names.length === 0 ? Promise.resolve([]) : this.repository.claim(names, limit, this.terms.lease_ms);
  }

  /** Never throws: what cannot be written comes again when its lease is over. */
  async #run(task: TaskRow): Promise<void> {
    const { subscriber } = task;
    const outcome = await this.#handle(task).catch((error: unknown) => {
      this.observer.log('error', { ...fieldsOf(task), error }, 'the outcome of an event task could not be written');
      return 'lost';
    });
    this.observer.count('event_tasks_total', { subscriber, outcome });
  }

  async #handle(task: TaskRow): Promise<string> {
    const subscriber = this.subscribers.find(task.subscriber);
    if (!subscriber || task.event_type === null || task.body === null) {
      await this.repository.done(task); // the event is gone with its partition: nothing left to tell
      return 'gone';
    }
    if (task.attempts > TASK_MAX_ATTEMPTS) return this.#failed(task, 'worker_lost'); // it has killed its worker each time
    const abort = new AbortController();
    this.#aborts.add(abort);
    const deadline = setTimeout(() => abort.abort(new Error('the lease is over')), this.terms.lease_ms * 0.9);
    try {
      const scope = this.scopes.system(task.subscriber, task.tenant_id, task.request_id ?? undefined);
      const event = eventOf(task, task.body);
      await withLogContext({ request_id: scope.request_id, tenant_id: task.tenant_id }, () =>
        subscriber.handle(scope, event, abort.signal),
      );
      await this.repository.done(task);
      return 'done';
    } catch (error) {
      if (this.#isStopping && abort.signal.aborted) {
        await this.repository.giveBack(task);
        return 'released';
      }
      this.observer.log('warn', { ...fieldsOf(task), error }, 'event task failed');
      const kept = keptError(error);
      return await this.#failed(task, `${kept.code}: ${kept.message}`);
    } finally {
      clearTimeout(deadline);
      this.#aborts.delete(abort);
    }
  }

  async #failed(task: TaskRow, error: string): Promise<string> {
    const delay_ms = taskDelay(task.attempts, this.terms.backoff_unit_ms);
    await this.repository.failed(task, { error, delay_ms: delay_ms ?? 0, parked: delay_ms === null });
    if (delay_ms === null) this.observer.log('error', { ...fieldsOf(task), error }, 'event task parked');
    return delay_ms === null ? 'parked' : 'retried';
  }
}

function eventOf(task: TaskRow, body: string): TenantEvent {
  const { event_id, event_type: type, tenant_id, subject_id } = task;
  const { data } = JSON.parse(body) as { data: unknown };
  const sequence = task.sequence === null ? null : Number(task.sequence);
  return { event_id, type, tenant_id, subject_id, sequence, request_id: task.request_id ?? '', data } as TenantEvent;
}

const fieldsOf = ({ subscriber, tenant_id, event_id, attempts }: TaskRow) => ({ subscriber, tenant_id, event_id, attempts });
