import { sql, type PlatformDb, type PlatformScope } from '../db/index.js';
import { platformScope } from '../queue/index.js';
import type { Ask, Lease, LeaseStore } from './lease-store.js';

/**
 * `take` of gcra.ts for many buckets in one statement. The clock is the database's, so processes need not agree on the time. In order of
 * the key, so that two processes that ask for the same buckets wait for each other and do not lock.
 */
const LEASE = sql.named('limits.lease')`
  insert into rate_limits as r (rate_key, empty_at_us, seen_us, period_us, emission_us, granted)
  select a.rate_key, c.now_us + least(a.wanted, a.count) * a.period_us / a.count, c.now_us, a.period_us, a.period_us::numeric / a.count, least(a.wanted, a.count)
    from unnest($1::text[], $2::int[], $3::bigint[], $4::int[]) as a (rate_key, count, period_us, wanted),
         (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as now_us) c
   order by a.rate_key
  on conflict (rate_key) do update
     set granted = greatest(0, least(excluded.granted, floor((excluded.seen_us + excluded.period_us - greatest(r.empty_at_us, excluded.seen_us)) / excluded.emission_us + 0.001)))::int,
         empty_at_us = greatest(r.empty_at_us, excluded.seen_us) + (excluded.emission_us *
           greatest(0, least(excluded.granted, floor((excluded.seen_us + excluded.period_us - greatest(r.empty_at_us, excluded.seen_us)) / excluded.emission_us + 0.001))))::bigint,
         seen_us = excluded.seen_us, period_us = excluded.period_us, emission_us = excluded.emission_us
  returning r.rate_key, r.granted, (r.empty_at_us - r.seen_us)::float8 / 1000 as reset_ms`;

const ATTEND = sql`
  with me as (
    insert into rate_limit_processes (process_id, seen_at) values ($1, now())
    on conflict (process_id) do update set seen_at = now())
  select count(*)::int + 1 as processes from rate_limit_processes where process_id <> $1 and seen_at > now() - interval '30 seconds'`;

const LEAVE = sql`delete from rate_limit_processes where process_id = $1 or seen_at < now() - interval '1 day'`;
const DROP_FULL = sql`delete from rate_limits where empty_at_us < extract(epoch from now()) * 1000000 returning rate_key`;

/** Buckets in PostgreSQL, in tables that a crash may empty: the counting starts afresh then. */
export class PostgresLeases implements LeaseStore {
  readonly #scope = platformScope('rate_limits');

  constructor(
    private readonly db: PlatformDb,
    private readonly process_id: string,
  ) {}

  async lease(asks: readonly Ask[]): Promise<readonly Lease[]> {
    const rows = await this.db.query<Lease & { readonly rate_key: string }>(this.#scope, LEASE, [
      asks.map(({ key }) => key),
      asks.map(({ limit }) => limit.count),
      asks.map(({ limit }) => limit.period_ms * 1_000),
      asks.map(({ wanted }) => wanted),
    ]);
    const byKey = new Map(rows.map((row) => [row.rate_key, row]));
    return asks.map(({ key }) => {
      const row = byKey.get(key);
      if (!row) throw new Error('a bucket was asked for and not answered');
      return { granted: row.granted, reset_ms: Math.max(0, row.reset_ms) };
    });
  }

  async attend(): Promise<number> {
    return (await this.db.query<{ processes: number }>(this.#scope, ATTEND, [this.process_id]))[0]?.processes ?? 1;
  }

  async close(): Promise<void> {
    await this.db.query(this.#scope, LEAVE, [this.process_id]);
  }
}

/** Buckets that nobody has used lately count as those that are not there. @returns how many were dropped */
export const dropFullBuckets = async (db: PlatformDb, scope: PlatformScope): Promise<number> =>
  (await db.query<{ rate_key: string }>(scope, DROP_FULL)).length;
