import { Global, Module } from '@nestjs/common';
import { CallerHosts, CredentialVerifier, PasswordCheck, SecondFactorCheck } from '#platform/auth/index.js';
import { defineModule } from '#platform/modules/index.js';
import { EntitlementsModule } from '../entitlements/index.js';
import { Account } from './account.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeys } from './api-keys.js';
import { COUNT_API_KEYS } from './api-keys.repository.js';
import { AccountController, AuthController, PasswordController } from './auth.controller.js';
import { BearerVerifier } from './credential-verifier.js';
import { EmailAddress } from './email-address.js';
import { EmailController } from './email.controller.js';
import './identity.errors.js';
import { identityTidy } from './identity.jobs.js';
import { IDENTITY_SETTINGS_SCHEMA } from './identity-settings.js';
import { MeController } from './me.controller.js';
import { Me } from './me.js';
import { MfaController } from './mfa.controller.js';
import { Mfa } from './mfa.js';
import { MfaSignIn } from './mfa-sign-in.js';
import { OwnFactor, OwnPassword } from './own-proof.js';
import { PasswordRules } from './password-rules.js';
import { Passwords } from './passwords.js';
import { Refresh } from './refresh.js';
import { SecondFactor } from './second-factor.js';
import { SessionActivity } from './session-activity.js';
import { SessionRoutes } from './session-routes.js';
import { Sessions } from './sessions.js';
import { SignInAnswers } from './sign-in-answer.js';
import { SignInAudit } from './sign-in-audit.js';
import { SignInSession } from './sign-in-session.js';
import { SignInTenants } from './sign-in-tenants.js';
import { SignIn } from './sign-in.js';
import { SupportAccess } from './support-access.js';
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
  events: ['user.created', 'impersonation.started', 'impersonation.ended'],
  audit_actions: [
    'auth.login', 'auth.login_failed', 'auth.logout', 'auth.tenant_switched', 'auth.password_changed', 'auth.refresh_reused', 'auth.session_revoked',
    'auth.preferences_updated', 'auth.profile_updated', 'auth.mfa_enabled', 'auth.mfa_disabled', 'auth.mfa_reset', 'auth.mfa_passed', 'auth.recovery_codes_renewed',
    'auth.email_change_requested', 'auth.email_changed', 'auth.email_verified', 'api_key.created', 'api_key.updated', 'api_key.rotated', 'api_key.revoked',
    'impersonation.started', 'impersonation.ended',
  ], // prettier-ignore
  settings_schema: IDENTITY_SETTINGS_SCHEMA,
  nav: [{ key: 'api_keys', group: 'connect', order: 50, requires: 'api_keys:read' }],
  limits: [{ code: 'max_api_keys', count: COUNT_API_KEYS }],
  schedules: [identityTidy],
});

const EXPORTED = [
  CallerHosts,
  CredentialVerifier,
  EmailAddress,
  PasswordCheck,
  PasswordRules,
  SecondFactor,
  SecondFactorCheck,
  Sessions,
  SignIn,
  SignInAnswers,
  SignInAudit,
  SignInTenants,
  StaffTokens,
  SupportAccess,
  TenantTokens,
  Throttle,
  Users,
] as const;

/** Global: the guard needs the verifier; ops signs staff in beside it, invitations bring people in. */
@Global()
@Module({
  imports: [EntitlementsModule],
  controllers: [AuthController, AccountController, PasswordController, EmailController, MfaController, MeController, ApiKeysController],
  providers: [
    Account, ApiKeys, BearerVerifier, CallerHosts, EmailAddress, Me, Mfa, MfaSignIn, OwnPassword, PasswordRules, Passwords, Refresh, SecondFactor, SessionActivity, SessionRoutes,
    Sessions, SignIn, SignInAnswers, SignInAudit, SignInSession, SignInTenants, StaffTokens, SupportAccess, TenantTokens, Throttle, Tidy, Users,
    { provide: CredentialVerifier, useExisting: BearerVerifier }, { provide: PasswordCheck, useExisting: OwnPassword }, { provide: SecondFactorCheck, useClass: OwnFactor },
  ], // prettier-ignore
  exports: [...EXPORTED],
})
export class IdentityModule {}
