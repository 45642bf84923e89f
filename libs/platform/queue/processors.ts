import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Injectable, type Provider } from '@nestjs/common';
import { DelayedError, UnrecoverableError, type Job } from 'bullmq';
import type { Lane } from './define-queue.js';
import { JobRunner } from './job-runner.js';
import type { Payload } from './payload.js';

/** An alarm of a kind whose places are taken here rings again after this; by then another process may have taken it. */
const BUSY_MS = { least: 500, spread: 1_500 } as const;

/** The BullMQ side of a lane: an alarm rang. Its outcome is in the row; BullMQ only sees done, delayed or failed. */
abstract class LaneProcessor extends WorkerHost {
  abstract readonly lane: Lane;
  protected abstract readonly runner: JobRunner;

  override async process(job: Job<Payload>, token?: string): Promise<void> {
    const outcome = await this.runner.run(job.name, job.data);
    if (outcome === 'busy') {
      await job.moveToDelayed(Date.now() + BUSY_MS.least + Math.floor(Math.random() * BUSY_MS.spread), token); // PostgreSQL takes whole ms only
      throw new DelayedError();
    }
    // For the console's view of failed alarms. No message of the job: it may quote a value.
    if (outcome === 'failed') throw new UnrecoverableError(`${job.name} failed; see the row`);
  }
}

// The lock is BullMQ's, for an alarm; how long the *row* is ours is its lease. A worker that dies gives the alarm back after `lockDuration`.
const OPTIONS = { lockDuration: 30_000, stalledInterval: 30_000, maxStalledCount: 1, concurrency: 1 } as const;

@Injectable()
@Processor('fast', OPTIONS)
export class FastLane extends LaneProcessor {
  override readonly lane = 'fast';
  constructor(protected override readonly runner: JobRunner) {
    super();
  }
}

@Injectable()
@Processor('slow', OPTIONS)
export class SlowLane extends LaneProcessor {
  override readonly lane = 'slow';
  constructor(protected override readonly runner: JobRunner) {
    super();
  }
}

@Injectable()
@Processor('bulk', OPTIONS)
export class BulkLane extends LaneProcessor {
  override readonly lane = 'bulk';
  constructor(protected override readonly runner: JobRunner) {
    super();
  }
}

@Injectable()
@Processor('cron', OPTIONS)
export class CronLane extends LaneProcessor {
  override readonly lane = 'cron';
  constructor(protected override readonly runner: JobRunner) {
    super();
  }
}

export const LANE_PROCESSORS = [FastLane, SlowLane, BulkLane, CronLane] as const satisfies readonly Provider[];
