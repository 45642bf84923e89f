import { Controller, Get, Param, Patch, Post } from '@nestjs/common';
import type { PlatformScope } from '#platform/db/index.js';
import { Answers, Audited, In, Platform, Scope, Search, type ListOfQuery } from '#platform/http/index.js';
import { IfMatch } from '../rbac/index.js';
import { PlanIn, PlanPatch, PLATFORM_PLANS, PlatformPlanOut } from './platform-plans.dto.js';
import { PlatformPlans } from './platform-plans.service.js';

@Controller('platform/plans')
@Platform('platform:billing')
export class PlatformPlansController {
  constructor(private readonly plans: PlatformPlans) {}

  @Get()
  @Answers(200, [PlatformPlanOut])
  list(@Scope() scope: PlatformScope, @Search(PLATFORM_PLANS) list: ListOfQuery<typeof PLATFORM_PLANS>) {
    return this.plans.list(scope, list);
  }

  @Get(':plan_code')
  @Answers(200, PlatformPlanOut)
  get(@Scope() scope: PlatformScope, @Param('plan_code') plan_code: string) {
    return this.plans.get(scope, plan_code);
  }

  @Post()
  @Audited('plan.created')
  @Answers(201, PlatformPlanOut, 'unknown_module', 'invalid_state')
  create(@Scope() scope: PlatformScope, @In() body: PlanIn) {
    return this.plans.create(scope, body);
  }

  @Patch(':plan_code')
  @Audited('plan.updated')
  @Answers(200, PlatformPlanOut, 'unknown_module', 'plan_in_use', 'precondition_failed')
  update(@Scope() scope: PlatformScope, @Param('plan_code') plan_code: string, @In() body: PlanPatch, @IfMatch() version: number | null) {
    return this.plans.update(scope, plan_code, body, version);
  }
}
