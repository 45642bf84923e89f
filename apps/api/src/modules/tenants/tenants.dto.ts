import { Instant, JsonObject, ListOf, Nested, OneOf, Text, Uuid } from '#platform/http/index.js';
import { TENANT_STATUSES } from './tenant-state.js';

export class TenantSettingsOut {
  @Text() subdomain: string;
  @ListOf({ text: { max: 40 } }) features: string[];
  @JsonObject() branding: Record<string, unknown>;
}
export class TenantOut {
  @Uuid() tenant_id: string;
  @Text() slug: string;
  @Text({ max: 120 }) name: string;
  @OneOf(TENANT_STATUSES) status: string;
  @OneOf(['full', 'read_only', 'restricted', 'not_ready', 'closed']) access: string;
  @Text({ nullable: true }) template_code: string | null;
  @Text() locale: string;
  @Text() time_zone: string;
  @Text({ max: 3 }) currency: string;
  @JsonObject() branding: Record<string, unknown>;
  @Nested(() => TenantSettingsOut, { description: 'derived, for integrators; not written here' }) settings: TenantSettingsOut;
  @Instant() created_at: string;
}
export class TenantPatch {
  @Text({ max: 120, optional: true }) name?: string;
  @Text({ min: 2, max: 10, pattern: /^[a-z]{2}(-[A-Z]{2})?$/, optional: true }) locale?: string;
  @Text({ max: 60, pattern: /^[A-Za-z_]+(\/[A-Za-z0-9_+-]+)*$/, optional: true }) time_zone?: string;
  @Text({ min: 3, max: 3, pattern: /^[A-Z]{3}$/, optional: true }) currency?: string;
}
