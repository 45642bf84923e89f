import { Global, Module } from '@nestjs/common';
import { ROLE_PACKS, type RolePack } from '#contracts/roles.js';
import { Authorizer, DecisionLog } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { Clock } from '#platform/crypto/index.js';
import { defineModule } from '#platform/modules/index.js';
import { JobAuthority } from '#platform/queue/index.js';
import { EntitlementsModule } from '../entitlements/index.js';
import { RbacAuthorizer } from './authorizer.js';
import { RbacDecisionLog } from './decision-log.js';
import { DecisionsRepository } from './decisions.repository.js';
import { GuardedChanges } from './guarded-changes.js';
import { RbacJobAuthority } from './job-authority.js';
import { KeyRightsRepository } from './key-rights.repository.js';
import { MembersController, MyMembershipController, TenantUsersController } from './members.controller.js';
import { Members } from './members.js';
import { COUNT_SEATS } from './members.repository.js';
import { MembersService } from './members.service.js';
import { OptimisticAuthorizer } from './optimistic-authorizer.js';
import { PrincipalRights } from './principal-rights.js';
import { RbacController } from './rbac.controller.js';
import './rbac.errors.js';
import { RbacService } from './rbac.service.js';
import { RightsJudge } from './rights-judge.js';
import { RightsRepository } from './rights.repository.js';
import { RolesController } from './roles.controller.js';
import { Roles } from './roles.js';
import { COUNT_CUSTOM_ROLES } from './roles.repository.js';
import { RolesService } from './roles.service.js';

export const manifest = defineModule({
  code: 'rbac',
  name: 'Members and roles',
  core: true,
  depends_on: [],
  permissions: ['users:read', 'users:write', 'users:delete', 'users:admin', 'roles:read', 'roles:write', 'roles:delete'],
  events: ['member.added', 'member.updated', 'member.removed', 'role.created', 'role.updated', 'role.deleted'],
  audit_actions: [
    'role.created', 'role.updated', 'role.deleted', 'member.added', 'member.updated', 'member.removed', 'member.left', 'rbac.grant_refused', 'rbac.last_admin_kept',
  ], // prettier-ignore
  limits: [
    { code: 'max_users', count: COUNT_SEATS },
    { code: 'max_custom_roles', count: COUNT_CUSTOM_ROLES },
  ],
  provisioning_steps: [
    {
      key: 'roles',
      after: ['reserve'],
      timeout_ms: 10_000,
      kind: 'database',
      // Also applies a template to a tenant that lives: its pack, beside the tenant's own.
      run: async (tx, { input, services }) => ({ roles: await services.get(Roles).createPack(tx, packOf(input['role_pack'])) }),
      compensate: (tx, { services }) => services.get(Roles).removePack(tx),
    },
  ],
  nav: [
    { key: 'team', group: 'organisation', order: 20, requires: 'users:read' },
    { key: 'roles', group: 'organisation', order: 30, requires: 'roles:read' },
  ],
});

function packOf(code: unknown): RolePack {
  if (typeof code !== 'string' || !Object.hasOwn(ROLE_PACKS, code)) throw new Error('the job names no role pack of this release');
  return code as RolePack;
}

/** Both modes answer the same; optimistic saves a round trip. */
const authorizerOf = (stage1: RbacAuthorizer, config: Config, clock: Clock): Authorizer =>
  config.authz_mode === 'optimistic' ? new OptimisticAuthorizer(stage1, clock) : stage1;

/** Global: the guard asks for rights and tells decisions, jobs ask for those of whoever wanted them. */
@Global()
@Module({
  imports: [EntitlementsModule],
  controllers: [RbacController, RolesController, MembersController, MyMembershipController, TenantUsersController],
  providers: [
    RightsRepository, KeyRightsRepository, RightsJudge, PrincipalRights, DecisionsRepository, RbacAuthorizer, RbacDecisionLog, GuardedChanges, Roles, RolesService, Members,
    MembersService, RbacService, RbacJobAuthority,
    { provide: Authorizer, inject: [RbacAuthorizer, Config, Clock], useFactory: authorizerOf },
    { provide: DecisionLog, useExisting: RbacDecisionLog },
    { provide: JobAuthority, useExisting: RbacJobAuthority },
  ], // prettier-ignore
  exports: [Authorizer, DecisionLog, JobAuthority, RbacDecisionLog, GuardedChanges, Roles, Members],
})
export class RbacModule {}
