import { Controller, Delete, Get, Patch, Post } from '@nestjs/common';
import type { AuthzContext } from '#platform/auth/index.js';
import type { TenantScope } from '#platform/db/index.js';
import { Answers, Audited, Authz, Id, In, Requires, Scope, Search, SignedIn, type ListOfQuery } from '#platform/http/index.js';
import { MembersService } from './members.service.js';
import { MEMBER_LIST, MemberIn, MemberOut, MemberPatch } from './rbac.dto.js';

@Controller('admin/members')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  @Get()
  @Requires('users:read')
  @Answers(200, [MemberOut])
  list(@Scope() scope: TenantScope, @Search(MEMBER_LIST) list: ListOfQuery<typeof MEMBER_LIST>) {
    return this.members.list(scope, list);
  }

  @Patch(':user_id')
  @Requires('users:write')
  @Audited('member.updated')
  @Answers(200, MemberOut, 'grant_exceeds_own', 'target_exceeds_own', 'unknown_role', 'last_admin')
  update(@Scope() scope: TenantScope, @Authz() authz: AuthzContext, @Id('user_id') user_id: string, @In() body: MemberPatch) {
    return this.members.update(scope, authz, user_id, body);
  }

  @Delete(':user_id')
  @Requires('users:delete')
  @Audited('member.removed')
  @Answers(204, null, 'target_exceeds_own', 'last_admin')
  remove(@Scope() scope: TenantScope, @Authz() authz: AuthzContext, @Id('user_id') user_id: string) {
    return this.members.remove(scope, authz, user_id);
  }
}

@Controller('me/membership')
export class MyMembershipController {
  constructor(private readonly members: MembersService) {}

  @Delete()
  @SignedIn()
  @Audited('member.left')
  @Answers(204, null, 'last_admin')
  leave(@Scope() scope: TenantScope, @Authz() authz: AuthzContext) {
    return this.members.leave(scope, authz);
  }
}

/** The same people under the path that integrators were given. The guard has compared `:tenant_id` with the credential's tenant. */
@Controller('tenants/:tenant_id/users')
export class TenantUsersController {
  constructor(private readonly members: MembersService) {}

  @Get()
  @Requires('users:read')
  @Answers(200, [MemberOut])
  list(@Scope() scope: TenantScope, @Search(MEMBER_LIST) list: ListOfQuery<typeof MEMBER_LIST>) {
    return this.members.list(scope, list);
  }

  @Post()
  @Requires('users:write')
  @Audited('member.updated')
  @Answers(201, MemberOut, 'grant_exceeds_own', 'unknown_role', 'already_assigned', 'member_suspended', 'limit_reached')
  assign(@Scope() scope: TenantScope, @Authz() authz: AuthzContext, @In() body: MemberIn) {
    return this.members.assign(scope, authz, body);
  }

  @Delete(':user_id')
  @Requires('users:delete')
  @Audited('member.removed')
  @Answers(204, null, 'target_exceeds_own', 'last_admin')
  remove(@Scope() scope: TenantScope, @Authz() authz: AuthzContext, @Id('user_id') user_id: string) {
    return this.members.remove(scope, authz, user_id);
  }
}
