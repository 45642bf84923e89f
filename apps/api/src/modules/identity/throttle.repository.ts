import { sql, type Tx } from '#platform/db/index.js';

/** GCRA in one statement: a row comes back when the attempt fits. Times are the application's, so that all of a test's clocks agree. */
const takeOne = sql.named('identity.throttle')`
  insert into throttle as t (throttle_key, tat, failures, expires_at)
  values ($1, $2::timestamptz + $3::int * interval '1 ms', 1, $2::timestamptz + $3::int * interval '1 ms')
  on conflict (throttle_key) do update
     set tat = greatest(t.tat, $2::timestamptz) + $3::int * interval '1 ms', failures = t.failures + 1,
         expires_at = greatest(t.tat, $2::timestamptz) + $3::int * interval '1 ms'
   where greatest(t.tat, $2::timestamptz) + $3::int * interval '1 ms' <= $2::timestamptz + $4::int * interval '1 ms'
  returning t.tat`;
const readOne = sql`select tat from throttle where throttle_key = $1`;
const giveOne = sql`update throttle set tat = tat - $2::int * interval '1 ms', failures = greatest(0, failures - 1) where throttle_key = $1`;
const resetOne = sql`delete from throttle where throttle_key = $1`;
const dropOver = sql`
  delete from throttle where throttle_key in (select throttle_key from throttle where expires_at < $1 limit 5000) returning throttle_key`;

type Queries = Pick<Tx, 'query'>;

export const throttleRows = {
  async take(tx: Queries, key: string, now: Date, emission_ms: number, period_ms: number): Promise<boolean> {
    return (await tx.query(takeOne, [key, now, emission_ms, period_ms])).length > 0;
  },
  async emptyAt(tx: Queries, key: string): Promise<Date | null> {
    return (await tx.query<{ tat: Date }>(readOne, [key]))[0]?.tat ?? null;
  },
  async give(tx: Queries, key: string, emission_ms: number): Promise<void> {
    await tx.query(giveOne, [key, emission_ms]);
  },
  async reset(tx: Queries, key: string): Promise<void> {
    await tx.query(resetOne, [key]);
  },
  async drop(tx: Queries, before: Date): Promise<number> {
    return (await tx.query(dropOver, [before])).length;
  },
};
