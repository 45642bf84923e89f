import { Injectable } from '@nestjs/common';
import { PlatformDb, sql, type PlatformScope, type Sql } from '#platform/db/index.js';
import { firstIdOf } from '../deliveries/id-range.js';
import { endOf } from './week.js';

const ENSURE = sql`select ensure_partitions() as made`;
const WITHOUT_PERIOD = sql`select table_name, n from rows_without_period()`;
const ADOPT = sql`select adopt_default_partition($1) as week`;
// The week that `drop_expired_week` takes: the oldest one.
const EXPIRED = sql`
  select c.relname::text as week from pg_inherits i join pg_class c on c.oid = i.inhrelid
   where i.inhparent = $1::text::regclass and c.relname ~ '_[0-9]{4}_[0-9]{2}_[0-9]{2}$'
     and (to_date(right(c.relname, 10), 'YYYY_MM_DD') + 7) at time zone 'UTC' < now() - greatest($2::int * interval '1 day', interval '7 days')
   order by c.relname limit 1`;
const DROP = sql`select drop_expired_week($1, $2::int * interval '1 day') as week`;
const STILL_OPEN = sql`
  select status, count(*)::int as n from webhook_deliveries
   where tableoid = $1::text::regclass and delivery_id < $2 and status in ('pending', 'delivering', 'held') group by status`;

export const KEPT_BY_WEEK = ['webhook_attempts', 'webhook_deliveries', 'events'] as const;
export type KeptByWeek = (typeof KEPT_BY_WEEK)[number];

// The key of the table leads with the tenant, so a page of one partition is read in its order, without a sort.
const PAGES: Readonly<Record<KeptByWeek, Sql>> = {
  webhook_attempts: sql`
    select tenant_id, attempt_id as id, to_jsonb(t)::text as line from webhook_attempts t
     where tableoid = $1::text::regclass and attempt_id < $2 and (tenant_id, attempt_id) > ($3::uuid, $4::uuid)
     order by tenant_id, attempt_id limit $5`,
  webhook_deliveries: sql`
    select tenant_id, delivery_id as id, to_jsonb(t)::text as line from webhook_deliveries t
     where tableoid = $1::text::regclass and delivery_id < $2 and (tenant_id, delivery_id) > ($3::uuid, $4::uuid)
     order by tenant_id, delivery_id limit $5`,
  events: sql`
    select tenant_id, event_id as id, to_jsonb(t)::text as line from events t
     where tableoid = $1::text::regclass and event_id < $2 and (tenant_id, event_id) > ($3::uuid, $4::uuid)
     order by tenant_id, event_id limit $5`,
};
const COUNTS: Readonly<Record<KeptByWeek, Sql>> = {
  webhook_attempts: sql`select count(*)::int as n from webhook_attempts where tableoid = $1::text::regclass and attempt_id < $2`,
  webhook_deliveries: sql`select count(*)::int as n from webhook_deliveries where tableoid = $1::text::regclass and delivery_id < $2`,
  events: sql`select count(*)::int as n from events where tableoid = $1::text::regclass and event_id < $2`,
};

/** Where a reader of a week is: behind this row. */
export interface Place {
  readonly tenant_id: string;
  readonly id: string;
}
export interface ArchivedRow extends Place {
  /** The whole row, JSON on one line. */
  readonly line: string;
}

/** Weeks of events, deliveries and attempts: made ahead, dropped when nobody keeps them. */
@Injectable()
export class RetentionRepository {
  constructor(private readonly platform: PlatformDb) {}

  /** Of one table. @returns how many partitions were made, 0: no table lacks any. Throws 55P03 when somebody is in the way */
  async makeAhead(scope: PlatformScope): Promise<number> {
    return (await this.platform.query<{ made: number }>(scope, ENSURE))[0]?.made ?? 0;
  }
  /** Of each table that is cut by time: its rows that lie in no period, counted up to 1,000. */
  withoutPeriod(scope: PlatformScope): Promise<{ table_name: string; n: number }[]> {
    return this.platform.query(scope, WITHOUT_PERIOD);
  }
  /** Gives the newest of these rows their period. @returns its name; null when there is no such period, or it exists. Throws 55P03 */
  async adopt(scope: PlatformScope, table: string): Promise<string | null> {
    return (await this.platform.query<{ week: string | null }>(scope, ADOPT, [table]))[0]?.week ?? null;
  }
  /** The oldest week that is over for longer than `days`. */
  async oldestExpired(scope: PlatformScope, table: KeptByWeek, days: number): Promise<string | null> {
    return (await this.platform.query<{ week: string }>(scope, EXPIRED, [table, days]))[0]?.week ?? null;
  }
  /** Drops that week and no other. Throws 55P03 when readers are in the way */
  async drop(scope: PlatformScope, table: KeptByWeek, days: number, week: string): Promise<void> {
    await this.platform.run(scope, async (tx) => {
      const [dropped] = await tx.query<{ week: string | null }>(DROP, [table, days]);
      if (dropped?.week !== week) throw new Error(`${dropped?.week ?? 'nothing'} would have been dropped instead of ${week}`);
    });
  }
  /** Deliveries of a week that have not ended. */
  stillOpen(scope: PlatformScope, week: string): Promise<{ status: string; n: number }[]> {
    return this.platform.query(scope, STILL_OPEN, [week, firstIdOf(endOf(week))]);
  }
  /** The next rows of a week, all columns. */
  page(scope: PlatformScope, table: KeptByWeek, week: string, { tenant_id, id }: Place, limit: number): Promise<ArchivedRow[]> {
    return this.platform.query(scope, PAGES[table], [week, firstIdOf(endOf(week)), tenant_id, id, limit]);
  }
  async count(scope: PlatformScope, table: KeptByWeek, week: string): Promise<number> {
    return (await this.platform.query<{ n: number }>(scope, COUNTS[table], [week, firstIdOf(endOf(week))]))[0]?.n ?? 0;
  }
}
