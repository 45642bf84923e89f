import { Injectable } from '@nestjs/common';
import { newId } from '#platform/crypto/index.js';
import { PlatformDb, sql } from '#platform/db/index.js';
import { platformScope } from '#platform/queue/index.js';
import { fanOutRows, type LaneKey } from './fan-out.repository.js';

const LOST_AT_ONCE = 500;
const OPEN_AT_ONCE = 2_000;
const LOST_LEASES_MOST = 5;

const EXPIRED = sql`
  select tenant_id, delivery_id from webhook_deliveries
   where status = 'delivering' and leased_until < now() order by tenant_id, delivery_id limit $1 for update skip locked`;
// A worker that was lost is our fault: `failures` stays. One that is lost five times in a row dies of this delivery.
const LOST = sql`
  with lost as (
    update webhook_deliveries d
       set status = case when w.deleted_at is not null then 'cancelled' when d.lost_leases + 1 >= $4 then 'dlq'
                         when w.status <> 'active' then 'held' else 'pending' end,
           lost_leases = d.lost_leases + 1, error_code = 'worker_lost', error_message = 'The worker was lost while it was sending.', leased_until = null,
           next_retry_at = case when w.deleted_at is null and d.lost_leases + 1 < $4 and w.status = 'active' then now() end,
           completed_at = case when w.deleted_at is not null or d.lost_leases + 1 >= $4 then now() end
      from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as k (tenant_id, delivery_id, attempt_id), webhook_endpoints w
     where d.tenant_id = k.tenant_id and d.delivery_id = k.delivery_id and w.tenant_id = d.tenant_id and w.webhook_id = d.webhook_id
    returning d.tenant_id, d.webhook_id, d.delivery_id, d.attempts, d.trigger, d.status, d.event_type, k.attempt_id),
  logged as (
    insert into webhook_attempts (tenant_id, attempt_id, delivery_id, webhook_id, n, trigger, started_at, error_code, error_message)
    select l.tenant_id, l.attempt_id, l.delivery_id, l.webhook_id, l.attempts, l.trigger, now(), 'worker_lost', 'The worker was lost while it was sending.'
      from lost l)
  select tenant_id, webhook_id, status, event_type from lost`;
/** Rows that slipped in while their lane was being parked, and what a request left over because there was too much of it. */
const PUT_AWAY = sql`
  with picked as materialized (
    select d.tenant_id, d.delivery_id, l.parked_by from webhook_lanes l
      join webhook_deliveries d on d.tenant_id = l.tenant_id and d.webhook_id = l.webhook_id
     where l.parked_by && array['paused', 'disabled', 'deleted']
       and (d.status = 'pending' or d.status = 'held' and 'deleted' = any (l.parked_by))
     limit $1 for update of d skip locked)
  update webhook_deliveries d
     set status = case when 'deleted' = any (p.parked_by) then 'cancelled' else 'held' end, next_retry_at = null,
         completed_at = case when 'deleted' = any (p.parked_by) then now() end
    from picked p where d.tenant_id = p.tenant_id and d.delivery_id = p.delivery_id
  returning d.delivery_id`;
/** Must find nothing: a lane that sleeps has no work. */
const ASLEEP_OVER_WORK = sql`
  select l.tenant_id, l.webhook_id from webhook_lanes l
   where l.next_at = 'infinity' and l.parked_by = '{}' and exists (
     select from webhook_deliveries d where d.tenant_id = l.tenant_id and d.webhook_id = l.webhook_id and d.status in ('pending', 'delivering'))
   limit 1000`;
const OVERLAPS_OVER = sql`
  select s.tenant_id, s.webhook_id from webhook_secrets s where s.state = 'current' and s.expires_at < now() order by s.expires_at limit 200`;
const WITHOUT_SUCCESS = sql`
  select tenant_id, webhook_id, warned_at_percent,
         (extract(epoch from now() - failing_since) * 1000 / $1::float8 * 100)::float8 as percent
    from webhook_endpoints
   where status = 'active' and deleted_at is null and failure_count >= $2 and failing_since < now() - $1::float8 * 0.5 * interval '1 ms'
   order by failing_since limit 500`;
/** Lanes of tenants that are closed, or whose module is off, rest; rows stay as they are. */
const REST = sql`
  with wanted as materialized (
    select l.tenant_id, l.webhook_id,
           t.access is distinct from 'full' and t.access is distinct from 'read_only' as closed,
           not coalesce(m.enabled, false) or not coalesce(e.modules @> array['webhooks'], true)
             or exists (select from modules where module_code = 'webhooks' and not is_active) as off
      from webhook_lanes l
      left join tenant_state t on t.tenant_id = l.tenant_id
      left join tenant_modules m on m.tenant_id = l.tenant_id and m.module_code = 'webhooks'
      left join entitlements e on e.tenant_id = l.tenant_id
     where $1::uuid is null or l.tenant_id = $1),
  changed as materialized (
    select l.tenant_id, l.webhook_id, w.closed, w.off from webhook_lanes l
      join wanted w on w.tenant_id = l.tenant_id and w.webhook_id = l.webhook_id
     where w.closed <> ('tenant' = any (l.parked_by)) or w.off <> ('module' = any (l.parked_by))
     order by l.tenant_id, l.webhook_id for update of l)
  update webhook_lanes l
     set parked_by = array_remove(array_remove(l.parked_by, 'tenant'), 'module')
                     || case when c.closed then array['tenant'] else '{}' end || case when c.off then array['module'] else '{}' end,
         next_at = greatest(l.not_before, clock_timestamp())
    from changed c where l.tenant_id = c.tenant_id and l.webhook_id = c.webhook_id
  returning l.webhook_id`;
const SKEW = sql`select extract(epoch from clock_timestamp())::float8 as now`;
const STATE = sql`
  select case when l.slow then 'slow' else 'fast' end as pool, count(*)::int as due,
         coalesce(extract(epoch from now() - min(d.next_retry_at) filter (where d.trigger <> 'test')), 0)::float8 as oldest_seconds
    from webhook_lanes l join webhook_deliveries d on d.tenant_id = l.tenant_id and d.webhook_id = l.webhook_id
   where l.parked_by = '{}' and d.status = 'pending' and d.next_retry_at <= now()
   group by l.slow`;
const LANES = sql`
  select case when parked_by <> '{}' then 'parked' when next_at = 'infinity' then 'asleep' when slow then 'slow' else 'fast' end as state, count(*)::int as lanes
    from webhook_lanes group by 1`;

export interface LostDelivery extends LaneKey {
  readonly status: string;
  readonly event_type: string;
}
export interface WithoutSuccess extends LaneKey {
  readonly warned_at_percent: number;
  /** Of the time after which the endpoint is disabled. */
  readonly percent: number;
}

/** What no request looks after, over all tenants. */
@Injectable()
export class SweepRepository {
  readonly #scope = platformScope('webhooks.sweep');

  constructor(private readonly platform: PlatformDb) {}

  /** Deliveries whose lease is over wait again, or end. */
  expireLeases(): Promise<LostDelivery[]> {
    return this.platform.run(this.#scope, async (tx) => {
      const expired = await tx.query<{ tenant_id: string; delivery_id: string }>(EXPIRED, [LOST_AT_ONCE]);
      if (expired.length === 0) return [];
      const lost = await tx.query<LostDelivery>(LOST, [
        expired.map((row) => row.tenant_id), expired.map((row) => row.delivery_id), expired.map(() => newId()), LOST_LEASES_MOST,
      ]); // prettier-ignore
      await fanOutRows.wake(tx, lost);
      return lost;
    });
  }

  /** @returns whether there may be more */
  async putAway(): Promise<boolean> {
    return (await this.platform.query(this.#scope, PUT_AWAY, [OPEN_AT_ONCE])).length === OPEN_AT_ONCE;
  }

  /** @returns how many lanes slept over work */
  repairLanes(): Promise<number> {
    return this.platform.run(this.#scope, async (tx) => {
      const lanes = await tx.query<LaneKey>(ASLEEP_OVER_WORK);
      await fanOutRows.wake(tx, lanes);
      return lanes.length;
    });
  }

  overlapsOver(): Promise<LaneKey[]> {
    return this.platform.query<LaneKey>(this.#scope, OVERLAPS_OVER);
  }

  /** Endpoints that have failed for at least half of `disable_after_ms`. */
  withoutSuccess(disable_after_ms: number, failures: number): Promise<WithoutSuccess[]> {
    return this.platform.query<WithoutSuccess>(this.#scope, WITHOUT_SUCCESS, [disable_after_ms, failures]);
  }

  /** @param tenant_id null: all. @returns how many lanes rest or run now that did not */
  async rest(tenant_id: string | null): Promise<number> {
    return (await this.platform.query(this.#scope, REST, [tenant_id])).length;
  }

  /** Seconds since 1970 as the database has them. */
  async databaseTime(): Promise<number> {
    return (await this.platform.query<{ now: number }>(this.#scope, SKEW))[0]?.now ?? 0;
  }

  backlog(): Promise<{ pool: string; due: number; oldest_seconds: number }[]> {
    return this.platform.query(this.#scope, STATE);
  }

  lanes(): Promise<{ state: string; lanes: number }[]> {
    return this.platform.query(this.#scope, LANES);
  }
}
