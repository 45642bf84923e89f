import { Injectable } from '@nestjs/common';
import type { EventType } from '#contracts/events.js';
import type { EventId, TenantId } from '#contracts/ids.js';
import { sql, type PlatformScope, type Tx } from '../db/index.js';
import type { EventBodies } from './envelope.js';
import type { RelayedEvent } from './subscribers.js';

export interface EventRow extends EventBodies {
  readonly tenant_id: TenantId;
  readonly event_id: EventId;
  readonly type: string;
  readonly subject_id: string;
  readonly sequence: number | null;
  readonly request_id: string;
  readonly target_webhook_id: string | null;
}

export interface Pointer {
  readonly tenant_id: TenantId;
  readonly event_id: EventId;
}

/** `event_type` null: the event's partition is gone, so there is nothing left to send. */
export type TakenPointer = Pointer & {
  readonly event_type: EventType | null;
  readonly subject_id: string;
  readonly target_webhook_id: string | null;
};

const NO_TENANT = '00000000-0000-0000-0000-000000000000';

// The pointer comes from the event's own row, so it is one statement, one round trip, and never half of the two.
const EMIT = sql.named('outbox.emit')`
  with event as (
    insert into events (tenant_id, event_id, event_type, subject_id, sequence, ordering_key, body, full_body, target_webhook_id, request_id)
    values ($1, $2, $3, $4, $5, $4, $6, $7, $8, $9)
    returning tenant_id, event_id
  )
  insert into event_outbox (tenant_id, event_id) select tenant_id, event_id from event`;

const STORE = sql`
  insert into events (tenant_id, event_id, event_type, subject_id, sequence, ordering_key, body, full_body, target_webhook_id, request_id)
  values ($1, $2, $3, $4, $5, $4, $6, $7, $8, $9)`;

// Of each tenant that has pointers its share of the batch, oldest first, so that a tenant with a hundred thousand makes nobody else wait. The
// tenants are found by hopping over the key (`tenants`), from `$2` on, so that the next batch goes on where a batch full of tenants has
// ended. Materialized: as `in (select … limit)` the pick may run again for each outer row and take more than the limit.
const TAKE = sql.named('outbox.take')`
  with recursive hop as (
    (select o.tenant_id from event_outbox o where o.tenant_id > $2 and o.parked_at is null order by o.tenant_id, o.event_id limit 1)
    union all
    select (select o.tenant_id from event_outbox o where o.tenant_id > h.tenant_id and o.parked_at is null order by o.tenant_id, o.event_id limit 1)
      from hop h where h.tenant_id is not null),
  tenants as materialized (select h.tenant_id from hop h where h.tenant_id is not null limit $1),
  picked as materialized (
    select p.tenant_id, p.event_id from tenants t cross join lateral (
      select o.tenant_id, o.event_id from event_outbox o
       where o.tenant_id = t.tenant_id and o.parked_at is null and o.not_before <= now()
       order by o.event_id limit (select ceil($1::float8 / count(*)) from tenants) for update skip locked) p
     limit $1),
  taken as (
    delete from event_outbox o using picked p where o.tenant_id = any (array[p.tenant_id]) and o.event_id = any (array[p.event_id])
    returning o.tenant_id, o.event_id)
  select t.tenant_id, t.event_id, e.event_type, e.subject_id, e.target_webhook_id
    from taken t left join lateral (
      select e.event_type, e.subject_id, e.target_webhook_id from events e where e.tenant_id = t.tenant_id and e.event_id = t.event_id offset 0) e on true
   order by t.event_id`;

const TAKE_ONE = sql`
  with picked as materialized (
    select tenant_id, event_id from event_outbox
     where tenant_id = $1 and event_id = $2 and parked_at is null
     for update skip locked
  ), taken as (
    delete from event_outbox o using picked p where o.tenant_id = p.tenant_id and o.event_id = p.event_id
    returning o.tenant_id, o.event_id
  )
  select t.tenant_id, t.event_id, e.event_type, e.subject_id, e.target_webhook_id
    from taken t left join events e on e.tenant_id = t.tenant_id and e.event_id = t.event_id`;

const PUT_BACK = sql`
  update event_outbox
     set attempts = attempts + 1, not_before = now() + $3 * interval '1 ms' * 2 ^ (attempts + 1), last_error = $4,
         parked_at = case when attempts + 1 >= $5 then now() end
   where tenant_id = $1 and event_id = $2
  returning parked_at is not null as parked`;

const ADD_TASKS = sql`
  insert into event_tasks (tenant_id, event_id, subscriber)
  select t.tenant_id, t.event_id, t.subscriber from unnest($1::uuid[], $2::uuid[], $3::text[]) as t (tenant_id, event_id, subscriber)
  on conflict do nothing`;

const STATE = sql`
  select count(*) filter (where parked_at is null)::int as waiting, count(*) filter (where parked_at is not null)::int as parked,
         coalesce(extract(epoch from now() - min(not_before) filter (where parked_at is null and not_before <= now())), 0)::float8 as lag_seconds
    from event_outbox`;

const PARKED = sql`
  select tenant_id, event_id, attempts, last_error, parked_at from event_outbox where parked_at is not null order by parked_at desc, event_id limit $1`;

const UNPARK = sql`
  update event_outbox set parked_at = null, attempts = 0, not_before = now(), last_error = null
   where tenant_id = $1 and event_id = $2 and parked_at is not null
  returning event_id`;

@Injectable()
export class OutboxRepository {
  async insert(tx: Tx, row: EventRow): Promise<void> {
    await tx.query(EMIT, valuesOf(row));
  }

  /** Without a pointer: nobody relays it. */
  async store(tx: Tx, row: EventRow): Promise<void> {
    await tx.query(STORE, valuesOf(row));
  }

  /** @param after tenants that come after this one; null: from the first */
  take(tx: Tx<PlatformScope>, limit: number, after: string | null): Promise<TakenPointer[]> {
    return tx.query<TakenPointer>(TAKE, [limit, after ?? NO_TENANT]);
  }

  takeOne(tx: Tx<PlatformScope>, pointer: Pointer): Promise<TakenPointer[]> {
    return tx.query<TakenPointer>(TAKE_ONE, [pointer.tenant_id, pointer.event_id]);
  }

  /** @returns whether the pointer is parked now */
  async putBack(
    tx: Tx<PlatformScope>,
    pointer: Pointer,
    failure: { error: string; unit_ms: number; max_attempts: number },
  ): Promise<boolean> {
    const [row] = await tx.query<{ parked: boolean }>(PUT_BACK, [
      pointer.tenant_id,
      pointer.event_id,
      failure.unit_ms,
      failure.error,
      failure.max_attempts,
    ]);
    return row?.parked ?? false;
  }

  async addTasks(tx: Tx<PlatformScope>, tasks: readonly { event: RelayedEvent; subscriber: string }[]): Promise<void> {
    if (tasks.length === 0) return;
    await tx.query(ADD_TASKS, [tasks.map((t) => t.event.tenant_id), tasks.map((t) => t.event.event_id), tasks.map((t) => t.subscriber)]);
  }

  async state(tx: Tx<PlatformScope>): Promise<OutboxState> {
    const [row] = await tx.query<OutboxState>(STATE);
    return row ?? { waiting: 0, parked: 0, lag_seconds: 0 };
  }

  parked(tx: Tx<PlatformScope>, limit: number): Promise<ParkedPointer[]> {
    return tx.query<ParkedPointer>(PARKED, [limit]);
  }

  /** @returns false when no such pointer is parked */
  async unpark(tx: Tx<PlatformScope>, pointer: Pointer): Promise<boolean> {
    return (await tx.query(UNPARK, [pointer.tenant_id, pointer.event_id])).length > 0;
  }
}

const valuesOf = (row: EventRow) => [
  row.tenant_id,
  row.event_id,
  row.type,
  row.subject_id,
  row.sequence,
  row.body,
  row.full_body,
  row.target_webhook_id,
  row.request_id,
];

export interface OutboxState {
  readonly waiting: number;
  readonly parked: number;
  readonly lag_seconds: number;
}

export type ParkedPointer = Pointer & { readonly attempts: number; readonly last_error: string | null; readonly parked_at: Date };
