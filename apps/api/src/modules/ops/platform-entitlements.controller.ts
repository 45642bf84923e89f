import { Controller, Get, Put } from '@nestjs/common';
import type { PlatformScope } from '#platform/db/index.js';
import { Answers, Audited, Id, In, Platform, Scope } from '#platform/http/index.js';
import { StaffEntitlementsIn, StaffEntitlementsOut } from './platform-entitlements.dto.js';
import { PlatformEntitlements } from './platform-entitlements.service.js';

@Controller('platform/tenants/:tenant_id/entitlements')
@Platform('platform:billing')
export class PlatformEntitlementsController {
  constructor(private readonly entitlements: PlatformEntitlements) {}

  @Get()
  @Answers(200, StaffEntitlementsOut)
  get(@Scope() scope: PlatformScope, @Id('tenant_id') tenant_id: string) {
    return this.entitlements.get(scope, tenant_id);
  }

  @Put()
  @Audited('entitlement.overridden')
  @Answers(200, StaffEntitlementsOut, 'reason_required', 'unknown_module', 'unknown_plan', 'base_plan_required', 'invalid_transition')
  set(@Scope() scope: PlatformScope, @Id('tenant_id') tenant_id: string, @In() body: StaffEntitlementsIn) {
    return this.entitlements.set(scope, tenant_id, body);
  }
}
