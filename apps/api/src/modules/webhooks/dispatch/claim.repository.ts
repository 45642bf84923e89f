import { Injectable } from '@nestjs/common';
import { PlatformDb, sql } from '#platform/db/index.js';
import { platformScope } from '#platform/queue/index.js';
import { fanOutRows, laneKeys, type LaneKey } from './fan-out.repository.js';

export type PoolName = 'fast' | 'slow';
export type Trigger = 'auto' | 'manual' | 'recover' | 'test';

export interface ClaimedDelivery extends LaneKey {
  readonly delivery_id: string;
  readonly event_id: string;
  readonly event_type: string;
  /** This start: the fence of its result. */
  readonly attempts: number;
  readonly failures: number;
  readonly trigger: Trigger;
  /** null: the event's week is gone. */
  readonly body: string | null;
  readonly url: string;
  readonly headers_enc: string | null;
  readonly timeout_ms: number;
  readonly proven: boolean;
  readonly current_version: number | null;
  readonly current_enc: string | null;
  readonly next_version: number | null;
  readonly next_enc: string | null;
}

export interface ClaimTerms {
  readonly pool: PoolName;
  /** Free places of the pool: no more is claimed. */
  readonly free: number;
  /** Most that one tenant may have under way in this pool. */
  readonly tenant_limit: number;
  /** What is under way now. */
  readonly in_flight: ReadonlyMap<string, number>;
  readonly lease_margin_ms: number;
}

const LANES_A_VISIT = 32;
const ROWS_A_VISIT = 8;

// Lanes in the order in which they are due, at most 8 rows of each: a lane that is full of dead work costs the others nothing. What is under
// way is counted, never stored, so a worker that is killed leaves no wrong number behind. A lane goes to the back of the round; one that is
// at its limit is looked at again soon. A tenant's share is cut from what was found, one of each lane in turn. Rows without `delivery_id` are lanes that had room and no work: candidates for sleep.
const CLAIM = sql.named('webhooks.claim')`
  with busy as materialized (select b.tenant_id, b.n from unnest($5::uuid[], $6::int[]) as b (tenant_id, n)),
  lane as materialized (
    select l.tenant_id, l.webhook_id, l.proven from webhook_lanes l
     where l.slow = $1 and l.parked_by = '{}' and l.next_at <= now()
       and not exists (select from busy b where b.tenant_id = l.tenant_id and b.n >= $4)
     order by l.next_at limit $2 for update of l skip locked),
  room as materialized (
    select l.tenant_id, l.webhook_id, l.proven,
           greatest(0, least($3::int, case when l.proven then 16 else 1 end - (
             select count(*)::int from (
               select 1 from webhook_deliveries d
                where d.tenant_id = l.tenant_id and d.webhook_id = l.webhook_id and d.status = 'delivering' limit 16) f))) as k
      from lane l),
  found as materialized (
    select d.tenant_id, d.delivery_id, d.webhook_id, d.place from room r cross join lateral (
      select p.tenant_id, p.delivery_id, p.webhook_id, row_number() over () as place from (
        select q.tenant_id, q.delivery_id, q.webhook_id from webhook_deliveries q
         where q.tenant_id = r.tenant_id and q.webhook_id = r.webhook_id and q.status = 'pending' and q.next_retry_at <= now()
         order by q.next_retry_at, q.delivery_id limit r.k for update skip locked) p) d),
  ranked as (
    select f.tenant_id, f.delivery_id, f.webhook_id, row_number() over (partition by f.tenant_id order by f.place, f.webhook_id) as turn from found f),
  picked as materialized (
    select k.tenant_id, k.delivery_id, k.webhook_id from ranked k left join busy b on b.tenant_id = k.tenant_id
     where k.turn <= $4::int - coalesce(b.n, 0)),
  leased as (
    update webhook_deliveries d
       set status = 'delivering', attempts = d.attempts + 1, leased_until = now() + (w.timeout_ms + $7::int) * interval '1 ms'
      from picked p join webhook_endpoints w on w.tenant_id = p.tenant_id and w.webhook_id = p.webhook_id
     where d.tenant_id = p.tenant_id and d.delivery_id = p.delivery_id
    returning d.tenant_id, d.delivery_id, d.webhook_id, d.event_id, d.event_type, d.attempts, d.failures, d.trigger,
              w.url, w.headers_enc, w.timeout_ms),
  visited as (
    select r.tenant_id, r.webhook_id, r.k, count(f.delivery_id) as n
      from room r left join found f on f.tenant_id = r.tenant_id and f.webhook_id = r.webhook_id
     group by r.tenant_id, r.webhook_id, r.k),
  turned as (
    update webhook_lanes l set next_at = greatest(l.not_before, clock_timestamp() + case when v.n > 0 then interval '0' else interval '20 ms' end)
      from visited v where l.tenant_id = v.tenant_id and l.webhook_id = v.webhook_id)
  select d.tenant_id, d.webhook_id, d.delivery_id, d.event_id, d.event_type, d.attempts, d.failures, d.trigger, e.body,
         d.url, d.headers_enc, d.timeout_ms, r.proven,
         c.version as current_version, c.secret_enc as current_enc, x.version as next_version, x.secret_enc as next_enc
    from leased d
    join room r on r.tenant_id = d.tenant_id and r.webhook_id = d.webhook_id
    left join events e on e.tenant_id = d.tenant_id and e.event_id = d.event_id
    left join webhook_secrets c on c.tenant_id = d.tenant_id and c.webhook_id = d.webhook_id and c.state = 'current'
                               and (c.expires_at is null or c.expires_at > now())
    left join webhook_secrets x on x.tenant_id = d.tenant_id and x.webhook_id = d.webhook_id and x.state = 'next'
  union all
  select v.tenant_id, v.webhook_id, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null
    from visited v where v.n = 0 and v.k > 0`;

const LOCK_LANES = sql.named('webhooks.sleep_lock')`
  select l.tenant_id, l.webhook_id from webhook_lanes l join unnest($1::uuid[], $2::uuid[]) as k (tenant_id, webhook_id)
      on l.tenant_id = k.tenant_id and l.webhook_id = k.webhook_id
   order by l.tenant_id, l.webhook_id for update of l skip locked`;
const SLEEP = sql.named('webhooks.sleep')`
  update webhook_lanes l
     set next_at = greatest(l.not_before, case
           when exists (select from webhook_deliveries d where d.tenant_id = l.tenant_id and d.webhook_id = l.webhook_id and d.status = 'delivering')
             then least(clock_timestamp() + interval '1 s', due.at)
           else coalesce(due.at, 'infinity') end)
    from unnest($1::uuid[], $2::uuid[]) as k (tenant_id, webhook_id)
    left join lateral (
      select d.next_retry_at as at from webhook_deliveries d
       where d.tenant_id = k.tenant_id and d.webhook_id = k.webhook_id and d.status = 'pending'
       order by d.next_retry_at limit 1) due on true
   where l.tenant_id = k.tenant_id and l.webhook_id = k.webhook_id`;

export interface Claim {
  readonly work: readonly ClaimedDelivery[];
  /** Lanes that had room and nothing due. */
  readonly idle: readonly LaneKey[];
}

/** The dispatcher's SQL of lanes and pending deliveries, over all tenants. */
@Injectable()
export class ClaimRepository {
  readonly #scope = platformScope('webhooks.dispatch');

  constructor(private readonly platform: PlatformDb) {}

  async claim({ pool, free, tenant_limit, in_flight, lease_margin_ms }: ClaimTerms): Promise<Claim> {
    const lanes = Math.min(LANES_A_VISIT, free);
    const rows_each = Math.max(1, Math.min(ROWS_A_VISIT, Math.floor(free / lanes)));
    const rows = await this.platform.query<ClaimedDelivery | (LaneKey & { delivery_id: null })>(this.#scope, CLAIM, [
      pool === 'slow',
      lanes,
      rows_each,
      tenant_limit,
      [...in_flight.keys()],
      [...in_flight.values()],
      lease_margin_ms,
    ]);
    return {
      work: rows.filter((row): row is ClaimedDelivery => row.delivery_id !== null),
      idle: rows.filter((row) => row.delivery_id === null),
    };
  }

  /**
   * Puts lanes to sleep until their next row is due. Two statements: the second has a newer snapshot than every relay that has committed
   * before the lock. In one, a row that commits between snapshot and lock would be slept over.
   */
  async sleep(lanes: readonly LaneKey[]): Promise<void> {
    await this.platform.run(this.#scope, async (tx) => {
      const keys = laneKeys(lanes);
      const locked = await tx.query<LaneKey>(LOCK_LANES, [keys.map((k) => k.tenant_id), keys.map((k) => k.webhook_id)]);
      if (locked.length) await tx.query(SLEEP, [locked.map((k) => k.tenant_id), locked.map((k) => k.webhook_id)]);
    });
  }

  /** Retries of these lanes are due. */
  async wake(lanes: readonly LaneKey[]): Promise<void> {
    await this.platform.run(this.#scope, (tx) => fanOutRows.wake(tx, lanes));
  }
}
