import { Email, Flag, Instant, Int, ListOf, Nested, OneOf, Text, Uuid } from '#platform/http/index.js';

const NEXT = ['mfa', 'mfa_setup', 'change_password', 'choose_tenant'] as const;
/** An id or a slug, in any case. */
const TENANT = { max: 63, pattern: /^[A-Za-z0-9](?:-?[A-Za-z0-9])*$/ } as const;
/** Longer than any password that may be set: what is not hashed is refused by length. */
const PASSWORD_MAX = 1_024;

/** Any text: one that is no address opens nothing, and a rule for it would only tell which addresses we know. */
const EMAIL = { max: 320 } as const;

export class LoginIn {
  @Text(EMAIL) email: string;
  @Text({ max: PASSWORD_MAX }) password: string;
  @Text({ ...TENANT, optional: true, description: 'Id or slug; host and X-Tenant-Id count too' }) tenant?: string;
}
export class RefreshIn {
  @Text({ max: 200, optional: true, description: 'Browsers send it as a cookie' }) refresh_token?: string;
  @Text({ ...TENANT, optional: true }) tenant?: string;
}
export class SwitchTenantIn {
  @Text({ ...TENANT, optional: true, description: 'Slug or id; may be left out where the host or X-Tenant-Id names it' }) tenant?: string;
  @Text({ max: 200, optional: true, description: 'Where there is no access token' }) refresh_token?: string;
}
export class LogoutIn {
  @Text({ max: 200, optional: true }) refresh_token?: string;
}
export class ProfilePatch {
  @Text({ max: 120, optional: true }) display_name?: string;
  @Text({ max: 35, optional: true, description: 'BCP 47' }) locale?: string;
  @Text({ max: 64, optional: true, description: 'IANA' }) time_zone?: string;
}
export class PasswordChangeIn {
  @Text({ max: PASSWORD_MAX }) current_password: string;
  @Text({ max: PASSWORD_MAX }) new_password: string;
}
export class EmailChangeIn {
  @Email() email: string;
  @Text({ max: PASSWORD_MAX }) password: string;
}
export class EmailVerifyIn {
  @Text({ max: 200 }) token: string;
}
export class ForgotIn {
  @Text(EMAIL) email: string;
}
export class ResetIn {
  @Text({ max: 200 }) token: string;
  @Text({ max: PASSWORD_MAX }) new_password: string;
}

export class RoleRefOut {
  @Uuid() role_id: string;
  @Text() code: string;
  @Text() name: string;
}
export class TenantRefOut {
  @Uuid() tenant_id: string;
  @Text() slug: string;
  @Text() name: string;
  @Text() status: string;
}
export class TenantChoiceOut extends TenantRefOut {
  @ListOf({ dto: () => RoleRefOut }) roles: RoleRefOut[];
}
export class PersonOut {
  @Uuid() user_id: string;
  @Text() email: string;
  @Text() display_name: string;
  @Text({ nullable: true }) locale: string | null;
  @Text({ nullable: true }) time_zone: string | null;
}
export class UserOut extends PersonOut {
  @Instant({ nullable: true }) email_verified_at: string | null;
  @Flag() mfa_enabled: boolean;
}
export class SignedInOut {
  @Text({ max: 4_000, nullable: true, description: 'Equals access_token; null while a tenant has to be chosen' }) token: string | null;
  @Text({ max: 4_000, nullable: true }) access_token: string | null;
  @OneOf(['Bearer']) token_type: 'Bearer';
  @Int({ description: 'Seconds; of the challenge where there is one' }) expires_in: number;
  @Text({ max: 200, optional: true, description: 'Not for browsers: theirs is a cookie' }) refresh_token?: string;
  @Text({ max: 200, optional: true, description: 'For POST /auth/mfa/verify, where a code is due' }) challenge?: string;
  @Nested(() => PersonOut) user: PersonOut;
  @Nested(() => TenantRefOut, { nullable: true }) tenant: TenantRefOut | null;
  @ListOf({ dto: () => TenantChoiceOut }) tenants: TenantChoiceOut[];
  @OneOf(NEXT, { nullable: true }) next: (typeof NEXT)[number] | null;
}
export class SessionOut {
  @Uuid() session_id: string;
  @OneOf(['web', 'native', 'api']) client: string;
  @Text({ nullable: true }) ip: string | null;
  @Text({ nullable: true }) user_agent: string | null;
  @Instant() created_at: string;
  @Instant() last_seen_at: string;
  @Instant() expires_at: string;
  @Flag({ description: 'The one that asks' }) current: boolean;
  @Flag({ description: 'Staff of the platform with support access' }) support: boolean;
}
export class SessionsRevokedOut {
  @Int() revoked: number;
}
export class PasswordPolicyOut {
  @Int() min_length: number;
  @Int() max_length: number;
  @OneOf(['all', 'three']) classes: string;
  @Int() history: number;
  @Int({ nullable: true }) max_age_days: number | null;
}
