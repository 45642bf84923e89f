import { Email, Flag, Instant, Int, JsonObject, listQuery, ListOf, Nested, OneOf, Text, Uuid } from '#platform/http/index.js';
import { TENANT_STATUSES } from '../tenants/index.js';

export class NewOwner {
  @Email() email: string;
  @Text({ max: 120, optional: true }) name?: string;
}
export class TenantIn {
  @Text({ max: 120, pattern: /\S/ }) name: string;
  @Text({ min: 1, max: 63, description: 'slug of the tenant: its subdomain and its place in paths' }) subdomain: string;
  @ListOf({ text: { max: 40 } }, { max: 50, optional: true, description: 'modules and features beside those of the template' })
  features?: string[];
  @Text({ max: 40, optional: true }) template_code?: string;
  @Text({ max: 40, optional: true, description: 'without one: a trial of the plan of the template' }) plan_code?: string;
  @Nested(() => NewOwner, { optional: true }) owner?: NewOwner;
}
export class TenantCreated {
  @Uuid() tenant_id: string;
  @Text() name: string;
  @Text() slug: string;
  @OneOf(TENANT_STATUSES) status: string;
  @Uuid() provisioning_job_id: string;
}
export class ConsoleTenant {
  @Uuid() tenant_id: string;
  @Text() slug: string;
  @Text() name: string;
  @OneOf(TENANT_STATUSES) status: string;
  @Text({ nullable: true }) status_reason: string | null;
  @OneOf(['full', 'read_only', 'restricted', 'not_ready', 'closed']) access: string;
  @Text({ nullable: true }) template_code: string | null;
  @Text({ nullable: true }) plan_code: string | null;
  @Int() member_count: number;
  @Text({ nullable: true }) failure_step: string | null;
  @Text({ nullable: true }) failure_reason: string | null;
  @Instant() created_at: string;
}
export class ConsoleTenantDetail extends ConsoleTenant {
  @Text() locale: string;
  @Text() time_zone: string;
  @Text() currency: string;
  @Flag() read_only: boolean;
  @JsonObject({ nullable: true }) last_error: Record<string, unknown> | null;
  @Instant({ nullable: true, description: 'of an archived tenant: until then it can be restored' }) delete_after: string | null;
  @Flag({ description: 'it is not purged while this stands' }) legal_hold: boolean;
}
export class ConsolePatch {
  @Text({ max: 120, pattern: /\S/, optional: true }) name?: string;
  @Text({ min: 1, max: 63, optional: true, description: 'the old one rests for 90 days' }) slug?: string;
}
export class ReasonIn {
  @Text({ min: 0, max: 500, optional: true, description: 'needed: at least 10 characters' }) reason?: string;
}
export class ReadOnlyIn extends ReasonIn {
  @Flag({ optional: true, description: 'left out: true' }) read_only?: boolean;
}
export class ApplyTemplateIn {
  @Text({ max: 40 }) template_code: string;
}
/** Look at GET /ops/provisioning/jobs/{provisioning_job_id}. */
export class JobStarted {
  @Uuid() tenant_id: string;
  @Uuid() provisioning_job_id: string;
}
export const CONSOLE_TENANTS = listQuery({
  q: { kind: 'text', max: 120 },
  status: { kind: 'one_of', values: TENANT_STATUSES, fold: true, aliases: { inactive: 'suspended' } },
});
