import { BullRegistrar } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { BackendWorker, QueueSettings } from './connection.js';
import type { Lane } from './define-queue.js';
import { JobRunner } from './job-runner.js';
import { WorkObserver } from './observer.js';
import { BulkLane, CronLane, FastLane, SlowLane } from './processors.js';
import { Queues } from './queues.js';

/** Alarms at once in a lane: as many as its kinds may run, within this. */
const LANE_LIMIT: Readonly<Record<Lane, number>> = { fast: 32, slow: 16, bulk: 8, cron: 4 };

/** What a job has to clean up once its signal is aborted. */
const AFTER_ABORT_MS = 5_000;
/** A broker that is there lets go of idle workers sooner. */
const BROKER_MS = 1_000;
const LOOK_MS = 50;

/** Starts and stops the BullMQ workers, in a process that works. One that only serves HTTP has queues and no worker. */
@Injectable()
export class QueueWorkers {
  readonly #lanes: readonly (FastLane | SlowLane | BulkLane | CronLane)[];
  #isStarted = false;

  constructor(
    private readonly registrar: BullRegistrar,
    private readonly runner: JobRunner,
    private readonly queues: Queues,
    private readonly settings: QueueSettings,
    private readonly observer: WorkObserver,
    fast: FastLane,
    slow: SlowLane,
    bulk: BulkLane,
    cron: CronLane,
  ) {
    this.#lanes = [fast, slow, bulk, cron];
  }

  /** After `queues.register`. On PostgreSQL it waits for the workers; Redis may be down, they begin when it is back. */
  async start(): Promise<void> {
    this.registrar.register(); // `manualRegistration`: Nest would start them before the registry is complete
    this.#isStarted = true;
    for (const { lane, worker } of this.#lanes) {
      worker.on('error', (error) => this.observer.log('warn', { queue: lane, error: error.message }, 'worker error'));
      const wanted = this.queues.definitions
        .filter((definition) => definition.lane === lane)
        .reduce((sum, { concurrency }) => sum + concurrency, 0);
      worker.concurrency = Math.min(LANE_LIMIT[lane], Math.max(1, wanted));
    }
    // BullMQ remembers a failed first contact with PostgreSQL for good, so it has to be a refusal to start.
    if (this.settings.backend === 'postgres') await Promise.all(this.#lanes.map(({ worker }) => worker.waitUntilReady()));
  }

  /** Takes nothing new; what runs has `grace_ms`, is then aborted and gives its row back. */
  async stop(grace_ms: number): Promise<void> {
    if (!this.#isStarted) return;
    this.runner.announceStop();
    const closed = Promise.allSettled(this.#lanes.map(({ worker }) => worker.close())).then(() => true);
    let isClosed = await this.#ended(closed, grace_ms);
    this.runner.abortAll();
    isClosed ||= await this.#ended(closed, AFTER_ABORT_MS);
    if (!isClosed) {
      // A job that does not listen to its signal: its lease runs out, and its fence keeps it from doing harm.
      if (this.runner.running.length)
        this.observer.log('error', { running: this.runner.running }, 'jobs did not end when the process stopped');
      for (const { worker } of this.#lanes) if (worker instanceof BackendWorker) worker.leave();
    }
    await this.queues.settled();
  }

  /** Until the workers have closed, or only a broker that does not answer keeps them from it, or the time is over. @returns have they? */
  async #ended(closed: Promise<boolean>, within_ms: number): Promise<boolean> {
    const until = performance.now() + within_ms;
    for (let idle_ms = 0; idle_ms < BROKER_MS && performance.now() < until;) {
      if (await Promise.race([closed, wait(LOOK_MS, false, { ref: false })])) return true;
      idle_ms = this.runner.running.length ? 0 : idle_ms + LOOK_MS;
    }
    return false;
  }
}
