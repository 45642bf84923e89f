import { ALL_PERMISSIONS } from '#contracts/permissions.js';
import { Flag, Instant, Int, ListOf, listQuery, Nested, OneOf, Text, Uuid } from '#platform/http/index.js';

/** `selected` with an empty list is no store. A list without `mode` is refused: it must never be read as "all". */
export class StoreScopeDto {
  @OneOf(['all', 'selected']) mode: 'all' | 'selected';
  @ListOf({ uuid: true }, { max: 500, unique: true }) store_ids: string[];
}

export class PermissionOut {
  @Text() permission_id: string;
  @Text() resource: string;
  @Text() action: string;
  @Text() description: string;
  @Text() module_code: string;
  @Flag() is_core: boolean;
  @Flag() scopeable: boolean;
  @Flag() dangerous: boolean;
  @ListOf({ text: { max: 80 } }) implies: string[];
  @Flag({ description: 'held by the caller in at least one store' }) held: boolean;
}
export class CatalogueOut {
  @ListOf({ dto: () => PermissionOut }) data: PermissionOut[];
}

const ROLE_NAME = { min: 1, max: 120, pattern: /\S/ } as const;
export class RoleIn {
  @Text(ROLE_NAME) name: string;
  @Text({ min: 0, max: 400, optional: true }) description?: string;
  @ListOf(
    { text: { max: 80 } },
    { max: ALL_PERMISSIONS.length, unique: true, description: 'names of GET /rbac/permissions; implied ones are added' },
  )
  permissions: string[];
}
export class RolePatch {
  @Text({ ...ROLE_NAME, optional: true }) name?: string;
  @Text({ min: 0, max: 400, optional: true }) description?: string;
  @ListOf({ text: { max: 80 } }, { max: ALL_PERMISSIONS.length, unique: true, optional: true }) permissions?: string[];
}
export class RoleOut {
  @Uuid() role_id: string;
  @Text() code: string;
  @Text() name: string;
  @Text({ min: 0 }) description: string;
  @Flag() is_system: boolean;
  @Text({ nullable: true }) library_role: string | null;
  @ListOf({ text: { max: 80 } }) permissions: string[];
  @Int() member_count: number;
  @Int() row_version: number;
  @Instant() created_at: string;
  @Instant() updated_at: string;
}
export const ROLE_LIST = listQuery({ q: { kind: 'text', max: 80 } });

export class AssignmentIn {
  @Uuid({ optional: true }) role_id?: string;
  @Text({ max: 120, optional: true, description: 'code, name or alias' }) role?: string;
  @Nested(() => StoreScopeDto, { optional: true, description: 'left out: all stores, if the caller holds all of the role there' })
  store_scope?: StoreScopeDto;
  @Instant({ optional: true, nullable: true }) expires_at?: string | null;
}
export class MemberPatch {
  @ListOf({ dto: () => AssignmentIn }, { max: 20, optional: true, description: 'replaces all' }) assignments?: AssignmentIn[];
  @OneOf(['active', 'suspended'], { optional: true }) status?: 'active' | 'suspended';
}
export class MemberIn {
  @Uuid() user_id: string;
  @Uuid({ optional: true }) role_id?: string;
  @Text({ max: 120, optional: true }) role?: string;
  @Nested(() => StoreScopeDto, { optional: true }) store_scope?: StoreScopeDto;
}
export class MemberRoleOut {
  @Uuid() role_assignment_id: string;
  @Uuid() role_id: string;
  @Text() code: string;
  @Text() name: string;
  @Nested(() => StoreScopeDto) store_scope: StoreScopeDto;
  @Instant({ nullable: true }) expires_at: string | null;
}
export class MemberOut {
  @Uuid() user_id: string;
  @Text() email: string;
  @Text({ min: 0 }) display_name: string;
  @OneOf(['active', 'suspended', 'removed']) status: string;
  @ListOf({ dto: () => MemberRoleOut }) roles: MemberRoleOut[];
  @Nested(() => StoreScopeDto) store_scope: StoreScopeDto;
  @Instant() joined_at: string;
  @Instant({ nullable: true }) last_seen_at: string | null;
}
export const MEMBER_LIST = listQuery({
  q: { kind: 'text', max: 120 },
  role: { kind: 'text', max: 120 },
  status: { kind: 'one_of', values: ['active', 'suspended', 'removed'], fold: true },
  store_id: { kind: 'uuid' },
});

export class GrantedByOut {
  @Uuid() role_id: string;
  @Text() role: string;
  @Uuid() role_assignment_id: string;
  @Nested(() => StoreScopeDto) store_scope: StoreScopeDto;
}
export class RemovedByOut {
  @Text() mask: string;
  @Text({ nullable: true }) detail: string | null;
}
export class ExplainOut {
  @Flag() allowed: boolean;
  @ListOf({ dto: () => GrantedByOut }) granted_by: GrantedByOut[];
  @ListOf({ dto: () => RemovedByOut }) removed_by: RemovedByOut[];
}
export const EXPLAIN = listQuery({
  permission: { kind: 'text', max: 80 },
  user_id: { kind: 'uuid' },
  api_key_id: { kind: 'uuid' },
  store_id: { kind: 'uuid' },
});

/** With `group_by=permission` only the first five fields are there. */
export class DecisionOut {
  @Text({ min: 0 }) resource: string;
  @Text({ min: 0 }) permission: string;
  @Text({ min: 0 }) action: string;
  @OneOf(['denied', 'allowed']) result: string;
  @Int() occurrences: number;
  @Uuid({ optional: true }) rbac_audit_id?: string;
  @Instant({ optional: true }) created_at?: string;
  @Uuid({ optional: true, nullable: true }) user_id?: string | null;
  @Uuid({ optional: true, nullable: true }) api_key_id?: string | null;
  @Text({ optional: true, nullable: true }) reason?: string | null;
  @Text({ optional: true, nullable: true }) method?: string | null;
  @Text({ optional: true, nullable: true }) route?: string | null;
  @Text({ optional: true, nullable: true }) ip?: string | null;
  @Text({ min: 0, optional: true, nullable: true }) user_agent?: string | null;
  @Text({ optional: true, nullable: true }) request_id?: string | null;
}
export const DECISION_LIST = listQuery({
  result: { kind: 'one_of', values: ['denied', 'allowed'], fold: true },
  user_id: { kind: 'uuid' },
  permission: { kind: 'text', max: 80 },
  from: { kind: 'instant' },
  to: { kind: 'instant' },
  group_by: { kind: 'one_of', values: ['permission'] },
});
