import { PLATFORM_PERMISSIONS, STAFF_ROLES } from '#contracts/permissions.js';
import { Instant, Int, ListOf, Nested, OneOf, Text, Uuid } from '#platform/http/index.js';

const PASSWORD_MAX = 1_024;
const NEXT = ['change_password', 'mfa', 'mfa_setup'] as const;

export class StaffLoginIn {
  @Text({ max: 320 }) email: string;
  @Text({ max: PASSWORD_MAX }) password: string;
}
/** Where there is no cookie: refresh and logout. */
export class StaffRefreshIn {
  @Text({ max: 200, optional: true }) refresh_token?: string;
}
export class StaffForgotIn {
  @Text({ max: 320 }) email: string;
}
export class StaffResetIn {
  @Text({ max: 200 }) token: string;
  @Text({ max: PASSWORD_MAX }) new_password: string;
}
export class StaffPasswordIn {
  @Text({ max: PASSWORD_MAX }) current_password: string;
  @Text({ max: PASSWORD_MAX }) new_password: string;
}

export class StaffMemberOut {
  @Uuid() platform_user_id: string;
  @Text() email: string;
  @Text() display_name: string;
  @OneOf(Object.keys(STAFF_ROLES)) role: string;
}
export class StaffSignedInOut {
  @Text({ max: 4_000, nullable: true, description: 'null while a code of the second factor is due' }) token: string | null;
  @Text({ max: 4_000, nullable: true, description: 'Equals token' }) access_token: string | null;
  @OneOf(['Bearer']) token_type: 'Bearer';
  @Int({ description: 'Seconds; of the challenge where there is one' }) expires_in: number;
  @Text({ max: 200, optional: true, description: 'Not for browsers: theirs is a cookie' }) refresh_token?: string;
  @Text({ max: 200, optional: true, description: 'For POST /platform/auth/mfa/verify' }) challenge?: string;
  @Nested(() => StaffMemberOut) user: StaffMemberOut;
  @OneOf(NEXT, { nullable: true }) next: (typeof NEXT)[number] | null;
}
export class StaffMeSessionOut {
  @Uuid() platform_session_id: string;
  @Instant() expires_at: string;
}
export class StaffMeOut {
  @Nested(() => StaffMemberOut) user: StaffMemberOut;
  @ListOf({ oneOf: PLATFORM_PERMISSIONS }) permissions: string[];
  @Nested(() => StaffMeSessionOut, { nullable: true, description: 'null for BOOTSTRAP_TOKEN' }) session: StaffMeSessionOut | null;
  @OneOf(NEXT, { nullable: true }) next: (typeof NEXT)[number] | null;
}
