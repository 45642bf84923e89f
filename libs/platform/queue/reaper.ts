import { Injectable } from '@nestjs/common';
import { PlatformDb, sql } from '../db/index.js';
import type { QueueDefinition } from './define-queue.js';
import { defineSchedule, type ScheduleDefinition, type ScheduleResult } from './define-schedule.js';
import { namedParams } from './lease.js';
import { WorkObserver } from './observer.js';
import type { Payload } from './payload.js';
import { Queues } from './queues.js';
import { platformScope } from './scopes.js';

/** Rows of one kind in one round; the next round takes the rest. */
const BATCH = 500;

const ONE_AT_A_TIME = sql`select pg_try_advisory_xact_lock(hashtextextended('tenantry:jobs.reap:' || $1, 0)) as held`;

type DueRow = Payload & { readonly attempts: number };

/**
 * Rings for rows that are due and whose alarm may be gone: dropped because the broker was down, flushed, or lost with a worker. Setting
 * an alarm twice is harmless (one id), so the lock only spares the work.
 */
@Injectable()
export class Reaper {
  constructor(
    private readonly platform: PlatformDb,
    private readonly queues: Queues,
    private readonly observer: WorkObserver,
  ) {}

  async reap(): Promise<ScheduleResult> {
    const total = { processed: 0, failed: 0, remaining: 0 };
    for (const definition of this.queues.definitions) {
      try {
        const due = await this.#due(definition);
        const rung = await this.#ring(definition, due);
        total.processed += rung;
        total.failed += due.length - rung;
      } catch (error) {
        total.failed += 1; // one kind's statement is wrong: the others are reaped all the same
        this.observer.log('error', { queue: definition.name, error }, 'the reaper cannot read what is due');
      }
    }
    return total;
  }

  /** Read inside the lock, rung outside: nothing but SQL happens in a transaction. */
  #due(definition: QueueDefinition): Promise<DueRow[]> {
    return this.platform.run(platformScope('jobs.reap'), async (tx) => {
      const [lock] = await tx.query<{ held: boolean }>(ONE_AT_A_TIME, [definition.name]);
      return lock?.held ? tx.query<DueRow>(definition.due, namedParams(definition.due, [BATCH])) : [];
    });
  }

  async #ring(definition: QueueDefinition, due: readonly DueRow[]): Promise<number> {
    let rung = 0;
    for (const { attempts, ...payload } of due) {
      try {
        await this.queues.ring(definition, payload, attempts);
        rung += 1;
      } catch (error) {
        // The broker is down, so the others would only wait for it too.
        this.observer.log('warn', { queue: definition.name, left: due.length - rung, error }, 'the reaper cannot arm');
        break;
      }
    }
    return rung;
  }
}

export const reaperSchedule: ScheduleDefinition = defineSchedule({
  name: 'jobs.reap',
  every_ms: 15_000,
  lease_ms: 60_000,
  run: (_context, services) => services.get(Reaper).reap(),
});
