import { sql, type Tx } from '#platform/db/index.js';
import { lastWeekOf, type IdRange } from './id-range.js';

export const DELIVERY_STATUSES = ['pending', 'delivering', 'success', 'dlq', 'held', 'cancelled'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];
export const TRIGGERS = ['auto', 'manual', 'recover', 'test'] as const;

export interface DeliveryRow {
  readonly delivery_id: string;
  readonly webhook_id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly failures: number;
  readonly http_status: number | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly next_retry_at: Date | null;
  readonly trigger: (typeof TRIGGERS)[number];
  readonly created_at: Date;
  readonly completed_at: Date | null;
}
export interface AttemptRow {
  readonly attempt_id: string;
  readonly n: number;
  readonly trigger: string;
  readonly started_at: Date;
  readonly dns_ms: number | null;
  readonly connect_ms: number | null;
  readonly tls_ms: number | null;
  readonly ttfb_ms: number | null;
  readonly total_ms: number | null;
  readonly http_status: number | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly remote_ip: string | null;
  readonly response_headers: Readonly<Record<string, string>> | null;
  readonly response_body: string | null;
  readonly response_encoding: 'utf8' | 'base64' | null;
  readonly response_truncated: boolean;
}
export interface DeliveryFilters {
  readonly webhook_id: string | null;
  readonly status: string | null;
  readonly event_type: string | null;
  readonly http_status: number | null;
  readonly error_code: string | null;
  readonly event_id: string | null;
  /** Ids that a delivery of these times has: the id begins with the time of its event, and its partition is found by it. */
  readonly from_id: string;
  readonly below_id: string;
}
export interface StatsRow {
  readonly counts: Readonly<Record<string, number>>;
  /** Oldest first; an hour in which nothing ended is absent. */
  readonly hours: readonly { readonly at: string; readonly success: number; readonly dlq: number }[];
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly oldest_pending_at: Date | null;
}

const LIST = sql`
  select d.delivery_id, d.webhook_id, d.event_id, d.event_type, d.status, d.attempts, d.failures, d.http_status, d.error_code, d.error_message,
         d.next_retry_at, d.trigger, d.created_at, d.completed_at
    from webhook_deliveries d join webhook_endpoints w on w.tenant_id = d.tenant_id and w.webhook_id = d.webhook_id and w.deleted_at is null
   where d.tenant_id = $1 and d.delivery_id >= $2 and d.delivery_id < $3
     and ($4::uuid is null or d.webhook_id = $4) and ($5::text is null or d.status = $5) and ($6::text is null or d.event_type = $6)
     and ($7::int is null or d.http_status = $7) and ($8::uuid is null or d.event_id = $8)
     and ($9::text is null or d.error_code = $9)
   order by d.delivery_id desc limit $10`;
const FIND = sql`
  select d.delivery_id, d.webhook_id, d.event_id, d.event_type, d.status, d.attempts, d.failures, d.http_status, d.error_code, d.error_message,
         d.next_retry_at, d.trigger, d.created_at, d.completed_at
    from webhook_deliveries d join webhook_endpoints w on w.tenant_id = d.tenant_id and w.webhook_id = d.webhook_id and w.deleted_at is null
   where d.tenant_id = $1 and d.webhook_id = $2 and d.delivery_id = $3`;
const LOCK = sql`
  select delivery_id from webhook_deliveries where tenant_id = $1 and webhook_id = $2 and delivery_id = $3 for update`;
const ATTEMPTS = sql`
  select attempt_id, n, trigger, started_at, dns_ms, connect_ms, tls_ms, ttfb_ms, total_ms, http_status, error_code, error_message, remote_ip,
         response_headers, response_body, response_encoding, response_truncated
    from webhook_attempts where tenant_id = $1 and delivery_id = $2 order by n desc, attempt_id desc limit 200`;
const REQUEUE = sql`
  update webhook_deliveries
     set status = 'pending', failures = 0, lost_leases = 0, next_retry_at = now(), completed_at = null, trigger = 'manual', error_code = null, error_message = null
   where tenant_id = $1 and delivery_id = $2`;
const CANCEL = sql`
  update webhook_deliveries set status = 'cancelled', next_retry_at = null, completed_at = now() where tenant_id = $1 and delivery_id = $2`;
// Ahead of whatever waits in the lane: somebody looks on.
const INSERT_TEST = sql`
  insert into webhook_deliveries (tenant_id, delivery_id, webhook_id, event_id, event_type, status, next_retry_at, trigger)
  values ($1, webhook_delivery_id($3, $2), $2, $3, $4, 'pending', now() - interval '1 day', 'test') returning delivery_id`;
const TESTS_SINCE = sql`
  select count(*)::int as n from webhook_deliveries where tenant_id = $1 and webhook_id = $2 and delivery_id >= $3 and trigger = 'test'`;
const EVENT = sql`
  select event_type, coalesce(full_body, body) as body, target_webhook_id from events where tenant_id = $1 and event_id = $2`;
const STATS = sql`
  with hourly as materialized (
    select date_trunc('hour', created_at, 'UTC') as at, status, count(*)::int as n from webhook_deliveries
     where tenant_id = $1 and webhook_id = $2 and delivery_id >= $3 group by 1, 2)
  select (select coalesce(jsonb_object_agg(c.status, c.n), '{}') from (select status, sum(n)::int as n from hourly group by status) c) as counts,
         (select coalesce(jsonb_agg(jsonb_build_object('at', h.at, 'success', h.success, 'dlq', h.dlq) order by h.at), '[]') from (
            select at, coalesce(sum(n) filter (where status = 'success'), 0)::int as success, coalesce(sum(n) filter (where status = 'dlq'), 0)::int as dlq
              from hourly where status in ('success', 'dlq') group by at) h) as hours,
         (select percentile_disc(0.5) within group (order by total_ms) from webhook_attempts
           where tenant_id = $1 and webhook_id = $2 and attempt_id >= $3 and http_status is not null) as p50_ms,
         (select percentile_disc(0.95) within group (order by total_ms) from webhook_attempts
           where tenant_id = $1 and webhook_id = $2 and attempt_id >= $3 and http_status is not null) as p95_ms,
         (select min(created_at) from webhook_deliveries where tenant_id = $1 and webhook_id = $2 and status = 'pending') as oldest_pending_at`;

/** The SQL of deliveries and attempts as their tenant sees them. */
export const deliveryRows = {
  /** Newest first. A page is in the last week of the range nearly always: asked alone, it is read from two partitions and not from all. */
  async list(tx: Tx, f: DeliveryFilters, take: number): Promise<DeliveryRow[]> {
    const pageOf = ({ from_id, below_id }: IdRange) =>
      tx.query<DeliveryRow>(LIST, [
        tx.tenant_id,
        from_id,
        below_id,
        f.webhook_id,
        f.status,
        f.event_type,
        f.http_status,
        f.event_id,
        f.error_code,
        take,
      ]);
    const newest = await pageOf(lastWeekOf(f, new Date()));
    return newest.length === take ? newest : pageOf(f);
  },
  async find(tx: Tx, webhook_id: string, delivery_id: string): Promise<DeliveryRow | null> {
    return (await tx.query<DeliveryRow>(FIND, [tx.tenant_id, webhook_id, delivery_id]))[0] ?? null;
  },
  async lock(tx: Tx, webhook_id: string, delivery_id: string): Promise<boolean> {
    return (await tx.query(LOCK, [tx.tenant_id, webhook_id, delivery_id])).length > 0;
  },
  attempts: (tx: Tx, delivery_id: string): Promise<AttemptRow[]> => tx.query<AttemptRow>(ATTEMPTS, [tx.tenant_id, delivery_id]),
  async requeue(tx: Tx, delivery_id: string): Promise<void> {
    await tx.query(REQUEUE, [tx.tenant_id, delivery_id]);
  },
  async cancel(tx: Tx, delivery_id: string): Promise<void> {
    await tx.query(CANCEL, [tx.tenant_id, delivery_id]);
  },
  async insertTest(tx: Tx, webhook_id: string, event_id: string, event_type: string): Promise<string> {
    const [row] = await tx.query<{ delivery_id: string }>(INSERT_TEST, [tx.tenant_id, webhook_id, event_id, event_type]);
    return row?.delivery_id ?? '';
  },
  async testsSince(tx: Tx, webhook_id: string, from_id: string): Promise<number> {
    return (await tx.query<{ n: number }>(TESTS_SINCE, [tx.tenant_id, webhook_id, from_id]))[0]?.n ?? 0;
  },
  /** The whole body, also where a thin one was sent. null: its week is gone. */
  async event(tx: Tx, event_id: string): Promise<{ event_type: string; body: string; target_webhook_id: string | null } | null> {
    return (
      (await tx.query<{ event_type: string; body: string; target_webhook_id: string | null }>(EVENT, [tx.tenant_id, event_id]))[0] ?? null
    );
  },
  async stats(tx: Tx, webhook_id: string, from_id: string): Promise<StatsRow> {
    const [row] = await tx.query<StatsRow>(STATS, [tx.tenant_id, webhook_id, from_id]);
    return row ?? { counts: {}, hours: [], p50_ms: null, p95_ms: null, oldest_pending_at: null };
  },
};
