import { Flag, Instant, Int, JsonObject, ListOf, Nested, OneOf, Text, Uuid } from '#platform/http/index.js';
import { TENANT_STATUSES } from './tenant-state.js';

export const ACCESS = ['full', 'read_only', 'restricted', 'not_ready', 'closed'] as const;

export class BrandingOut {
  @Text({ nullable: true }) logo_url: string | null;
  @Text({ nullable: true }) primary_color: string | null;
  @Text({ nullable: true }) favicon_url: string | null;
  @Text({ nullable: true }) email_from_name: string | null;
}
export class TenantLimitsOut {
  @Int({ nullable: true, description: 'null: no limit' }) max_users: number | null;
  @Int({ nullable: true }) max_stores: number | null;
  @Int({ nullable: true }) max_items: number | null;
}
export class TenantHostOut {
  @Text() host: string;
  @OneOf(['subdomain', 'custom']) kind: string;
  @Flag() is_primary: boolean;
}
export class TenantSettingsOut {
  @Text() subdomain: string;
  @ListOf({ text: { max: 40 } }) features: string[];
  @Nested(() => TenantLimitsOut) limits: TenantLimitsOut;
  @Nested(() => BrandingOut) branding: BrandingOut;
}
export class TenantOut {
  @Uuid() tenant_id: string;
  @Text() slug: string;
  @Text({ max: 120 }) name: string;
  @OneOf(TENANT_STATUSES) status: string;
  @OneOf(ACCESS) access: string;
  @Flag() read_only: boolean;
  @Flag() mfa_required: boolean;
  @Text({ nullable: true }) template_code: string | null;
  @Text() locale: string;
  @Text() time_zone: string;
  @Text({ max: 3 }) currency: string;
  @Nested(() => BrandingOut) branding: BrandingOut;
  @Nested(() => TenantLimitsOut) limits: TenantLimitsOut;
  @ListOf({ text: { max: 40 } }, { description: 'codes of the modules and features that are on' }) features: string[];
  @ListOf({ dto: () => TenantHostOut }, { description: 'proved ones; the others: GET /tenant/hosts' }) hosts: TenantHostOut[];
  @Nested(() => TenantSettingsOut, { description: 'derived, for integrators; not written here' }) settings: TenantSettingsOut;
  @Instant({ nullable: true, description: 'of an archived tenant: until then it can be restored' }) delete_after: string | null;
  @Instant() created_at: string;
}

export class BrandingPatch {
  @Text({ max: 400, optional: true, nullable: true, description: 'https' }) logo_url?: string | null;
  @Text({ max: 7, optional: true, nullable: true, description: '#rrggbb, dark enough for white text' }) primary_color?: string | null;
  @Text({ max: 400, optional: true, nullable: true, description: 'https' }) favicon_url?: string | null;
  @Text({ max: 60, optional: true, nullable: true }) email_from_name?: string | null;
}
export class TenantPatch {
  @Text({ max: 120, pattern: /\S/, optional: true }) name?: string;
  @Text({ min: 2, max: 10, pattern: /^[a-z]{2}(-[A-Z]{2})?$/, optional: true }) locale?: string;
  @Text({ max: 60, pattern: /^[A-Za-z_]+(\/[A-Za-z0-9_+-]+)*$/, optional: true }) time_zone?: string;
  @Text({ min: 3, max: 3, pattern: /^[A-Z]{3}$/, optional: true }) currency?: string;
  @Nested(() => BrandingPatch, { optional: true, description: 'what is not named stays, null takes away' }) branding?: BrandingPatch;
  @JsonObject({ optional: true, description: 'refused: it names the route that writes what is meant' }) settings?: Record<string, unknown>;
}

/** What cannot be taken back is said twice. */
export class ClosingIn {
  @Text({ max: 63, description: 'of this tenant, typed' }) slug: string;
  @Text({ max: 1_024, description: 'of the caller, once more' }) password: string;
}
export class ClosingOut {
  @Uuid() tenant_id: string;
  @OneOf(TENANT_STATUSES) status: string;
  @Instant({ nullable: true, description: 'until then the tenant can be restored' }) delete_after: string | null;
}
