import { Controller, Get, Param, Patch } from '@nestjs/common';
import type { TenantScope } from '#platform/db/index.js';
import { Answers, Audited, In, Requires, Scope } from '#platform/http/index.js';
import { TenantOut, TenantPatch } from './tenants.dto.js';
import { Tenants } from './tenants.service.js';

@Controller()
export class TenantsController {
  constructor(private readonly tenants: Tenants) {}

  @Get('tenant')
  @Requires('tenants:read')
  @Answers(200, TenantOut)
  current(@Scope() scope: TenantScope) {
    return this.tenants.get(scope);
  }

  @Patch('tenant')
  @Requires('tenants:write')
  @Audited('tenant.updated')
  @Answers(200, TenantOut)
  update(@Scope() scope: TenantScope, @In() body: TenantPatch) {
    return this.tenants.update(scope, body);
  }

  /** The path is an assertion that the guard has compared with the credential: it is always the caller's own tenant. */
  @Get('tenants/:tenant_id')
  @Requires('tenants:read')
  @Answers(200, TenantOut)
  get(@Scope() scope: TenantScope, @Param('tenant_id') _tenant_id: string) {
    return this.tenants.get(scope);
  }
}
