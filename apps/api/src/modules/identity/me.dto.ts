import { Flag, Instant, JsonObject, ListOf, Nested, OneOf, Text, Uuid } from '#platform/http/index.js';
import { StoreScopeDto } from '../rbac/index.js';
import { TenantChoiceOut, TenantRefOut, UserOut } from './identity.dto.js';

export class MyTenantOut extends TenantRefOut {
  @OneOf(['full', 'read_only', 'restricted', 'not_ready', 'closed']) access: string;
}
export class MyRoleOut {
  @Uuid() role_id: string;
  @Text() code: string;
  @Text() name: string;
  @Nested(() => StoreScopeDto) store_scope: StoreScopeDto;
}
export class MySessionOut {
  @Uuid() session_id: string;
  @Instant() created_at: string;
  @Instant() expires_at: string;
  @OneOf(['web', 'native', 'api']) client: string;
  @Flag() mfa: boolean;
}
export class MyKeyOut {
  @Uuid() api_key_id: string;
  @Text() name: string;
  @Text() prefix: string;
}
/** `GET /auth/me`: who asks, where, and what they may do. */
export class AuthMeOut {
  @Nested(() => UserOut, { nullable: true, description: 'null for an API key' }) user: UserOut | null;
  @Nested(() => MyKeyOut, { optional: true, description: 'Instead of a user' }) api_key?: MyKeyOut;
  @Nested(() => MyTenantOut) tenant: MyTenantOut;
  @ListOf({ dto: () => MyRoleOut }) roles: MyRoleOut[];
  @ListOf({ text: { max: 60 } }) permissions: string[];
  @Nested(() => StoreScopeDto) store_scope: StoreScopeDto;
  @Nested(() => MySessionOut, { nullable: true }) session: MySessionOut | null;
}

export class MyWholeTenantOut extends MyTenantOut {
  @JsonObject() branding: Readonly<Record<string, unknown>>;
  @Text() time_zone: string;
  @Text() locale: string;
  @Text() currency: string;
  @Flag() read_only: boolean;
}
export class MyEntitlementsOut {
  @Text({ nullable: true }) plan_code: string | null;
  @OneOf(['trial', 'active', 'past_due', 'suspended', 'expired', 'none']) status: string;
  @Instant({ nullable: true }) trial_ends_at: string | null;
  @Instant({ nullable: true }) grace_until: string | null;
}
export class ImpersonationOut {
  @Text() staff_label: string;
  @Text({ max: 500 }) reason: string;
  @Instant() expires_at: string;
  @Flag() read_only: boolean;
}
/** `GET /me`: the same, and all that the SPA draws its frame from. */
export class MeOut {
  @Nested(() => UserOut, { nullable: true, description: 'null for an API key' }) user: UserOut | null;
  @Nested(() => MyKeyOut, { optional: true, description: 'Instead of a user' }) api_key?: MyKeyOut;
  @Nested(() => MyWholeTenantOut) tenant: MyWholeTenantOut;
  @ListOf({ dto: () => MyRoleOut }) roles: MyRoleOut[];
  @ListOf({ text: { max: 60 } }) permissions: string[];
  @Nested(() => StoreScopeDto) store_scope: StoreScopeDto;
  @Nested(() => MySessionOut, { nullable: true }) session: MySessionOut | null;
  @JsonObject({ description: 'Permission → "all" or the ids of the stores in which it holds' }) abilities: Readonly<
    Record<string, 'all' | readonly string[]>
  >;
  @JsonObject({ description: 'Module → on, off or locked (not for the tenant to switch)' }) modules: Readonly<
    Record<string, 'on' | 'off' | 'locked'>
  >;
  @ListOf({ text: { max: 60 } }) features: string[];
  @ListOf({ text: { max: 40 } }) nav: string[];
  @Nested(() => MyEntitlementsOut) entitlements: MyEntitlementsOut;
  @ListOf({ dto: () => TenantChoiceOut }) tenants: TenantChoiceOut[];
  @Nested(() => ImpersonationOut, { nullable: true }) impersonation: ImpersonationOut | null;
  @OneOf(['change_password', 'mfa_setup', 'mfa'], { nullable: true, description: 'What has to be done before anything else' }) next:
    string | null;
  @Text({ description: 'Changes exactly when this answer may; also the ETag' }) version: string;
}
