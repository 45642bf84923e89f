import { Controller, Get, Param, Patch, Post } from '@nestjs/common';
import type { AuthzContext, RequestFacts } from '#platform/auth/index.js';
import type { TenantScope } from '#platform/db/index.js';
import { AllowWhen, Answers, Audited, Authz, Facts, In, Requires, Scope } from '#platform/http/index.js';
import { TenantClosing } from './tenant-closing.js';
import { ClosingIn, ClosingOut, TenantOut, TenantPatch } from './tenants.dto.js';
import { Tenants } from './tenants.service.js';

@Controller()
export class TenantsController {
  constructor(
    private readonly tenants: Tenants,
    private readonly closing: TenantClosing,
  ) {}

  @Get('tenant')
  @Requires('tenants:read')
  @AllowWhen('closed')
  @Answers(200, TenantOut)
  current(@Scope() scope: TenantScope, @Authz() authz: AuthzContext) {
    return this.tenants.get(scope, authz);
  }

  @Patch('tenant')
  @Requires('tenants:write')
  @Audited('tenant.updated')
  @Answers(200, TenantOut, 'contrast_too_low', 'unknown_setting')
  update(@Scope() scope: TenantScope, @In() body: TenantPatch) {
    return this.tenants.update(scope, body);
  }

  @Post('tenant/archive')
  @Requires('tenants:admin')
  @Audited('tenant.archived')
  @Answers(202, ClosingOut, 'invalid_transition', 'invalid_credentials', 'too_many_attempts')
  archive(@Scope() scope: TenantScope, @Authz() authz: AuthzContext, @Facts() facts: RequestFacts, @In() body: ClosingIn) {
    return this.closing.archive(scope, authz, facts, body);
  }

  @Post('tenant/restore')
  @Requires('tenants:admin')
  @AllowWhen('closed')
  @Audited('tenant.restored')
  @Answers(200, ClosingOut, 'invalid_transition', 'invalid_credentials', 'too_many_attempts')
  restore(@Scope() scope: TenantScope, @Authz() authz: AuthzContext, @Facts() facts: RequestFacts, @In() body: ClosingIn) {
    return this.closing.restore(scope, authz, facts, body);
  }

  /** The path is an assertion that the guard has compared with the credential: it is always the caller's own tenant. */
  @Get('tenants/:tenant_id')
  @Requires('tenants:read')
  @Answers(200, TenantOut)
  get(@Scope() scope: TenantScope, @Authz() authz: AuthzContext, @Param('tenant_id') _tenant_id: string) {
    return this.tenants.get(scope, authz);
  }
}
