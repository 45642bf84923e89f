import { Controller, Delete, Get, Patch, Post } from '@nestjs/common';
import type { AuthzContext } from '#platform/auth/index.js';
import type { TenantScope } from '#platform/db/index.js';
import { Answers, Audited, Authz, Id, In, OneRun, Requires, Scope, Search, type ListOfQuery } from '#platform/http/index.js';
import { ETag, IfMatch, type Tag } from './if-match.js';
import { ROLE_LIST, RoleIn, RoleOut, RolePatch } from './rbac.dto.js';
import { RolesService } from './roles.service.js';

@Controller('roles')
export class RolesController {
  constructor(private readonly roles: RolesService) {}

  @Get()
  @Requires('roles:read')
  @Answers(200, [RoleOut])
  list(@Scope() scope: TenantScope, @Search(ROLE_LIST) list: ListOfQuery<typeof ROLE_LIST>) {
    return this.roles.list(scope, list);
  }

  @Get(':role_id')
  @Requires('roles:read')
  @Answers(200, RoleOut)
  get(@Scope() scope: TenantScope, @Id('role_id') role_id: string, @ETag() tag: Tag) {
    return tag(this.roles.get(scope, role_id));
  }

  @Post()
  @Requires('roles:write')
  @Audited('role.created')
  @Answers(201, RoleOut, 'unknown_permission', 'grant_exceeds_own', 'role_name_taken', 'limit_reached')
  create(@Scope() scope: TenantScope, @Authz() authz: AuthzContext, @In() body: RoleIn, @ETag() tag: Tag) {
    return tag(this.roles.create(scope, authz, body));
  }

  @Patch(':role_id')
  @Requires('roles:write')
  @Audited('role.updated')
  @Answers(
    200,
    RoleOut,
    'unknown_permission',
    'grant_exceeds_own',
    'role_is_system',
    'role_name_taken',
    'last_admin',
    'precondition_failed',
  )
  update(
    @Scope() scope: TenantScope,
    @Authz() authz: AuthzContext,
    @Id('role_id') role_id: string,
    @In() body: RolePatch,
    @IfMatch() version: number | null,
    @ETag() tag: Tag,
  ) {
    return tag(this.roles.update(scope, authz, role_id, body, version));
  }

  @Delete(':role_id')
  @Requires('roles:delete')
  @OneRun()
  @Audited('role.deleted')
  @Answers(204, null, 'role_is_system', 'role_in_use', 'precondition_failed', 'validation_failed')
  remove(@Scope() scope: TenantScope, @Id('role_id') role_id: string, @IfMatch() version: number | null) {
    return this.roles.remove(scope, role_id, version);
  }
}
