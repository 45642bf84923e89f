import { AnyObject, Flag, Instant, Int, listQuery, ListOf, OneOf, Text, Uuid, JsonObject } from '#platform/http/index.js';
import { BULK_KINDS, BULK_STATES } from './bulk.repository.js';

const DRY = 'only counts; nothing is changed';
const RECOVERABLE = ['dlq', 'cancelled', 'held', 'success'] as const;

export class ReplayIn {
  @Instant({ optional: true }) since?: string;
  @Instant({ optional: true }) until?: string;
  @Text({ max: 80, optional: true }) event_type?: string;
  @Int({ min: 100, max: 599, optional: true }) http_status?: number;
  @Text({ max: 40, optional: true, description: 'how the last send failed' }) error_code?: string;
  @ListOf({ uuid: true }, { min: 1, max: 500, unique: true, optional: true }) delivery_ids?: string[];
  @Flag({ optional: true, description: DRY }) dry_run?: boolean;
}
export class DlqPurgeIn extends ReplayIn {
  @Text({ max: 400, description: 'at least 10 characters; stands in the audit log' }) reason: string;
}
export class RecoverIn {
  @Instant({ description: 'not before what is kept' }) since: string;
  @Instant({ optional: true }) until?: string;
  @ListOf({ oneOf: RECOVERABLE }, { min: 1, unique: true, optional: true, description: 'dlq' }) statuses?: (typeof RECOVERABLE)[number][];
  @Flag({ optional: true, description: 'also events that made no delivery, while the webhook was disabled or did not ask for them' })
  include_missing?: boolean;
  @Flag({ optional: true, description: DRY }) dry_run?: boolean;
}
export class CountOut {
  @Int() count: number;
}
export class BulkJobOut {
  @Uuid() webhook_job_id: string;
  @Uuid() webhook_id: string;
  @OneOf(BULK_KINDS) kind: string;
  @OneOf(BULK_STATES) state: string;
  @Int({ nullable: true, description: 'when it began' }) total: number | null;
  @Int() done: number;
  @JsonObject({ nullable: true }) error: AnyObject | null;
  @Uuid({ nullable: true }) created_by: string | null;
  @Instant() created_at: string;
  @Instant({ nullable: true }) finished_at: string | null;
}
export const JOB_LIST = listQuery({});
