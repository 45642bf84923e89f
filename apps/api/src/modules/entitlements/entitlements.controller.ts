import { Controller, Get } from '@nestjs/common';
import type { AuthzContext } from '#platform/auth/index.js';
import type { TenantScope } from '#platform/db/index.js';
import { AllowWhen, Answers, Authz, OnBehalf, Scope, SignedIn } from '#platform/http/index.js';
import { EntitlementsOut } from './entitlements.dto.js';
import { Entitlements } from './entitlements.service.js';

@Controller('me/entitlements')
export class EntitlementsController {
  constructor(private readonly entitlements: Entitlements) {}

  @Get()
  @SignedIn()
  @OnBehalf()
  @AllowWhen('restricted')
  @Answers(200, EntitlementsOut)
  mine(@Scope() scope: TenantScope, @Authz() authz: AuthzContext) {
    return this.entitlements.mine(scope, authz);
  }
}
