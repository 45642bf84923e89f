import { Injectable } from '@nestjs/common';
import type { EventType } from '#contracts/events.js';
import type { EventId, TenantId } from '#contracts/ids.js';
import { PlatformDb, sql } from '../db/index.js';
import { platformScope } from '../queue/index.js';

/** A claimed task with its event. `body` null: the event's partition is gone. `attempts` counts this run and is the fence. */
export interface TaskRow {
  readonly tenant_id: TenantId;
  readonly event_id: EventId;
  readonly subscriber: string;
  readonly attempts: number;
  readonly event_type: EventType | null;
  readonly subject_id: string;
  readonly sequence: string | null;
  readonly request_id: string | null;
  readonly body: string | null;
}

export interface ParkedTask {
  readonly tenant_id: TenantId;
  readonly event_id: EventId;
  readonly subscriber: string;
  readonly attempts: number;
  readonly last_error: string | null;
  readonly parked_at: Date;
}

// Only subscribers that this version of the program has: one of another version would be parked for nothing.
const CLAIM = sql.named('outbox.claim_tasks')`
  with due as materialized (
    select tenant_id, event_id, subscriber from event_tasks
     where parked_at is null and next_run_at <= now() and (leased_until is null or leased_until < now()) and subscriber = any($1::text[])
     order by next_run_at, event_id limit $2
     for update skip locked
  ), claimed as (
    update event_tasks t set attempts = t.attempts + 1, leased_until = now() + $3 * interval '1 ms'
      from due d where t.tenant_id = d.tenant_id and t.event_id = d.event_id and t.subscriber = d.subscriber
    returning t.tenant_id, t.event_id, t.subscriber, t.attempts
  )
  select c.tenant_id, c.event_id, c.subscriber, c.attempts, e.event_type, e.subject_id, e.sequence, e.request_id, coalesce(e.full_body, e.body) as body
    from claimed c left join events e on e.tenant_id = c.tenant_id and e.event_id = c.event_id`;

const DONE = sql`
  delete from event_tasks where tenant_id = $1 and event_id = $2 and subscriber = $3 and attempts = $4`;

const FAILED = sql`
  update event_tasks
     set leased_until = null, last_error = $5, next_run_at = now() + $6 * interval '1 ms', parked_at = case when $7 then now() end
   where tenant_id = $1 and event_id = $2 and subscriber = $3 and attempts = $4`;

const GIVEN_BACK = sql`
  update event_tasks set leased_until = null, attempts = attempts - 1
   where tenant_id = $1 and event_id = $2 and subscriber = $3 and attempts = $4`;

const PARKED = sql`
  select tenant_id, event_id, subscriber, attempts, last_error, parked_at from event_tasks where parked_at is not null order by parked_at desc, event_id limit $1`;

const UNPARK = sql`
  update event_tasks set parked_at = null, attempts = 0, next_run_at = now(), leased_until = null, last_error = null
   where tenant_id = $1 and event_id = $2 and subscriber = $3 and parked_at is not null
  returning event_id`;

type Task = Pick<TaskRow, 'tenant_id' | 'event_id' | 'subscriber' | 'attempts'>;
const keyOf = (task: Task) => [task.tenant_id, task.event_id, task.subscriber, task.attempts];

@Injectable()
export class EventTasksRepository {
  readonly #scope = platformScope('outbox.tasks');

  constructor(private readonly platform: PlatformDb) {}

  claim(subscribers: readonly string[], limit: number, lease_ms: number): Promise<TaskRow[]> {
    return this.platform.query<TaskRow>(this.#scope, CLAIM, [subscribers, limit, lease_ms], { plan: 'by_index' });
  }

  async done(task: Task): Promise<void> {
    await this.platform.query(this.#scope, DONE, keyOf(task));
  }

  async failed(task: Task, failure: { error: string; delay_ms: number; parked: boolean }): Promise<void> {
    await this.platform.query(this.#scope, FAILED, [...keyOf(task), failure.error, failure.delay_ms, failure.parked]);
  }

  async giveBack(task: Task): Promise<void> {
    await this.platform.query(this.#scope, GIVEN_BACK, keyOf(task));
  }

  parked(limit: number): Promise<ParkedTask[]> {
    return this.platform.query<ParkedTask>(this.#scope, PARKED, [limit]);
  }

  /** @returns false when no such task is parked */
  async unpark(task: Omit<Task, 'attempts'>): Promise<boolean> {
    return (await this.platform.query(this.#scope, UNPARK, [task.tenant_id, task.event_id, task.subscriber])).length > 0;
  }
}
