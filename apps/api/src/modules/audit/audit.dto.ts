import { AnyJson, Instant, ListOf, Nested, OneOf, Text, Uuid, listQuery } from '#platform/http/index.js';

export class AuditActorOut {
  @OneOf(['user', 'api_key', 'platform_staff', 'machine', 'system']) type: string;
  @Text() id: string;
  @Text({ nullable: true, description: 'null after erasure' }) label: string | null;
  @Text({ nullable: true }) role: string | null;
}
export class AuditTargetOut {
  @Text() type: string;
  @Text() id: string;
  @Text({ nullable: true }) label: string | null;
}
export class AuditChangeOut {
  @Text() field: string;
  @AnyJson({ optional: true }) from?: unknown;
  @AnyJson({ optional: true }) to?: unknown;
}
export class AuditEventOut {
  @Uuid() audit_event_id: string;
  @Uuid() tenant_id: string;
  @Instant() occurred_at: string;
  @Text() action: string;
  @OneOf(['info', 'warning', 'critical']) severity: string;
  @OneOf(['success', 'denied', 'failed']) outcome: string;
  @Nested(() => AuditActorOut) actor: AuditActorOut;
  @ListOf({ dto: () => AuditTargetOut }) targets: AuditTargetOut[];
  @ListOf({ dto: () => AuditChangeOut }) changes: AuditChangeOut[];
  @Text({ nullable: true }) reason: string | null;
  @Text() request_id: string;
  @Text({ nullable: true }) ip: string | null;
  @Uuid({ nullable: true }) store_id: string | null;
}
export class AuditEventDetail extends AuditEventOut {
  @Text({ max: 1_000_000, description: 'the canonical text that is hashed and exported' }) canonical: string;
  @Text({ nullable: true }) user_agent: string | null;
}

const FILTERS = {
  from: { kind: 'instant' },
  to: { kind: 'instant' },
  actor_id: { kind: 'text', max: 64 },
  action: { kind: 'text', max: 64 },
  target_type: { kind: 'text', max: 64 },
  target_id: { kind: 'text', max: 64 },
  outcome: { kind: 'one_of', values: ['success', 'denied', 'failed'] },
  severity: { kind: 'one_of', values: ['info', 'warning', 'critical'] },
  request_id: { kind: 'text', max: 64 },
} as const;
export const AUDIT_LIST = listQuery(FILTERS);
export const OPS_AUDIT_LIST = listQuery({ ...FILTERS, tenant_id: { kind: 'uuid' } });
