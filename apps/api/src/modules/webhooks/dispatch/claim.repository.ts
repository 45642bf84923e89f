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
/** Not durable: after a crash of the server what was claimed waits again, and is sent again. */
const CLAIMED = { plan: 'by_index', durable: false } as const;

// Lanes in the order in which they are due, at most 8 rows of each: a lane that is full of dead work costs the others nothing. What is under
// way is counted, never stored, so a worker that is killed leaves no wrong number behind. What a tenant may still have is dealt out to its
// lanes, the remainder to those that have waited longest. A lane goes to the back of the round; one that is at its limit is looked at again
// soon. Rows without `delivery_id` are lanes that had room and no work: candidates for sleep.
// Written for one plan only (`by_index`); what is under way is counted in the order of its own index, so that it is this index.
const CLAIM = sql.named('webhooks.claim')`
  with busy as materialized (select b.tenant_id, b.n from unnest($5::uuid[], $6::int[]) as b (tenant_id, n)),
  lane as materialized (
    select l.tenant_id, l.webhook_id, l.proven, l.next_at from webhook_lanes l
     where l.slow = $1 and l.parked_by = '{}' and l.next_at <= now()
       and not exists (select from busy b where b.tenant_id = l.tenant_id and b.n >= $4)
     order by l.next_at limit $2 for update of l skip locked),
  share as (
    select l.tenant_id, l.webhook_id, l.proven, $4::int - coalesce(b.n, 0) as rest,
           count(*) over (partition by l.tenant_id) as lanes, row_number() over (partition by l.tenant_id order by l.next_at) as place
      from lane l left join busy b on b.tenant_id = l.tenant_id),
  room as materialized (
    select s.tenant_id, s.webhook_id, s.proven,
           greatest(0, least($3::int, (s.rest + s.lanes - s.place) / s.lanes, case when s.proven then 16 else 1 end - (
             select count(*) from (
               select 1 from webhook_deliveries d
                where d.tenant_id = s.tenant_id and d.webhook_id = s.webhook_id and d.status = 'delivering'
                order by d.leased_until limit 16) f))) as k
      from share s),
  picked as materialized (
    select q.tenant_id, q.delivery_id, q.webhook_id, r.proven, w.url, w.headers_enc, w.timeout_ms from room r
      cross join lateral (
        select w.url, w.headers_enc, w.timeout_ms from webhook_endpoints w where w.tenant_id = r.tenant_id and w.webhook_id = r.webhook_id offset 0) w
      cross join lateral (
        select d.tenant_id, d.delivery_id, d.webhook_id from webhook_deliveries d
         where d.tenant_id = r.tenant_id and d.webhook_id = r.webhook_id and d.status = 'pending' and d.next_retry_at <= now()
         order by d.next_retry_at, d.delivery_id limit r.k for update skip locked) q
     where r.k > 0),
  leased as (
    update webhook_deliveries d
       set status = 'delivering', attempts = d.attempts + 1, leased_until = now() + (p.timeout_ms + $7::int) * interval '1 ms'
      from picked p
     where d.tenant_id = any (array[p.tenant_id]) and d.webhook_id = any (array[p.webhook_id]) and d.delivery_id = any (array[p.delivery_id])
    returning d.tenant_id, d.delivery_id, d.webhook_id, d.event_id, d.event_type, d.attempts, d.failures, d.trigger,
              p.url, p.headers_enc, p.timeout_ms, p.proven),
  visited as (
    select r.tenant_id, r.webhook_id, r.k, exists (select from picked p where p.tenant_id = r.tenant_id and p.webhook_id = r.webhook_id) as has_work
      from room r),
  turned as (
    update webhook_lanes l set next_at = greatest(l.not_before, clock_timestamp() + case when v.has_work then interval '0' else interval '20 ms' end)
      from visited v where l.tenant_id = v.tenant_id and l.webhook_id = v.webhook_id)
  select d.tenant_id, d.webhook_id, d.delivery_id, d.event_id, d.event_type, d.attempts, d.failures, d.trigger, e.body,
         d.url, d.headers_enc, d.timeout_ms, d.proven,
         c.version as current_version, c.secret_enc as current_enc, x.version as next_version, x.secret_enc as next_enc
    from leased d
    left join lateral (select e.body from events e where e.tenant_id = d.tenant_id and e.event_id = d.event_id offset 0) e on true
    left join lateral (
      select s.version, s.secret_enc from webhook_secrets s
       where s.tenant_id = d.tenant_id and s.webhook_id = d.webhook_id and s.state = 'current' and (s.expires_at is null or s.expires_at > now()) offset 0) c on true
    left join lateral (
      select s.version, s.secret_enc from webhook_secrets s where s.tenant_id = d.tenant_id and s.webhook_id = d.webhook_id and s.state = 'next' offset 0) x on true
  union all
  select v.tenant_id, v.webhook_id, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null
    from visited v where not v.has_work and v.k > 0`;

const LOCK_LANES = sql.named('webhooks.sleep_lock')`
  select l.tenant_id, l.webhook_id from unnest($1::uuid[], $2::uuid[]) as k (tenant_id, webhook_id) cross join lateral (
    select l.tenant_id, l.webhook_id from webhook_lanes l
     where l.tenant_id = k.tenant_id and l.webhook_id = k.webhook_id for update skip locked) l`;
const SLEEP = sql.named('webhooks.sleep')`
  update webhook_lanes l
     set next_at = greatest(l.not_before, case
           when (select true from webhook_deliveries d
                  where d.tenant_id = l.tenant_id and d.webhook_id = l.webhook_id and d.status = 'delivering' order by d.leased_until limit 1)
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
  /** Every lane that could be visited gave all that a visit takes: there are more, of lanes or of rows. */
  readonly is_full: boolean;
}

/** The dispatcher's SQL of lanes and pending deliveries, over all tenants. */
@Injectable()
export class ClaimRepository {
  readonly #scope = platformScope('webhooks.dispatch');

  constructor(private readonly platform: PlatformDb) {}

  async claim({ pool, free, tenant_limit, in_flight, lease_margin_ms }: ClaimTerms): Promise<Claim> {
    const lanes = Math.min(LANES_A_VISIT, free);
    const rows_each = Math.max(1, Math.min(ROWS_A_VISIT, Math.floor(free / lanes)));
    const rows = await this.platform.query<ClaimedDelivery | (LaneKey & { delivery_id: null })>(
      this.#scope,
      CLAIM,
      [pool === 'slow', lanes, rows_each, tenant_limit, [...in_flight.keys()], [...in_flight.values()], lease_margin_ms],
      CLAIMED,
    );
    const work = rows.filter((row): row is ClaimedDelivery => row.delivery_id !== null);
    return { work, idle: rows.filter((row) => row.delivery_id === null), is_full: work.length === lanes * rows_each };
  }

  /**
   * Puts lanes to sleep until their next row is due. Two statements: the second has a newer snapshot than every relay that has committed
   * before the lock. In one, a row that commits between snapshot and lock would be slept over.
   */
  async sleep(lanes: readonly LaneKey[]): Promise<void> {
    await this.platform.run(
      this.#scope,
      async (tx) => {
        const keys = laneKeys(lanes);
        const locked = await tx.query<LaneKey>(LOCK_LANES, [keys.map((k) => k.tenant_id), keys.map((k) => k.webhook_id)]);
        if (locked.length) await tx.query(SLEEP, [locked.map((k) => k.tenant_id), locked.map((k) => k.webhook_id)]);
      },
      CLAIMED,
    );
  }

  /** Retries of these lanes are due. */
  async wake(lanes: readonly LaneKey[]): Promise<void> {
    await this.platform.run(this.#scope, (tx) => fanOutRows.wake(tx, lanes), CLAIMED);
  }
}
