export { AccessGuard, bearer, tenantHeader } from './access.guard.js';
export { CallerHosts, FromCaller, RefreshCookie, type Caller, type ClientKind } from './caller.js';
export { RateLimits } from './rate-limits.js';
export { RequestBudgets, type PlannedRequests } from './request-budgets.js';
export { platformSecret, TokenRealm, type Audience, type Claims } from './jwt.js';
export { settleAnswers } from './settle-answers.js';
export { checkMachineKey } from './machine-keys.js';
export { describeRoutes, RoutesRefused, RouteTable, type Route } from './route-table.js';
export {
  Authorizer, CredentialVerifier, DecisionLog, PasswordCheck, SecondFactorCheck, StaffAuthenticator, TenantRefusals, TenantResolver, type Access, type AuthzContext, type Decision, type DenialReason,
  type Grants, type RequestFacts, type StaffMember, type SupportAccess, type TenantFace, type VerifiedCredential,
} from './types.js'; // prettier-ignore
