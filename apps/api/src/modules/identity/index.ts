export { IdentityModule, manifest as identityManifest } from './identity.module.js';
export { EmailAddress } from './email-address.js';
export { normalizeEmail } from './email.js';
export { platformQueries } from './identity.queries.js';
export { passwordPolicyOf } from './identity-settings.js';
export { PasswordRules } from './password-rules.js';
export {
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
export { MFA_RESET } from './mfa.mails.js';
export type { Principal } from './mfa.repository.js';
export { CHALLENGE_TTL_S, proofOf, SecondFactor, type FactorProof } from './second-factor.js';
export { Sessions, type StartedSession } from './sessions.js';
export { SignIn } from './sign-in.js';
export { SignInAnswers, type SignedIn } from './sign-in-answer.js';
export { SignInAudit } from './sign-in-audit.js';
export { personScope, strangerScope } from './sign-in-scope.js';
export { SupportAccess, type StartedSupport } from './support-access.js';
export { SignInTenants } from './sign-in-tenants.js';
export { SignedInOut } from './identity.dto.js';
export { Throttle, type Attempt } from './throttle.js';
export { untilNextSlot } from './throttle-rules.js';
export { StaffTokens, TenantTokens } from './token-realms.js';
export { Users } from './users.js';
export type { UserRow } from './users.repository.js';
