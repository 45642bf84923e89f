import { Controller, Get, Put } from '@nestjs/common';
import { FromCaller, type AuthzContext, type Caller } from '#platform/auth/index.js';
import type { TenantScope } from '#platform/db/index.js';
import { AllowWhen, Answers, AnyObject, Audited, Authz, In, LimitedTokens, OnBehalf, Scope, SignedIn } from '#platform/http/index.js';
import { Account } from './account.js';
import { MeOut } from './me.dto.js';
import { Me } from './me.js';

@Controller('me')
export class MeController {
  constructor(
    private readonly who: Me,
    private readonly account: Account,
  ) {}

  @Get()
  @SignedIn()
  @AllowWhen('restricted')
  @LimitedTokens('change_password', 'mfa_setup')
  @OnBehalf()
  @Answers(200, MeOut)
  me(@Scope() scope: TenantScope, @Authz() authz: AuthzContext, @FromCaller() caller: Caller) {
    return this.who.whole(scope, authz, caller);
  }

  @Get('preferences')
  @SignedIn()
  @Answers(200, AnyObject)
  preferences(@Scope() scope: TenantScope) {
    return this.account.preferences(scope);
  }

  @Put('preferences')
  @SignedIn()
  @Audited('auth.preferences_updated')
  @Answers(200, AnyObject, 'body_too_large')
  setPreferences(@Scope() scope: TenantScope, @In() body: AnyObject) {
    return this.account.setPreferences(scope, body);
  }
}
