import { sql, type Tx } from '#platform/db/index.js';
import type { KeptError } from '#platform/queue/index.js';
import type { DeliveryStatus } from '../deliveries/deliveries.repository.js';

export const BULK_KINDS = ['replay', 'purge', 'recover', 'release'] as const;
export type BulkKind = (typeof BULK_KINDS)[number];
export const BULK_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type BulkState = (typeof BULK_STATES)[number];

/** Which deliveries; kept with the job, so that a job that goes on after a crash means the same ones. */
export interface BulkFilter {
  readonly from_id: string;
  readonly below_id: string;
  readonly statuses: readonly DeliveryStatus[];
  readonly event_type: string | null;
  readonly http_status: number | null;
  readonly error_code: string | null;
  /** null: all. */
  readonly delivery_ids: readonly string[] | null;
  /** Also events that made no delivery at the time. */
  readonly include_missing: boolean;
}
export interface BulkJobRow {
  readonly webhook_job_id: string;
  readonly webhook_id: string;
  readonly kind: BulkKind;
  readonly filter: BulkFilter;
  readonly phase: 'rows' | 'missing';
  readonly cursor: string | null;
  readonly total: string | null;
  readonly done: string;
  readonly state: BulkState;
  readonly created_by: string | null;
  readonly principal_id: string | null;
  readonly error: KeptError | null;
  readonly created_at: Date;
  readonly finished_at: Date | null;
}
export interface NewBulkJob {
  readonly webhook_job_id: string;
  readonly webhook_id: string;
  readonly kind: BulkKind;
  readonly filter: BulkFilter;
  readonly total: number | null;
  readonly created_by: string | null;
  /** Who is asked again for the permission when it runs; null: the product itself goes on with what was allowed. */
  readonly principal_id: string | null;
  readonly permission: string | null;
}
/** What a step has taken. */
export interface Taken {
  readonly delivery_ids: readonly string[];
  /** The last of what was looked at; null: nothing is left. */
  readonly last: string | null;
}

/** The six statements of the queue. */
export const bulkStatements = {
  due: sql`
    select webhook_job_id, attempts from webhook_jobs
     where (state = 'queued' and next_run_at <= now()) or (state = 'running' and lease_until < now())
     order by next_run_at limit $1`,
  claim: sql`
    update webhook_jobs
       set state = 'running', lease_until = now() + $2 * interval '1 ms', fence = fence + 1, attempts = attempts + 1
     where (tenant_id, webhook_job_id) = (
       select tenant_id, webhook_job_id from webhook_jobs
        where webhook_job_id = $1 and ((state = 'queued' and next_run_at <= now()) or (state = 'running' and lease_until < now()))
          for update skip locked)
    returning tenant_id, webhook_job_id, webhook_id, attempts, fence, request_id, principal_id, permission`,
  heartbeat: sql`
    update webhook_jobs set lease_until = now() + $3 * interval '1 ms' where webhook_job_id = $1 and fence = $2 and state = 'running' returning webhook_job_id`,
  release: sql`
    update webhook_jobs set state = 'queued', attempts = greatest(0, attempts - 1), next_run_at = now() + $3 * interval '1 ms', lease_until = null
     where webhook_job_id = $1 and fence = $2 and state = 'running' returning webhook_job_id`,
  retry: sql`
    update webhook_jobs set state = 'queued', next_run_at = now() + $3 * interval '1 ms', lease_until = null, error = $4
     where webhook_job_id = $1 and fence = $2 and state = 'running' returning webhook_job_id`,
  fail: sql`
    update webhook_jobs set state = 'failed', finished_at = now(), lease_until = null, error = $3
     where webhook_job_id = $1 and fence = $2 and state = 'running' returning webhook_job_id`,
};

const INSERT = sql`
  insert into webhook_jobs (tenant_id, webhook_job_id, webhook_id, kind, filter, total, created_by, principal_id, permission, request_id)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;
const FIND = sql`
  select j.webhook_job_id, j.webhook_id, j.kind, j.filter, j.phase, j.cursor, j.total, j.done, j.state, j.created_by, j.principal_id, j.error, j.created_at, j.finished_at
    from webhook_jobs j join webhook_endpoints w on w.tenant_id = j.tenant_id and w.webhook_id = j.webhook_id and w.deleted_at is null
   where j.tenant_id = $1 and j.webhook_job_id = $2`;
const LIST = sql`
  select webhook_job_id, webhook_id, kind, filter, phase, cursor, total, done, state, created_by, principal_id, error, created_at, finished_at
    from webhook_jobs where tenant_id = $1 and webhook_id = $2 and ($3::uuid is null or webhook_job_id < $3)
   order by webhook_job_id desc limit $4`;
const HOLD = sql`
  select webhook_job_id, webhook_id, kind, filter, phase, cursor, total, done, state, created_by, principal_id, error, created_at, finished_at
    from webhook_jobs where tenant_id = $1 and webhook_job_id = $2 and fence = $3 and state = 'running' for update`;
const MOVE = sql`
  update webhook_jobs set phase = $3, cursor = $4, done = done + $5, attempts = 1, error = null where tenant_id = $1 and webhook_job_id = $2`;
const FINISH = sql`
  update webhook_jobs set state = 'succeeded', finished_at = now(), lease_until = null, error = null
   where tenant_id = $1 and webhook_job_id = $2 returning finished_at`;
/** Gives its place to other jobs; the reaper rings. */
const STEP_ASIDE = sql`
  update webhook_jobs set state = 'queued', attempts = 0, next_run_at = now(), lease_until = null where tenant_id = $1 and webhook_job_id = $2`;
const CANCEL = sql`
  update webhook_jobs set state = 'cancelled', finished_at = now(), lease_until = null
   where tenant_id = $1 and webhook_job_id = $2 and state in ('queued', 'running') returning webhook_job_id`;
const CANCEL_ALL = sql`
  update webhook_jobs set state = 'cancelled', finished_at = now(), lease_until = null
   where tenant_id = $1 and webhook_id = $2 and state in ('queued', 'running')`;
const OPEN_RELEASE = sql`
  select webhook_job_id from webhook_jobs where tenant_id = $1 and webhook_id = $2 and kind = 'release' and state in ('queued', 'running') limit 1`;

const COUNT = sql`
  select count(*)::int as n from webhook_deliveries d
   where d.tenant_id = $1 and d.webhook_id = $2 and d.delivery_id >= $3 and d.delivery_id < $4 and d.status = any ($5::text[])
     and ($6::text is null or d.event_type = $6) and ($7::int is null or d.http_status = $7) and ($8::uuid[] is null or d.delivery_id = any ($8))
     and ($9::text is null or d.error_code = $9)`;
const COUNT_MISSING = sql`
  select count(*)::int as n from events e
   where e.tenant_id = $1 and e.event_id >= $3 and e.event_id < $4 and e.event_type = any ($5::text[]) and e.target_webhook_id is null
     and not (e.event_type like 'webhook.%' and e.subject_id = $2::uuid::text)
     and not exists (select from webhook_deliveries d where d.tenant_id = e.tenant_id and d.delivery_id = webhook_delivery_id(e.event_id, $2))`;
const KNOWN = sql`
  select count(*)::int as n from webhook_deliveries where tenant_id = $1 and webhook_id = $2 and delivery_id = any ($3::uuid[])`;
const HAS_HELD = sql`
  select exists (select from webhook_deliveries where tenant_id = $1 and webhook_id = $2 and status = 'held') as has_held`;
const STILL_OPEN = sql`
  select delivery_id from webhook_deliveries where tenant_id = $1 and delivery_id = any ($2::uuid[]) and status in ('pending', 'delivering')`;
// Waits for rows that somebody else holds: a row that were skipped would be behind the cursor for good.
const TAKE = sql`
  with picked as materialized (
    select d.delivery_id from webhook_deliveries d
     where d.tenant_id = $1 and d.webhook_id = $2 and d.delivery_id >= $3 and d.delivery_id < $4 and d.status = any ($5::text[])
       and ($6::text is null or d.event_type = $6) and ($7::int is null or d.http_status = $7) and ($8::uuid[] is null or d.delivery_id = any ($8))
       and ($9::text is null or d.error_code = $9) and ($10::uuid is null or d.delivery_id > $10)
     order by d.delivery_id limit $11 for update),
  changed as (
    update webhook_deliveries d
       set status = $12, failures = 0, lost_leases = 0, error_code = null, error_message = null, trigger = $13,
           next_retry_at = case when $12 = 'pending' then now() end, completed_at = case when $12 = 'cancelled' then now() end
      from picked p where d.tenant_id = $1 and d.delivery_id = p.delivery_id)
  select p.delivery_id from picked p order by p.delivery_id`;
const PURGE = sql`
  with picked as materialized (
    select d.delivery_id from webhook_deliveries d
     where d.tenant_id = $1 and d.webhook_id = $2 and d.delivery_id >= $3 and d.delivery_id < $4 and d.status = any ($5::text[])
       and ($6::text is null or d.event_type = $6) and ($7::int is null or d.http_status = $7) and ($8::uuid[] is null or d.delivery_id = any ($8))
       and ($9::text is null or d.error_code = $9) and ($10::uuid is null or d.delivery_id > $10)
     order by d.delivery_id limit $11 for update),
  changed as (
    update webhook_deliveries d set status = 'cancelled', next_retry_at = null, completed_at = now()
      from picked p where d.tenant_id = $1 and d.delivery_id = p.delivery_id)
  select p.delivery_id from picked p order by p.delivery_id`;
// The same id as the relay would give it, so an event that is relayed meanwhile is one row.
const MAKE_MISSING = sql`
  with picked as materialized (
    select e.event_id, e.event_type, webhook_delivery_id(e.event_id, $2) as delivery_id from events e
     where e.tenant_id = $1 and e.event_id >= $3 and e.event_id < $4 and e.event_type = any ($5::text[]) and e.target_webhook_id is null
       and not (e.event_type like 'webhook.%' and e.subject_id = $2::uuid::text)
       and ($6::uuid is null or e.event_id > $6)
       and not exists (select from webhook_deliveries d where d.tenant_id = e.tenant_id and d.delivery_id = webhook_delivery_id(e.event_id, $2))
     order by e.event_id limit $7),
  made as (
    insert into webhook_deliveries (tenant_id, delivery_id, webhook_id, event_id, event_type, status, next_retry_at, trigger)
    select $1, p.delivery_id, $2, p.event_id, p.event_type, 'pending', now(), 'recover' from picked p on conflict do nothing)
  select p.delivery_id, p.event_id from picked p order by p.event_id`;

const filterParams = (tx: Tx, webhook_id: string, f: BulkFilter) =>
  [tx.tenant_id, webhook_id, f.from_id, f.below_id, f.statuses, f.event_type, f.http_status, f.delivery_ids, f.error_code] as const;

/** The SQL of webhook_jobs and of what they do to deliveries; in the tenant's scope. */
export const bulkRows = {
  async insert(tx: Tx, job: NewBulkJob): Promise<void> {
    await tx.query(INSERT, [
      tx.tenant_id, job.webhook_job_id, job.webhook_id, job.kind, { ...job.filter }, job.total, job.created_by, job.principal_id, job.permission,
      tx.scope.request_id,
    ]); // prettier-ignore
  },
  async find(tx: Tx, webhook_job_id: string): Promise<BulkJobRow | null> {
    return (await tx.query<BulkJobRow>(FIND, [tx.tenant_id, webhook_job_id]))[0] ?? null;
  },
  list: (tx: Tx, webhook_id: string, after: string | null, take: number): Promise<BulkJobRow[]> =>
    tx.query<BulkJobRow>(LIST, [tx.tenant_id, webhook_id, after, take]),
  /** null: the lease is lost, or somebody has cancelled it. */
  async hold(tx: Tx, webhook_job_id: string, fence: string): Promise<BulkJobRow | null> {
    return (await tx.query<BulkJobRow>(HOLD, [tx.tenant_id, webhook_job_id, fence]))[0] ?? null;
  },
  async move(tx: Tx, webhook_job_id: string, to: { phase: BulkJobRow['phase']; cursor: string | null }, done: number): Promise<void> {
    await tx.query(MOVE, [tx.tenant_id, webhook_job_id, to.phase, to.cursor, done]);
  },
  async finish(tx: Tx, webhook_job_id: string): Promise<Date | null> {
    return (await tx.query<{ finished_at: Date }>(FINISH, [tx.tenant_id, webhook_job_id]))[0]?.finished_at ?? null;
  },
  async stepAside(tx: Tx, webhook_job_id: string): Promise<void> {
    await tx.query(STEP_ASIDE, [tx.tenant_id, webhook_job_id]);
  },
  /** @returns false when it has ended */
  async cancel(tx: Tx, webhook_job_id: string): Promise<boolean> {
    return (await tx.query(CANCEL, [tx.tenant_id, webhook_job_id])).length > 0;
  },
  async cancelAll(tx: Tx, webhook_id: string): Promise<void> {
    await tx.query(CANCEL_ALL, [tx.tenant_id, webhook_id]);
  },
  async hasOpenRelease(tx: Tx, webhook_id: string): Promise<boolean> {
    return (await tx.query(OPEN_RELEASE, [tx.tenant_id, webhook_id])).length > 0;
  },

  async count(tx: Tx, webhook_id: string, filter: BulkFilter): Promise<number> {
    return (await tx.query<{ n: number }>(COUNT, filterParams(tx, webhook_id, filter)))[0]?.n ?? 0;
  },
  async countMissing(tx: Tx, webhook_id: string, filter: BulkFilter, types: readonly string[]): Promise<number> {
    const [row] = await tx.query<{ n: number }>(COUNT_MISSING, [tx.tenant_id, webhook_id, filter.from_id, filter.below_id, types]);
    return row?.n ?? 0;
  },
  /** How many of these ids are deliveries of the endpoint. */
  async known(tx: Tx, webhook_id: string, delivery_ids: readonly string[]): Promise<number> {
    return (await tx.query<{ n: number }>(KNOWN, [tx.tenant_id, webhook_id, delivery_ids]))[0]?.n ?? 0;
  },
  async hasHeld(tx: Tx, webhook_id: string): Promise<boolean> {
    return (await tx.query<{ has_held: boolean }>(HAS_HELD, [tx.tenant_id, webhook_id]))[0]?.has_held ?? false;
  },
  async stillOpen(tx: Tx, delivery_ids: readonly string[]): Promise<string[]> {
    if (delivery_ids.length === 0) return [];
    return (await tx.query<{ delivery_id: string }>(STILL_OPEN, [tx.tenant_id, delivery_ids])).map((row) => row.delivery_id);
  },
  /** Queues the next rows after the cursor. */
  async take(tx: Tx, job: BulkJobRow, limit: number, trigger: 'manual' | 'recover'): Promise<Taken> {
    const params = [...filterParams(tx, job.webhook_id, job.filter), job.cursor, limit, 'pending', trigger];
    return takenOf(await tx.query<{ delivery_id: string }>(TAKE, params), limit);
  },
  async purge(tx: Tx, job: BulkJobRow, limit: number): Promise<Taken> {
    return takenOf(
      await tx.query<{ delivery_id: string }>(PURGE, [...filterParams(tx, job.webhook_id, job.filter), job.cursor, limit]),
      limit,
    );
  },
  async makeMissing(tx: Tx, job: BulkJobRow, types: readonly string[], limit: number): Promise<Taken> {
    const { from_id, below_id } = job.filter;
    const params = [tx.tenant_id, job.webhook_id, from_id, below_id, types, job.cursor, limit];
    const rows = await tx.query<{ delivery_id: string; event_id: string }>(MAKE_MISSING, params);
    return { delivery_ids: rows.map((row) => row.delivery_id), last: rows.length < limit ? null : (rows.at(-1)?.event_id ?? null) };
  },
};

function takenOf(rows: readonly { delivery_id: string }[], limit: number): Taken {
  const delivery_ids = rows.map((row) => row.delivery_id);
  return { delivery_ids, last: delivery_ids.length < limit ? null : (delivery_ids.at(-1) ?? null) };
}
