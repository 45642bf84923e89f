import { STAFF_ROLES } from '#contracts/permissions.js';
import { Email, Flag, Instant, listQuery, OneOf, Text, Uuid } from '#platform/http/index.js';

const ROLES = Object.keys(STAFF_ROLES);
const STATUSES = ['active', 'disabled'] as const;
const REASON = { min: 0, max: 500, optional: true, description: 'needed: at least 10 characters' } as const;

export class StaffIn {
  @Email() email: string;
  @Text({ max: 120, optional: true }) display_name?: string;
  @OneOf(ROLES) role: 'ops_viewer' | 'ops_admin' | 'superuser';
  @Text(REASON) reason?: string;
}
export class StaffPatch {
  @Text({ max: 120, optional: true }) display_name?: string;
  @OneOf(ROLES, { optional: true }) role?: 'ops_viewer' | 'ops_admin' | 'superuser';
  @OneOf(STATUSES, { optional: true }) status?: 'active' | 'disabled';
  @Text({ ...REASON, description: 'needed for role and status: at least 10 characters' }) reason?: string;
}
export class StaffOut {
  @Uuid() platform_user_id: string;
  @Text() email: string;
  @Text() display_name: string;
  @OneOf(ROLES) role: string;
  @OneOf(['bootstrap', 'env', 'staff'], { description: 'env: named by OPS_ADMINS' }) source: string;
  @OneOf(STATUSES) status: string;
  @Flag() has_password: boolean;
  @Flag() mfa_enabled: boolean;
  @Instant() created_at: string;
  @Instant({ nullable: true }) last_login_at: string | null;
}
export class StaffReasonIn {
  @Text(REASON) reason?: string;
}
export const STAFF_LIST = listQuery({ status: { kind: 'one_of', values: STATUSES }, role: { kind: 'one_of', values: ROLES } });
