import { Injectable } from '@nestjs/common';
import { PlatformDb, sql } from '#platform/db/index.js';
import { platformScope } from '#platform/queue/index.js';
import type { SendResult } from './send-result.js';

/** A delivery as its result left it. One whose lease was lost is not among these. */
export interface Completed {
  readonly tenant_id: string;
  readonly webhook_id: string;
  readonly delivery_id: string;
  readonly n: number;
  readonly event_type: string;
  readonly status: 'success' | 'pending' | 'dlq' | 'held' | 'cancelled';
  readonly due_in_ms: number | null;
}

// `attempts` is the fence: a result of a lost lease becomes a line of the log and changes nothing. Touches no lane. Rows are taken in key
// order, the order in which everybody locks them. `$2` is always 'delivering': as a constant it would offer the index of all that is under way
// in place of the key. `on conflict`: the answer to this statement may have been lost with its connection, and it comes again.
const COMPLETE = sql.named('webhooks.complete')`
  with result as materialized (
    select r.tenant_id, r.webhook_id, r.delivery_id, r.n, r.verdict, r.delay_ms, r.trigger, r.attempt_id, r.started_at, r.dns_ms, r.connect_ms, r.tls_ms,
           r.ttfb_ms, r.total_ms, r.http_status, r.error_code, r.error_message, r.remote_ip, r.response_headers, r.response_body, r.response_encoding,
           r.response_truncated
      from json_to_recordset($1::json) as r (
        tenant_id uuid, webhook_id uuid, delivery_id uuid, n int, verdict text, delay_ms float8, trigger text, attempt_id uuid, started_at timestamptz,
        dns_ms int, connect_ms int, tls_ms int, ttfb_ms int, total_ms int, http_status int, error_code text, error_message text, remote_ip text,
        response_headers jsonb, response_body text, response_encoding text, response_truncated boolean)
     order by r.tenant_id, r.delivery_id),
  ended as materialized (
    select r.tenant_id, r.webhook_id, r.delivery_id, r.n, r.verdict, r.delay_ms, r.http_status, r.error_code, r.error_message,
           w.status, w.retry_count, w.is_deleted
      from result r cross join lateral (
        select w.status, w.retry_count, w.deleted_at is not null as is_deleted from webhook_endpoints w
         where w.tenant_id = r.tenant_id and w.webhook_id = r.webhook_id offset 0) w
     where r.verdict <> 'note'),
  done as (
    update webhook_deliveries d
       set (status, failures, next_retry_at, completed_at) = (
             select j.status, d.failures + case when r.verdict = 'success' then 0 else 1 end,
                    case when j.status = 'pending' then now() + r.delay_ms * interval '1 ms' end,
                    case when j.status in ('success', 'dlq', 'cancelled') then now() end
               from (select case when r.verdict = 'success' then 'success'
                                 when r.verdict = 'final' or d.trigger = 'test' then 'dlq'
                                 when r.is_deleted then 'cancelled'
                                 when d.failures + 1 > r.retry_count then 'dlq'
                                 when r.status <> 'active' then 'held'
                                 else 'pending' end as status) j),
           lost_leases = 0, leased_until = null, http_status = r.http_status, error_code = r.error_code, error_message = r.error_message
      from ended r
     where d.tenant_id = any (array[r.tenant_id]) and d.webhook_id = any (array[r.webhook_id]) and d.delivery_id = any (array[r.delivery_id])
       and d.attempts = r.n and d.status = $2
    returning d.tenant_id, d.webhook_id, d.delivery_id, r.n, d.event_type, d.status, case when d.status = 'pending' then r.delay_ms end as due_in_ms),
  logged as (
    insert into webhook_attempts (tenant_id, attempt_id, delivery_id, webhook_id, n, trigger, started_at, dns_ms, connect_ms, tls_ms, ttfb_ms, total_ms,
                                  http_status, error_code, error_message, remote_ip, response_headers, response_body, response_encoding, response_truncated)
    select r.tenant_id, r.attempt_id, r.delivery_id, r.webhook_id, r.n, r.trigger, r.started_at, r.dns_ms, r.connect_ms, r.tls_ms, r.ttfb_ms, r.total_ms,
           r.http_status, case when r.verdict = 'note' or d.delivery_id is not null then r.error_code else 'late_result' end, r.error_message, r.remote_ip,
           r.response_headers, r.response_body, r.response_encoding, coalesce(r.response_truncated, false)
      from result r left join done d on d.tenant_id = r.tenant_id and d.delivery_id = r.delivery_id and d.n = r.n
    on conflict do nothing)
  select d.tenant_id, d.webhook_id, d.delivery_id, d.n, d.event_type, d.status, d.due_in_ms from done d`;

@Injectable()
export class CompletionRepository {
  readonly #scope = platformScope('webhooks.dispatch');

  constructor(private readonly platform: PlatformDb) {}

  complete(results: readonly SendResult[]): Promise<Completed[]> {
    return this.platform.query<Completed>(this.#scope, COMPLETE, [JSON.stringify(results), 'delivering'], { plan: 'by_index' });
  }
}
