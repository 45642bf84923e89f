import { Flag, Instant, Int, listQuery, ListOf, Nested, Num, OneOf, Text, Uuid } from '#platform/http/index.js';
import { STATUSES } from '../endpoints/endpoints.dto.js';

export class PoolOut {
  @OneOf(['fast', 'slow']) pool: string;
  @Int({ description: 'deliveries that are due' }) due: number;
  @Num({ description: 'how long the oldest of them has waited' }) oldest_seconds: number;
}
export class LaneCountsOut {
  @Int() fast: number;
  @Int() slow: number;
  @Int() asleep: number;
  @Int() parked: number;
}
export class OutboxOut {
  @Int() waiting: number;
  @Int() parked: number;
  @Num() lag_seconds: number;
}
export class NoisyTenantOut {
  @Uuid() tenant_id: string;
  @Int({ description: 'of the last hour' }) deliveries: number;
  @Int() failed: number;
}
export class WebhooksOverviewOut {
  @ListOf({ dto: () => PoolOut }) pools: PoolOut[];
  @Nested(() => LaneCountsOut) lanes: LaneCountsOut;
  @Nested(() => OutboxOut) outbox: OutboxOut;
  @ListOf({ dto: () => NoisyTenantOut }) noisiest: NoisyTenantOut[];
}
export class LaneOut {
  @Uuid() tenant_id: string;
  @Uuid() webhook_id: string;
  @Text() name: string;
  @OneOf(STATUSES) status: string;
  @Flag() slow: boolean;
  @Flag({ description: 'it has answered well since it was last new or dead' }) proven: boolean;
  @ListOf({ text: { max: 20 } }) parked_by: string[];
  @Instant({ nullable: true }) next_at: string | null;
  @Int() failure_count: number;
  @Instant({ nullable: true }) failing_since: string | null;
}
export class ParkedPointerOut {
  @Uuid() tenant_id: string;
  @Uuid() event_id: string;
  @Int() attempts: number;
  @Text({ nullable: true, max: 500 }) last_error: string | null;
  @Instant() parked_at: string;
}
export class ParkedPointersOut {
  @ListOf({ dto: () => ParkedPointerOut }) data: ParkedPointerOut[];
  @Text({ nullable: true }) next_cursor: string | null;
}
export class WebhookReasonIn {
  @Text({ max: 400, description: 'at least 10 characters' }) reason: string;
}
export class StaffActOut {
  @Uuid() tenant_id: string;
  @Uuid() webhook_id: string;
  @OneOf(STATUSES) status: string;
}
export class RelayedAgainOut {
  @Uuid() tenant_id: string;
  @Uuid() event_id: string;
}
export const LANE_LIST = listQuery({ tenant_id: { kind: 'uuid' }, state: { kind: 'one_of', values: ['running', 'failing', 'parked'] } });
