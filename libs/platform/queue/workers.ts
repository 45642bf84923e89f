import { BullRegistrar } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { QueueSettings } from './connection.js';
import type { Lane } from './define-queue.js';
import { JobRunner } from './job-runner.js';
import { WorkObserver } from './observer.js';
import { BulkLane, CronLane, FastLane, SlowLane } from './processors.js';
import { Queues } from './queues.js';

/** Alarms at once in a lane: as many as its kinds may run, within this. */
const LANE_LIMIT: Readonly<Record<Lane, number>> = { fast: 32, slow: 16, bulk: 8, cron: 4 };

/** What a job has to clean up once its signal is aborted. */
const AFTER_ABORT_MS = 5_000;

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
    const timer = new AbortController();
    const closed = Promise.allSettled(this.#lanes.map(({ worker }) => worker.close()));
    await Promise.race([closed, wait(grace_ms, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
    this.runner.abortAll();
    const ended = await Promise.race([closed.then(() => true), wait(AFTER_ABORT_MS, false, { ref: false })]);
    if (!ended) {
      // A job that does not listen to its signal: its lease runs out, and its fence keeps it from doing harm.
      this.observer.log('error', { running: this.runner.running }, 'jobs did not end when the process stopped');
      await Promise.allSettled(this.#lanes.map(({ worker }) => worker.close(true)));
    }
    await this.queues.settled();
  }
}
