import { sql, type PlatformScope, type Tx } from '#platform/db/index.js';

export interface PublicEventRow {
  readonly tenant_id: string;
  readonly event_id: string;
  readonly event_type: string;
  /** `order.*` */
  readonly wildcard: string;
  readonly requires: string;
  /** The endpoint that the event is about: it is not told of its own trouble. */
  readonly except_webhook_id: string | null;
  readonly target_webhook_id: string | null;
}

// Endpoints as they are now, no cache. `on conflict`: the id is made of event and endpoint, so whatever comes twice is one row. `offset 0`: a tenant's
// own endpoints are looked at, never those of all. Their lanes are
// woken in the same statement, also one that is parked: it may be unparked by a transaction that has not committed yet.
const DELIVER = sql.named('webhooks.fan_out')`
  with made as (
    insert into webhook_deliveries (tenant_id, delivery_id, webhook_id, event_id, event_type, status, next_retry_at)
    select e.tenant_id, webhook_delivery_id(e.event_id, w.webhook_id), w.webhook_id, e.event_id, e.event_type,
           case w.status when 'paused' then 'held' else 'pending' end, case w.status when 'paused' then null else clock_timestamp() end
      from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::uuid[])
             as e (tenant_id, event_id, event_type, wildcard, requires, except_webhook_id, target_webhook_id)
      cross join lateral (
        select w.webhook_id, w.status from webhook_endpoints w
         where w.tenant_id = e.tenant_id and w.deleted_at is null and w.status in ('active', 'paused')
           and w.events && array[e.event_type, e.wildcard, '*'] and e.requires = any (w.granted_requires)
           and w.webhook_id is distinct from e.except_webhook_id and (e.target_webhook_id is null or w.webhook_id = e.target_webhook_id)
        offset 0) w
    on conflict do nothing
    returning tenant_id, webhook_id, status),
  lane as materialized (
    select l.tenant_id, l.webhook_id from (
      select distinct m.tenant_id, m.webhook_id from made m where m.status = 'pending' order by m.tenant_id, m.webhook_id offset 0) k
      cross join lateral (select l.tenant_id, l.webhook_id from webhook_lanes l where l.tenant_id = k.tenant_id and l.webhook_id = k.webhook_id for update) l),
  woken as (
    update webhook_lanes l set next_at = greatest(l.not_before, least(l.next_at, clock_timestamp()))
      from lane where l.tenant_id = lane.tenant_id and l.webhook_id = lane.webhook_id)
  select count(*)::int as due from made where status = 'pending'`;
const WAKE = sql.named('webhooks.wake')`
  with lane as materialized (
    select l.tenant_id, l.webhook_id from unnest($1::uuid[], $2::uuid[]) as k (tenant_id, webhook_id) cross join lateral (
      select l.tenant_id, l.webhook_id from webhook_lanes l where l.tenant_id = k.tenant_id and l.webhook_id = k.webhook_id for update) l)
  update webhook_lanes l set next_at = greatest(l.not_before, least(l.next_at, clock_timestamp()))
    from lane where l.tenant_id = lane.tenant_id and l.webhook_id = lane.webhook_id`;

export interface LaneKey {
  readonly tenant_id: string;
  readonly webhook_id: string;
}

/** In key order and each once: whoever locks several lanes does so in this order. */
export function laneKeys(rows: readonly LaneKey[]): LaneKey[] {
  const byKey = new Map(rows.map(({ tenant_id, webhook_id }) => [`${tenant_id} ${webhook_id}`, { tenant_id, webhook_id }]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}

export const fanOutRows = {
  /** @returns how many deliveries are due now */
  async deliver(tx: Tx<PlatformScope>, events: readonly PublicEventRow[]): Promise<number> {
    const [row] = await tx.query<{ due: number }>(DELIVER, [
      events.map((e) => e.tenant_id),
      events.map((e) => e.event_id),
      events.map((e) => e.event_type),
      events.map((e) => e.wildcard),
      events.map((e) => e.requires),
      events.map((e) => e.except_webhook_id),
      events.map((e) => e.target_webhook_id),
    ]);
    return row?.due ?? 0;
  },
  async wake(tx: Pick<Tx, 'query'>, lanes: readonly LaneKey[]): Promise<void> {
    const keys = laneKeys(lanes);
    if (keys.length) await tx.query(WAKE, [keys.map((k) => k.tenant_id), keys.map((k) => k.webhook_id)]);
  },
};
