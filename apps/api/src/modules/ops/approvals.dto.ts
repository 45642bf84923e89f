import { Flag, Instant, Int, listQuery, ListOf, Nested, OneOf, Text, Uuid } from '#platform/http/index.js';
import { ReasonIn } from './tenants-console.dto.js';

export class ApprovalOut {
  @Uuid() approval_id: string;
  @Text({ description: 'tenant.purge, tenant.legal_hold_off' }) act: string;
  @Uuid({ description: 'id of the tenant' }) subject_id: string;
  @Text({ max: 500 }) reason: string;
  @Text() requested_by: string;
  @Text({ nullable: true }) requested_by_label: string | null;
  @Instant({ description: 'from then on whoever asked may go on alone, while nobody else could agree' }) not_before: string;
  @Instant({ description: 'from then on it is as if nobody had asked' }) expires_at: string;
  @Instant() created_at: string;
}
export const APPROVAL_LIST = listQuery({});

export class PurgeIn extends ReasonIn {
  @Text({ max: 63, description: 'the slug of the tenant, typed' }) confirm: string;
  @Flag({ optional: true, description: 'says what it would do and does nothing' }) dry_run?: boolean;
}
export class LegalHoldIn extends ReasonIn {
  @Flag({ description: 'false needs a second person' }) legal_hold: boolean;
  @Flag({ optional: true, description: 'says what it would do and does nothing' }) dry_run?: boolean;
}
export class AffectedOut {
  @Text() name: string;
  @Int() count: number;
}
/** 202 `approval_pending`: the same call by another member of the staff does it. */
export class TenantActOut {
  @OneOf(['done', 'approval_pending', 'dry_run']) status: 'done' | 'approval_pending' | 'dry_run';
  @Uuid() tenant_id: string;
  @Uuid({ nullable: true, description: 'of a purge that has begun: GET /ops/provisioning/jobs/{provisioning_job_id}' })
  provisioning_job_id: string | null;
  @Nested(() => ApprovalOut, { nullable: true, description: 'who asked, and until when a second person can agree' })
  approval: ApprovalOut | null;
  @Int({ nullable: true, description: 'of a dry run: how much it would change' }) affected: number | null;
  @ListOf({ dto: () => AffectedOut }, { description: 'of a dry run: the most of it, by name' }) sample: AffectedOut[];
}
