import { Injectable } from '@nestjs/common';
import { PlatformDb, sql } from '#platform/db/index.js';
import { platformScope } from '#platform/queue/index.js';
import type { LaneKey } from './fan-out.repository.js';
import type { HealthDelta } from './health-delta.js';

export const FAILING_AT = 10;

export interface NewlyFailing extends LaneKey {
  readonly name: string;
  readonly failure_count: number;
  readonly failing_since: Date;
}

/** What sends have taught about a lane. Absent: as it is. */
export interface LaneMark extends LaneKey {
  readonly proven?: boolean;
  readonly slow?: boolean;
  /** Nothing before so many ms from now. */
  readonly wait_ms?: number;
}

// Who crosses ten says so; two workers that add up meet on the row's lock, so one of them sees the crossing.
const HEALTH = sql`
  with delta as materialized (
    select d.tenant_id, d.webhook_id, d.last_success_at, d.last_failure_at, d.failures, d.first_failure_at
      from json_to_recordset($1::json) as d (tenant_id uuid, webhook_id uuid, last_success_at timestamptz, last_failure_at timestamptz, failures int,
                                             first_failure_at timestamptz)),
  held as materialized (
    select w.tenant_id, w.webhook_id, w.failure_count from webhook_endpoints w
      join delta d on d.tenant_id = w.tenant_id and d.webhook_id = w.webhook_id
     where w.deleted_at is null order by w.tenant_id, w.webhook_id for no key update of w),
  told as (
    update webhook_endpoints w
       set last_success_at = greatest(w.last_success_at, d.last_success_at),
           last_failure_at = greatest(w.last_failure_at, d.last_failure_at),
           failure_count = case when d.last_success_at is null then w.failure_count + d.failures else d.failures end,
           failing_since = case when d.last_success_at is null then coalesce(w.failing_since, d.first_failure_at) else d.first_failure_at end,
           warned_at_percent = case when d.last_success_at is null then w.warned_at_percent else 0 end
      from delta d join held h on h.tenant_id = d.tenant_id and h.webhook_id = d.webhook_id
     where w.tenant_id = d.tenant_id and w.webhook_id = d.webhook_id
    returning w.tenant_id, w.webhook_id, w.name, w.failure_count, w.failing_since, w.status,
              case when d.last_success_at is null then h.failure_count else 0 end as before)
  select tenant_id, webhook_id, name, failure_count, failing_since from told
   where before < $2 and failure_count >= $2 and status = 'active'`;
const MARK = sql`
  with mark as materialized (
    select m.tenant_id, m.webhook_id, m.proven, m.slow, m.wait_ms
      from json_to_recordset($1::json) as m (tenant_id uuid, webhook_id uuid, proven boolean, slow boolean, wait_ms float8)),
  lane as materialized (
    select l.tenant_id, l.webhook_id from webhook_lanes l join mark m on m.tenant_id = l.tenant_id and m.webhook_id = l.webhook_id
     order by l.tenant_id, l.webhook_id for update of l)
  update webhook_lanes l
     set proven = coalesce(m.proven, l.proven), slow = coalesce(m.slow, l.slow),
         not_before = greatest(l.not_before, now() + m.wait_ms * interval '1 ms'),
         next_at = greatest(l.next_at, now() + m.wait_ms * interval '1 ms')
    from mark m join lane on lane.tenant_id = m.tenant_id and lane.webhook_id = m.webhook_id
   where l.tenant_id = m.tenant_id and l.webhook_id = m.webhook_id`;

@Injectable()
export class HealthRepository {
  readonly #scope = platformScope('webhooks.dispatch');

  constructor(private readonly platform: PlatformDb) {}

  /** @returns the endpoints that fail for the tenth time in a row now */
  health(deltas: readonly HealthDelta[]): Promise<NewlyFailing[]> {
    return this.platform.query<NewlyFailing>(this.#scope, HEALTH, [JSON.stringify(deltas), FAILING_AT]);
  }

  async mark(marks: readonly LaneMark[]): Promise<void> {
    await this.platform.query(this.#scope, MARK, [JSON.stringify(marks)]);
  }
}
