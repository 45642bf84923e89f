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
/** `GET /auth/me`: who asks, where, and what they may do. */
export class AuthMeOut {
  @Nested(() => UserOut) user: UserOut;
  @Nested(() => MyTenantOut) tenant: MyTenantOut;
  @ListOf({ dto: () => MyRoleOut }) roles: MyRoleOut[];
  @ListOf({ text: { max: 60 } }) permissions: string[];
  @Nested(() => StoreScopeDto) store_scope: StoreScopeDto;
  @Nested(() => MySessionOut) session: MySessionOut;
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
  @Nested(() => UserOut) user: UserOut;
  @Nested(() => MyWholeTenantOut) tenant: MyWholeTenantOut;
  @ListOf({ dto: () => MyRoleOut }) roles: MyRoleOut[];
  @ListOf({ text: { max: 60 } }) permissions: string[];
  @Nested(() => StoreScopeDto) store_scope: StoreScopeDto;
  @Nested(() => MySessionOut) session: MySessionOut;
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
  @OneOf(['change_password', 'mfa_setup'], { nullable: true, description: 'The only step that this token opens' }) next: string | null;
  @Text({ description: 'Changes exactly when this answer may; also the ETag' }) version: string;
}
