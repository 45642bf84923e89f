import { Controller, Get } from '@nestjs/common';
import type { AuthzContext } from '#platform/auth/index.js';
import type { TenantScope } from '#platform/db/index.js';
import { Answers, Authz, OnBehalf, Requires, Scope, Search, SignedIn, type ListOfQuery } from '#platform/http/index.js';
import { CatalogueOut, DECISION_LIST, DecisionOut, EXPLAIN, ExplainOut } from './rbac.dto.js';
import { RbacService } from './rbac.service.js';

@Controller('rbac')
export class RbacController {
  constructor(private readonly rbac: RbacService) {}

  @Get('permissions')
  @SignedIn()
  @OnBehalf()
  @Answers(200, CatalogueOut)
  permissions(@Authz() authz: AuthzContext) {
    return this.rbac.catalogue(authz);
  }

  @Get('explain')
  @SignedIn()
  @OnBehalf()
  @Answers(200, ExplainOut, 'unknown_permission', 'permission_denied')
  explain(@Scope() scope: TenantScope, @Authz() authz: AuthzContext, @Search(EXPLAIN) query: ListOfQuery<typeof EXPLAIN>) {
    return this.rbac.explain(scope, authz, query);
  }

  @Get('decisions')
  @Requires('audit:read')
  @Answers(200, [DecisionOut])
  decisions(@Scope() scope: TenantScope, @Search(DECISION_LIST) list: ListOfQuery<typeof DECISION_LIST>) {
    return this.rbac.listDecisions(scope, list);
  }
}
