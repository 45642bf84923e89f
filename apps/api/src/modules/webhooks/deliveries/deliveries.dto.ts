import { AnyJson, Flag, Instant, Int, JsonObject, listQuery, ListOf, Nested, Num, OneOf, Text, Uuid } from '#platform/http/index.js';
import { DELIVERY_STATUSES, TRIGGERS } from './deliveries.repository.js';

export class DeliveryOut {
  @Uuid() delivery_id: string;
  @Uuid() webhook_id: string;
  @Uuid() event_id: string;
  @Text() event_type: string;
  @OneOf(DELIVERY_STATUSES) status: string;
  @Int({ description: 'sends begun' }) attempts: number;
  @Int({ description: 'failed sends since it was queued last' }) failures: number;
  @Int({ nullable: true, description: 'of the last answer' }) http_status: number | null;
  @Text({ nullable: true }) error_code: string | null;
  @Text({ nullable: true, max: 2_000 }) error_message: string | null;
  @Instant({ nullable: true }) next_retry_at: string | null;
  @OneOf(TRIGGERS) trigger: string;
  @Instant() created_at: string;
  @Instant({ nullable: true }) completed_at: string | null;
}
export class AttemptOut {
  @Uuid() attempt_id: string;
  @Int() n: number;
  @OneOf(TRIGGERS) trigger: string;
  @Instant() started_at: string;
  @Int({ nullable: true }) dns_ms: number | null;
  @Int({ nullable: true }) connect_ms: number | null;
  @Int({ nullable: true }) tls_ms: number | null;
  @Int({ nullable: true }) ttfb_ms: number | null;
  @Int({ nullable: true }) total_ms: number | null;
  @Int({ nullable: true }) http_status: number | null;
  @Text({ nullable: true }) error_code: string | null;
  @Text({ nullable: true, max: 2_000 }) error_message: string | null;
  @Text({ nullable: true }) remote_ip: string | null;
  @JsonObject({ nullable: true }) response_headers: Record<string, unknown> | null;
  @Text({ min: 0, max: 8_192, nullable: true }) response_body: string | null;
  @OneOf(['utf8', 'base64'], { nullable: true }) response_encoding: string | null;
  @Flag() response_truncated: boolean;
}
export class EventBodyOut {
  @Uuid() id: string;
  @Text() type: string;
  @Instant() timestamp: string;
  @Uuid() tenant_id: string;
  @Text() subject_id: string;
  @Int({ nullable: true }) sequence: number | null;
  @AnyJson() data: unknown;
}
export class DeliveryDetailOut extends DeliveryOut {
  @ListOf({ dto: () => AttemptOut }, { description: 'newest first' }) attempts_log: AttemptOut[];
  @Nested(() => EventBodyOut, { nullable: true }) body: EventBodyOut | null;
  @Flag({ description: 'true: you do not hold what its event requires' }) body_withheld: boolean;
}
export class CountsOut {
  @Int() pending: number;
  @Int() delivering: number;
  @Int() success: number;
  @Int() dlq: number;
  @Int() held: number;
  @Int() cancelled: number;
}
export class HourOut {
  @Instant({ description: 'its beginning' }) at: string;
  @Int() success: number;
  @Int() dlq: number;
}
export class StatsOut {
  @OneOf(['1h', '24h', '7d']) window: string;
  @Nested(() => CountsOut) counts: CountsOut;
  @Num({ nullable: true, description: 'success ÷ (success + dlq); null: nothing has ended' }) success_rate: number | null;
  @ListOf({ dto: () => HourOut }, { description: 'by the hour of the delivery, oldest first; one in which nothing ended is absent' })
  hours: HourOut[];
  @Int({ nullable: true }) p50_ms: number | null;
  @Int({ nullable: true }) p95_ms: number | null;
  @Instant({ nullable: true }) oldest_pending_at: string | null;
}
const FILTERS = {
  event_type: { kind: 'text', max: 80 },
  http_status: { kind: 'int', min: 100, max: 599 },
  error_code: { kind: 'text', max: 40 },
  since: { kind: 'instant' },
  until: { kind: 'instant' },
  event_id: { kind: 'uuid' },
} as const;
export const DELIVERY_LIST = listQuery({ status: { kind: 'one_of', values: DELIVERY_STATUSES }, ...FILTERS });
export const STATS = listQuery({ window: { kind: 'one_of', values: ['1h', '24h', '7d'] } });
export const DLQ_LIST = listQuery(FILTERS);
