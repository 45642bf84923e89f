import { Controller, Delete, Get, Post } from '@nestjs/common';
import { FromCaller, type Caller, type StaffMember } from '#platform/auth/index.js';
import type { PlatformScope } from '#platform/db/index.js';
import { Answers, Audited, In, LimitedTokens, OneTimeSecret, Platform, Public, Scope, Staff } from '#platform/http/index.js';
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
} from '../identity/index.js';
import { StaffMfa } from './staff-mfa.js';
import { StaffSignedInOut } from './staff.dto.js';

/** The second factor of platform staff: `/platform/auth/mfa`. */
@Controller('platform/auth/mfa')
export class PlatformMfaController {
  constructor(private readonly mfa: StaffMfa) {}

  @Get()
  @Platform(null)
  @LimitedTokens('mfa_setup')
  @Answers(200, MfaOut)
  status(@Scope() scope: PlatformScope, @Staff() member: StaffMember) {
    return this.mfa.status(scope, member);
  }

  @Post()
  @Platform(null)
  @LimitedTokens('mfa_setup')
  @OneTimeSecret()
  @Audited({ none: 'a secret that opens nothing yet; confirming it is the event (platform.mfa_enabled)' })
  @Answers(201, MfaEnrolledOut, 'invalid_credentials', 'mfa_already_enabled', 'too_many_attempts', 'busy')
  enrol(@Scope() scope: PlatformScope, @Staff() member: StaffMember, @FromCaller() caller: Caller, @In() body: MfaEnrolIn) {
    return this.mfa.enrol(scope, member, caller, body);
  }

  @Post('confirm')
  @Platform(null)
  @LimitedTokens('mfa_setup')
  @Audited('platform.mfa_enabled')
  @Answers(200, MfaOut, 'mfa_code_invalid', 'mfa_not_started', 'mfa_already_enabled', 'too_many_attempts')
  confirm(@Scope() scope: PlatformScope, @Staff() member: StaffMember, @FromCaller() caller: Caller, @In() body: MfaConfirmIn) {
    return this.mfa.confirm(scope, member, caller, body.code);
  }

  @Post('verify')
  @Public()
  @Audited('platform.login')
  @Answers(
    200,
    StaffSignedInOut,
    'mfa_code_invalid',
    'mfa_challenge_invalid',
    'too_many_attempts',
    'platform_host_required',
    'platform_hosts_unset',
    'not_found',
  )
  verify(@FromCaller() caller: Caller, @In() body: MfaVerifyIn) {
    return this.mfa.verify(caller, body);
  }

  @Post('step')
  @Platform(null)
  @LimitedTokens('mfa_setup')
  @Audited('platform.mfa_passed')
  @Answers(204, null, 'mfa_code_invalid', 'mfa_not_enabled', 'too_many_attempts')
  step(@Scope() scope: PlatformScope, @Staff() member: StaffMember, @FromCaller() caller: Caller, @In() body: MfaProofIn) {
    return this.mfa.step(scope, member, caller, body);
  }

  @Post('recovery-codes')
  @Platform(null)
  @LimitedTokens('mfa_setup')
  @OneTimeSecret()
  @Audited('platform.recovery_codes_renewed')
  @Answers(200, MfaCodesOut, 'invalid_credentials', 'mfa_code_invalid', 'mfa_not_enabled', 'too_many_attempts', 'busy')
  renewCodes(@Scope() scope: PlatformScope, @Staff() member: StaffMember, @FromCaller() caller: Caller, @In() body: MfaRenewIn) {
    return this.mfa.renewCodes(scope, member, caller, body);
  }

  @Delete()
  @Platform(null)
  @LimitedTokens('mfa_setup')
  @Audited('platform.mfa_disabled')
  @Answers(204, null, 'invalid_credentials', 'mfa_code_invalid', 'mfa_not_enabled', 'mfa_required_by_tenant', 'too_many_attempts', 'busy')
  disable(@Scope() scope: PlatformScope, @Staff() member: StaffMember, @FromCaller() caller: Caller, @In() body: MfaDisableIn) {
    return this.mfa.disable(scope, member, caller, body);
  }
}
