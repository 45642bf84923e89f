import { Controller, Delete, Get, Patch, Post } from '@nestjs/common';
import { FromCaller, type AuthzContext, type Caller } from '#platform/auth/index.js';
import type { TenantScope } from '#platform/db/index.js';
import { AllowWhen, Answers, Audited, Authz, Id, In, LimitedTokens, OnBehalf, Public, Scope, SignedIn } from '#platform/http/index.js';
import { Account } from './account.js';
import {
  ForgotIn, LoginIn, LogoutIn, PasswordChangeIn, PasswordPolicyOut, ProfilePatch, RefreshIn, ResetIn, SessionOut, SessionsRevokedOut, SignedInOut, SwitchTenantIn,
  UserOut,
} from './identity.dto.js'; // prettier-ignore
import { AuthMeOut } from './me.dto.js';
import { Me } from './me.js';
import { Passwords } from './passwords.js';
import { Refresh } from './refresh.js';
import { SessionRoutes } from './session-routes.js';
import { SignIn } from './sign-in.js';

const ENTRY = [
  'no_membership',
  'membership_suspended',
  'tenant_suspended',
  'tenant_archived',
  'tenant_not_ready',
  'tenant_hint_invalid',
  'tenant_host_required',
  'not_found',
] as const;

/** What a sign-in may be refused with, by either of its steps. */
export const SIGN_IN_REFUSALS = ['invalid_credentials', 'too_many_attempts', 'busy', ...ENTRY] as const;

/** Signing in, staying signed in, signing out. */
@Controller('auth')
export class AuthController {
  constructor(
    private readonly signIn: SignIn,
    private readonly refreshes: Refresh,
    private readonly sessions: SessionRoutes,
  ) {}

  @Post('login')
  @Public()
  @Audited('auth.login')
  @Answers(200, SignedInOut, ...SIGN_IN_REFUSALS)
  login(@FromCaller() caller: Caller, @In() body: LoginIn) {
    return this.signIn.login(caller, body);
  }

  @Post('refresh')
  @Public()
  @Audited({ none: 'a session goes on; only a token that comes twice is an event (auth.refresh_reused)' })
  @Answers(200, SignedInOut, 'refresh_invalid', 'session_revoked', 'origin_refused', ...ENTRY)
  refresh(@FromCaller() caller: Caller, @In({ optional: true }) body: RefreshIn) {
    return this.refreshes.refresh(caller, body);
  }

  @Post('switch-tenant')
  @Public()
  @Audited('auth.tenant_switched')
  @Answers(
    200,
    SignedInOut,
    'unauthenticated',
    'token_expired',
    'refresh_invalid',
    'session_revoked',
    'origin_refused',
    'password_change_required',
    'mfa_required',
    'permission_denied',
    'too_many_attempts',
    'tenant_required',
    ...ENTRY,
  )
  switchTenant(@FromCaller() caller: Caller, @In() body: SwitchTenantIn) {
    return this.sessions.switchTenant(caller, body);
  }

  @Post('logout')
  @Public()
  @Audited('auth.logout')
  @Answers(204, null, 'origin_refused')
  logout(@FromCaller() caller: Caller, @In({ optional: true }) body: LogoutIn) {
    return this.sessions.logout(caller, body);
  }
}

/** One's own account and sign-ins. */
@Controller('auth')
export class AccountController {
  constructor(
    private readonly account: Account,
    private readonly who: Me,
  ) {}

  @Get('me')
  @SignedIn()
  @AllowWhen('restricted')
  @LimitedTokens('change_password', 'mfa_setup')
  @OnBehalf()
  @Answers(200, AuthMeOut)
  me(@Scope() scope: TenantScope, @Authz() authz: AuthzContext) {
    return this.who.short(scope, authz);
  }

  @Patch('me')
  @SignedIn()
  @Audited('auth.profile_updated')
  @Answers(200, UserOut)
  update(@Scope() scope: TenantScope, @In() body: ProfilePatch) {
    return this.account.update(scope, body);
  }

  @Get('sessions')
  @SignedIn()
  @Answers(200, [SessionOut])
  listSessions(@Scope() scope: TenantScope) {
    return this.account.listSessions(scope);
  }

  @Delete('sessions/:session_id')
  @SignedIn()
  @Audited('auth.session_revoked')
  @Answers(204, null, 'not_found')
  endSession(@Scope() scope: TenantScope, @Id('session_id') session_id: string) {
    return this.account.endSession(scope, session_id);
  }

  @Delete('sessions')
  @SignedIn()
  @Audited('auth.session_revoked')
  @Answers(200, SessionsRevokedOut)
  endOtherSessions(@Scope() scope: TenantScope) {
    return this.account.endOtherSessions(scope);
  }
}

@Controller('auth')
export class PasswordController {
  constructor(private readonly passwords: Passwords) {}

  @Get('password-policy')
  @Public()
  @Answers(200, PasswordPolicyOut, 'not_found')
  policy(@FromCaller() caller: Caller) {
    return this.passwords.policy(caller);
  }

  @Post('password/change')
  @SignedIn()
  @AllowWhen('restricted')
  @LimitedTokens('change_password')
  @Audited('auth.password_changed')
  @Answers(200, SignedInOut, 'invalid_credentials', 'password_refused', 'too_many_attempts', 'busy')
  change(@Scope() scope: TenantScope, @FromCaller() caller: Caller, @In() body: PasswordChangeIn) {
    return this.passwords.change(scope, caller, body);
  }

  @Post('password/forgot')
  @Public()
  @Audited({ none: 'the answer is one for everybody; the reset itself is audited (auth.password_changed)' })
  @Answers(202, null, 'too_many_attempts')
  forgot(@FromCaller() caller: Caller, @In() body: ForgotIn) {
    return this.passwords.forgot(caller, body);
  }

  @Post('password/reset')
  @Public()
  @Audited('auth.password_changed')
  @Answers(204, null, 'not_found', 'reset_used', 'reset_expired', 'password_refused', 'too_many_attempts', 'busy')
  reset(@FromCaller() caller: Caller, @In() body: ResetIn) {
    return this.passwords.reset(caller, body);
  }
}
