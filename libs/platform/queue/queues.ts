import { Inject, Injectable } from '@nestjs/common';
import { getQueueToken } from '@nestjs/bullmq';
import type { Queue } from 'bullmq';
import { setTimeout as wait } from 'node:timers/promises';
import { Clock } from '../crypto/index.js';
import { ringNow, setAlarm, type Alarm } from './alarms.js';
import { LANES, type ArmingTx, type Lane, type QueueDefinition } from './define-queue.js';
import { WorkObserver } from './observer.js';
import { checkPayload, jobId, type Payload } from './payload.js';

export interface QueueCounts {
  readonly queue: Lane;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
  readonly paused: boolean;
}

/** A broker that does not answer must not keep what waits for it: more than this at once, or longer than this, and the alarm is dropped. */
const MAX_IN_FLIGHT = 1_000;
const PATIENCE_MS = 3_000;

/** The kinds of jobs of this application, and the way to set an alarm for a row. */
@Injectable()
export class Queues {
  readonly #definitions = new Map<string, QueueDefinition>();
  readonly #queues: ReadonlyMap<Lane, Queue>;
  readonly #inFlight = new Set<Promise<void>>();

  constructor(
    @Inject(getQueueToken('fast')) fast: Queue,
    @Inject(getQueueToken('slow')) slow: Queue,
    @Inject(getQueueToken('bulk')) bulk: Queue,
    @Inject(getQueueToken('cron')) cron: Queue,
    private readonly clock: Clock,
    private readonly observer: WorkObserver,
  ) {
    this.#queues = new Map<Lane, Queue>([['fast', fast], ['slow', slow], ['bulk', bulk], ['cron', cron]]); // prettier-ignore
    for (const [lane, queue] of this.#queues) {
      // Without a listener a restart of the broker would end the process.
      queue.on('error', (error) => this.observer.log('warn', { queue: lane, error: error.message }, 'queue error'));
    }
  }

  /** At start, from the manifests. */
  register(definitions: readonly QueueDefinition[]): void {
    for (const definition of definitions) {
      if (this.#definitions.has(definition.name)) throw new Error(`queue ${definition.name} is defined twice`);
      this.#definitions.set(definition.name, definition);
    }
  }

  get definitions(): readonly QueueDefinition[] {
    return [...this.#definitions.values()];
  }

  find(name: string): QueueDefinition | null {
    return this.#definitions.get(name) ?? null;
  }

  queue(lane: Lane): Queue {
    const queue = this.#queues.get(lane);
    if (!queue) throw new Error(`no lane is called ${lane}`);
    return queue;
  }

  /**
   * `queues.arm(tx, provisioningRun, { provisioning_job_id })`: sets the alarm after the commit of `tx`; a rollback sets none. Nobody
   * waits for it, and with the broker down it is dropped and counted: within 15 s the reaper finds the row due and arms again.
   * @param options `at`: not before; `attempts`: made so far (0 for a new row)
   * @throws PayloadRefused at once for anything but ids and numbers
   */
  arm<P extends Payload>(tx: ArmingTx, definition: QueueDefinition<P>, payload: P, options: { at?: Date; attempts?: number } = {}): void {
    const alarm = this.#alarm(definition, payload, options.attempts ?? 0, options.at);
    // An alarm of a first attempt is new; for a later one (a person presses "retry") an older alarm may lie there, set for tomorrow.
    const set = alarm.attempts > 0 && !options.at ? ringNow : setAlarm;
    tx.afterCommit(() => this.#detach(definition, () => set(this.queue(definition.lane), alarm)));
  }

  /** The runner's own next attempt; the caller's row is committed. */
  again(definition: QueueDefinition, payload: Payload, attempts: number, delay_ms: number): void {
    const alarm = { ...this.#alarm(definition, payload, attempts), delay_ms };
    this.#detach(definition, () => setAlarm(this.queue(definition.lane), alarm));
  }

  /** For the reaper, which waits for it. Throws when the broker is down. */
  async ring(definition: QueueDefinition, payload: Payload, attempts: number): Promise<void> {
    const alarm = this.#alarm(definition, payload, attempts);
    await within(ringNow(this.queue(definition.lane), alarm), PATIENCE_MS);
  }

  /** What lies in the broker, for ops. Throws when it does not answer. */
  async counts(): Promise<readonly QueueCounts[]> {
    return within(Promise.all(LANES.map((lane) => this.#countsOf(lane))), PATIENCE_MS);
  }

  /** Resolves when no alarm is on its way: at stop, and in tests. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#inFlight);
  }

  async #countsOf(lane: Lane): Promise<QueueCounts> {
    const queue = this.queue(lane);
    const [counts, paused] = await Promise.all([queue.getJobCounts('waiting', 'active', 'delayed', 'failed'), queue.isPaused()]);
    const of = (state: string): number => counts[state] ?? 0;
    return { queue: lane, waiting: of('waiting'), active: of('active'), delayed: of('delayed'), failed: of('failed'), paused };
  }

  #alarm(definition: QueueDefinition, payload: Payload, attempts: number, at?: Date): Alarm {
    checkPayload(payload);
    const row_id = String(payload[definition.id]);
    jobId(row_id, attempts); // refused here, where the caller sees it, and not after the commit
    return { kind: definition.name, row_id, attempts, payload, delay_ms: at ? at.getTime() - this.clock.now().getTime() : 0 };
  }

  #detach(definition: QueueDefinition, send: () => Promise<void>): void {
    if (this.#inFlight.size >= MAX_IN_FLIGHT) return this.#dropped(definition, 'too many alarms wait for the broker');
    const settled = within(send(), PATIENCE_MS)
      .catch((error: unknown) => this.#dropped(definition, error instanceof Error ? error.message : String(error)))
      .finally(() => this.#inFlight.delete(settled));
    this.#inFlight.add(settled);
  }

  #dropped(definition: QueueDefinition, error: string): void {
    this.observer.count('queue_alarm_dropped_total', { queue: definition.name });
    this.observer.log('warn', { queue: definition.name, error }, 'alarm dropped; the reaper arms it again');
  }
}

/** `promise`, or an error after `ms`. What comes later is ignored. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  const timer = new AbortController();
  promise.catch(() => undefined); // its failure after the deadline belongs to nobody
  const deadline = wait(ms, undefined, { signal: timer.signal, ref: false }).then(() => {
    throw new Error(`no answer within ${ms} ms`);
  });
  deadline.catch(() => undefined);
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    timer.abort();
  }
}
