import { Injectable } from '@nestjs/common';
import { PlatformDb, sql, type PlatformScope } from '#platform/db/index.js';

const ENSURE = sql`select ensure_partitions() as made`;
const DROP = sql`select drop_expired_week($1, $2::int * interval '1 day') as week`;
const STILL_OPEN = sql`
  select status, count(*)::int as n from webhook_deliveries
   where delivery_id < $1 and status in ('pending', 'delivering', 'held') group by status`;

export const KEPT_BY_WEEK = ['webhook_attempts', 'webhook_deliveries', 'events'] as const;

/** Weeks of events, deliveries and attempts: made ahead, dropped when nobody keeps them. */
@Injectable()
export class RetentionRepository {
  constructor(private readonly platform: PlatformDb) {}

  /** @returns how many partitions were made, of all tables that are cut */
  async makeAhead(scope: PlatformScope): Promise<number> {
    return (await this.platform.query<{ made: number }>(scope, ENSURE))[0]?.made ?? 0;
  }
  /** Drops the oldest week that is over for longer than `days`. @returns its name, null when there is none; throws 55P03 when readers are in the way */
  async dropOldest(scope: PlatformScope, table: (typeof KEPT_BY_WEEK)[number], days: number): Promise<string | null> {
    return (await this.platform.query<{ week: string | null }>(scope, DROP, [table, days]))[0]?.week ?? null;
  }
  /** Deliveries that are older than the id and have not ended. */
  stillOpen(scope: PlatformScope, below_id: string): Promise<{ status: string; n: number }[]> {
    return this.platform.query(scope, STILL_OPEN, [below_id]);
  }
}
