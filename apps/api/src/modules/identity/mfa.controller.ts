import { Controller, Delete, Get, Post } from '@nestjs/common';
import { FromCaller, type Caller } from '#platform/auth/index.js';
import type { TenantScope } from '#platform/db/index.js';
import { AllowWhen, Answers, Audited, In, LimitedTokens, OneTimeSecret, Public, Scope, SignedIn } from '#platform/http/index.js';
import { SIGN_IN_REFUSALS } from './auth.controller.js';
import { SignedInOut } from './identity.dto.js';
import { MfaSignIn } from './mfa-sign-in.js';
import {
  MfaCodesOut,
  MfaConfirmIn,
  MfaDisableIn,
  MfaEnrolIn,
  MfaEnrolledOut,
  MfaOut,
  MfaProofIn,
  MfaRenewIn,
  MfaVerifyIn,
} from './mfa.dto.js';
import { Mfa } from './mfa.js';

/** The second factor: `/auth/mfa`. All of it stays open to whoever has to set one up, in a suspended tenant too. */
@Controller('auth/mfa')
export class MfaController {
  constructor(
    private readonly mfa: Mfa,
    private readonly signIn: MfaSignIn,
  ) {}

  @Get()
  @SignedIn()
  @AllowWhen('restricted')
  @LimitedTokens('mfa_setup')
  @Answers(200, MfaOut)
  status(@Scope() scope: TenantScope) {
    return this.mfa.status(scope);
  }

  @Post()
  @SignedIn()
  @AllowWhen('restricted')
  @LimitedTokens('mfa_setup')
  @OneTimeSecret()
  @Audited({ none: 'a secret that opens nothing yet; confirming it is the event (auth.mfa_enabled)' })
  @Answers(201, MfaEnrolledOut, 'invalid_credentials', 'mfa_already_enabled', 'too_many_attempts', 'busy')
  enrol(@Scope() scope: TenantScope, @FromCaller() caller: Caller, @In() body: MfaEnrolIn) {
    return this.mfa.enrol(scope, caller, body);
  }

  @Post('confirm')
  @SignedIn()
  @AllowWhen('restricted')
  @LimitedTokens('mfa_setup')
  @Audited('auth.mfa_enabled')
  @Answers(200, MfaOut, 'mfa_code_invalid', 'mfa_not_started', 'mfa_already_enabled', 'too_many_attempts')
  confirm(@Scope() scope: TenantScope, @FromCaller() caller: Caller, @In() body: MfaConfirmIn) {
    return this.mfa.confirm(scope, caller, body.code);
  }

  @Post('verify')
  @Public()
  @Audited('auth.login')
  @Answers(200, SignedInOut, 'mfa_code_invalid', 'mfa_challenge_invalid', ...SIGN_IN_REFUSALS)
  verify(@FromCaller() caller: Caller, @In() body: MfaVerifyIn) {
    return this.signIn.verify(caller, body);
  }

  @Post('step')
  @SignedIn()
  @AllowWhen('restricted')
  @LimitedTokens('mfa_setup')
  @Audited('auth.mfa_passed')
  @Answers(204, null, 'mfa_code_invalid', 'mfa_not_enabled', 'too_many_attempts')
  step(@Scope() scope: TenantScope, @FromCaller() caller: Caller, @In() body: MfaProofIn) {
    return this.mfa.step(scope, caller, body);
  }

  @Post('recovery-codes')
  @SignedIn()
  @AllowWhen('restricted')
  @LimitedTokens('mfa_setup')
  @OneTimeSecret()
  @Audited('auth.recovery_codes_renewed')
  @Answers(200, MfaCodesOut, 'invalid_credentials', 'mfa_code_invalid', 'mfa_not_enabled', 'too_many_attempts', 'busy')
  renewCodes(@Scope() scope: TenantScope, @FromCaller() caller: Caller, @In() body: MfaRenewIn) {
    return this.mfa.renewCodes(scope, caller, body);
  }

  @Delete()
  @SignedIn()
  @AllowWhen('restricted')
  @LimitedTokens('mfa_setup')
  @Audited('auth.mfa_disabled')
  @Answers(204, null, 'invalid_credentials', 'mfa_code_invalid', 'mfa_not_enabled', 'mfa_required_by_tenant', 'too_many_attempts', 'busy')
  disable(@Scope() scope: TenantScope, @FromCaller() caller: Caller, @In() body: MfaDisableIn) {
    return this.mfa.disable(scope, caller, body);
  }
}
