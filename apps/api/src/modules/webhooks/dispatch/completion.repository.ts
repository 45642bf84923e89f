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

// `attempts` is the fence: a result of a lost lease becomes a line of the log and changes nothing. Touches no lane. `on conflict`: the answer
// to this statement may have been lost with its connection, and it comes again.
const COMPLETE = sql.named('webhooks.complete')`
  with result as materialized (
    select r.tenant_id, r.webhook_id, r.delivery_id, r.n, r.verdict, r.delay_ms, r.trigger, r.attempt_id, r.started_at, r.dns_ms, r.connect_ms, r.tls_ms,
           r.ttfb_ms, r.total_ms, r.http_status, r.error_code, r.error_message, r.remote_ip, r.response_headers, r.response_body, r.response_encoding,
           r.response_truncated
      from json_to_recordset($1::json) as r (
        tenant_id uuid, webhook_id uuid, delivery_id uuid, n int, verdict text, delay_ms float8, trigger text, attempt_id uuid, started_at timestamptz,
        dns_ms int, connect_ms int, tls_ms int, ttfb_ms int, total_ms int, http_status int, error_code text, error_message text, remote_ip text,
        response_headers jsonb, response_body text, response_encoding text, response_truncated boolean)),
  mine as materialized (
    select d.tenant_id, d.delivery_id, d.webhook_id, d.failures, d.trigger, r.n, r.verdict, r.delay_ms, r.http_status, r.error_code, r.error_message
      from webhook_deliveries d join result r on r.tenant_id = d.tenant_id and r.delivery_id = d.delivery_id
     where r.verdict <> 'note' and d.attempts = r.n and d.status = 'delivering'
     order by d.tenant_id, d.delivery_id for update of d),
  judged as (
    select m.tenant_id, m.delivery_id, m.n, m.verdict, m.delay_ms, m.http_status, m.error_code, m.error_message,
           case when m.verdict = 'success' then 'success'
                when m.verdict = 'final' or m.trigger = 'test' then 'dlq'
                when w.deleted_at is not null then 'cancelled'
                when m.failures + 1 > w.retry_count then 'dlq'
                when w.status <> 'active' then 'held'
                else 'pending' end as status
      from mine m join webhook_endpoints w on w.tenant_id = m.tenant_id and w.webhook_id = m.webhook_id),
  done as (
    update webhook_deliveries d
       set status = j.status, failures = d.failures + case when j.verdict = 'success' then 0 else 1 end, lost_leases = 0, http_status = j.http_status,
           error_code = j.error_code, error_message = j.error_message, leased_until = null,
           next_retry_at = case when j.status = 'pending' then now() + j.delay_ms * interval '1 ms' end,
           completed_at = case when j.status in ('success', 'dlq', 'cancelled') then now() end
      from judged j where d.tenant_id = j.tenant_id and d.delivery_id = j.delivery_id
    returning d.tenant_id, d.webhook_id, d.delivery_id, j.n, d.event_type, d.status, case when d.status = 'pending' then j.delay_ms end as due_in_ms),
  logged as (
    insert into webhook_attempts (tenant_id, attempt_id, delivery_id, webhook_id, n, trigger, started_at, dns_ms, connect_ms, tls_ms, ttfb_ms, total_ms,
                                  http_status, error_code, error_message, remote_ip, response_headers, response_body, response_encoding, response_truncated)
    select r.tenant_id, r.attempt_id, r.delivery_id, r.webhook_id, r.n, r.trigger, r.started_at, r.dns_ms, r.connect_ms, r.tls_ms, r.ttfb_ms, r.total_ms,
           r.http_status, case when r.verdict = 'note' or m.delivery_id is not null then r.error_code else 'late_result' end, r.error_message, r.remote_ip,
           r.response_headers, r.response_body, r.response_encoding, r.response_truncated
      from result r left join mine m on m.tenant_id = r.tenant_id and m.delivery_id = r.delivery_id and m.n = r.n
    on conflict do nothing)
  select d.tenant_id, d.webhook_id, d.delivery_id, d.n, d.event_type, d.status, d.due_in_ms from done d`;

@Injectable()
export class CompletionRepository {
  readonly #scope = platformScope('webhooks.dispatch');

  constructor(private readonly platform: PlatformDb) {}

  complete(results: readonly SendResult[]): Promise<Completed[]> {
    return this.platform.query<Completed>(this.#scope, COMPLETE, [JSON.stringify(results)]);
  }
}
