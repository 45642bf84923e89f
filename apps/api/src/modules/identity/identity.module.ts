import { Global, Module } from '@nestjs/common';
import { CallerHosts, CredentialVerifier } from '#platform/auth/index.js';
import { defineModule } from '#platform/modules/index.js';
import { Account } from './account.js';
import { AccountController, AuthController, PasswordController } from './auth.controller.js';
import { BearerVerifier } from './credential-verifier.js';
import './identity.errors.js';
import { identityTidy } from './identity.jobs.js';
import { MeController } from './me.controller.js';
import { Me } from './me.js';
import { PasswordRules } from './password-rules.js';
import { Passwords } from './passwords.js';
import { Refresh } from './refresh.js';
import { SessionActivity } from './session-activity.js';
import { SessionRoutes } from './session-routes.js';
import { Sessions } from './sessions.js';
import { SignInAnswers } from './sign-in-answer.js';
import { SignInAudit } from './sign-in-audit.js';
import { SignInTenants } from './sign-in-tenants.js';
import { SignIn } from './sign-in.js';
import { Throttle } from './throttle.js';
import { Tidy } from './tidy.js';
import { StaffTokens, TenantTokens } from './token-realms.js';
import { Users } from './users.js';

export const manifest = defineModule({
  code: 'identity',
  name: 'Identity',
  core: true,
  depends_on: [],
  permissions: ['api_keys:read', 'api_keys:write'],
  features: ['sso'],
  events: ['user.created'],
  audit_actions: [
    'auth.login', 'auth.login_failed', 'auth.logout', 'auth.tenant_switched', 'auth.password_changed', 'auth.refresh_reused', 'auth.session_revoked',
    'auth.preferences_updated', 'auth.profile_updated',
  ], // prettier-ignore
  schedules: [identityTidy],
});

const EXPORTED = [
  CallerHosts,
  CredentialVerifier,
  PasswordRules,
  Sessions,
  SignIn,
  SignInAnswers,
  SignInTenants,
  StaffTokens,
  TenantTokens,
  Throttle,
  Users,
] as const;

/** Global: the guard needs the verifier; ops signs staff in beside it, invitations bring people in. */
@Global()
@Module({
  controllers: [AuthController, AccountController, PasswordController, MeController],
  providers: [
    Account, BearerVerifier, CallerHosts, Me, PasswordRules, Passwords, Refresh, SessionActivity, SessionRoutes, Sessions, SignIn, SignInAnswers, SignInAudit,
    SignInTenants, StaffTokens, TenantTokens, Throttle, Tidy, Users, { provide: CredentialVerifier, useExisting: BearerVerifier },
  ], // prettier-ignore
  exports: [...EXPORTED],
})
export class IdentityModule {}
