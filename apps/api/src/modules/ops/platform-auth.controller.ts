import { Controller, Get, Post } from '@nestjs/common';
import { FromCaller, type Caller, type StaffMember } from '#platform/auth/index.js';
import type { PlatformScope } from '#platform/db/index.js';
import { Answers, Audited, In, LimitedTokens, Platform, Public, Scope, Staff } from '#platform/http/index.js';
import { StaffForgotIn, StaffLoginIn, StaffMeOut, StaffPasswordIn, StaffRefreshIn, StaffResetIn, StaffSignedInOut } from './staff.dto.js';
import { StaffPasswords } from './staff-passwords.js';
import { StaffSignIn } from './staff-sign-in.js';

/** Where no console is: on a host of the tenants, or nowhere. */
const HOST = ['platform_host_required', 'platform_hosts_unset', 'not_found'] as const;

/** Sign-in of platform staff, on platform hosts only. */
@Controller('platform/auth')
export class PlatformAuthController {
  constructor(
    private readonly signIn: StaffSignIn,
    private readonly passwords: StaffPasswords,
  ) {}

  @Post('login')
  @Public()
  @Audited('platform.login')
  @Answers(200, StaffSignedInOut, 'invalid_credentials', 'too_many_attempts', 'busy', ...HOST)
  login(@FromCaller() caller: Caller, @In() body: StaffLoginIn) {
    return this.signIn.login(caller, body);
  }

  @Post('refresh')
  @Public()
  @Audited({ none: 'a session goes on; only a token that comes twice is an event (platform.access_refused)' })
  @Answers(200, StaffSignedInOut, 'refresh_invalid', 'session_revoked', 'origin_refused', ...HOST)
  refresh(@FromCaller() caller: Caller, @In({ optional: true }) body: StaffRefreshIn) {
    return this.signIn.refresh(caller, body);
  }

  @Post('logout')
  @Public()
  @Audited('platform.logout')
  @Answers(204, null, 'origin_refused', ...HOST)
  logout(@FromCaller() caller: Caller, @In({ optional: true }) body: StaffRefreshIn) {
    return this.signIn.logout(caller, body);
  }

  @Get('me')
  @Platform(null)
  @LimitedTokens('change_password', 'mfa_setup')
  @Answers(200, StaffMeOut)
  me(@FromCaller() caller: Caller, @Staff() member: StaffMember) {
    return this.signIn.me(caller, member);
  }

  @Post('password/change')
  @Platform(null)
  @LimitedTokens('change_password')
  @Audited('platform.password_changed')
  @Answers(200, StaffSignedInOut, 'invalid_credentials', 'password_refused', 'too_many_attempts', 'busy')
  changePassword(@Scope() scope: PlatformScope, @Staff() member: StaffMember, @FromCaller() caller: Caller, @In() body: StaffPasswordIn) {
    return this.passwords.change(scope, member, caller, body);
  }

  @Post('password/forgot')
  @Public()
  @Audited({ none: 'the answer is one for everybody; the reset itself is audited (platform.password_changed)' })
  @Answers(202, null, 'too_many_attempts', ...HOST)
  forgot(@FromCaller() caller: Caller, @In() body: StaffForgotIn) {
    return this.passwords.forgot(caller, body);
  }

  @Post('password/reset')
  @Public()
  @Audited('platform.password_changed')
  @Answers(204, null, 'not_found', 'reset_used', 'reset_expired', 'password_refused', 'too_many_attempts', 'busy', ...HOST)
  reset(@FromCaller() caller: Caller, @In() body: StaffResetIn) {
    return this.passwords.reset(caller, body);
  }
}
