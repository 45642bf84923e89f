import { SetMetadata } from '@nestjs/common';
import type { AuditAction } from '#contracts/audit-actions.js';
import type { Permission, PlatformPermission } from '#contracts/permissions.js';

/** Who may call a route: exactly one of these per route, or the process does not start. */
export type RouteAccess =
  | { readonly kind: 'requires'; readonly permissions: readonly Permission[] }
  | { readonly kind: 'signed_in' }
  | { readonly kind: 'public' }
  /** `ops_key`: x-ops-key is accepted as well (the /ops routes). */
  | { readonly kind: 'platform'; readonly permission: PlatformPermission | null; readonly ops_key: boolean }
  | { readonly kind: 'machine'; readonly key: 'cron' };

export const ACCESS = 'tenantry:access';
export const AUDITED = 'tenantry:audited';
export const ALLOW_WHEN = 'tenantry:allow-when';
export const ONE_TIME_SECRET = 'tenantry:one-time-secret';
export const LIMITED_TOKENS = 'tenantry:limited-tokens';
export const ON_BEHALF = 'tenantry:on-behalf';
export const ONE_RUN = 'tenantry:one-run';
export const RATE_LIMIT = 'tenantry:rate-limit';

const access = (value: RouteAccess): MethodDecorator & ClassDecorator => SetMetadata(ACCESS, value);

/** A tenant route: the caller needs all of these permissions. */
export const Requires = (...permissions: [Permission, ...Permission[]]) => access({ kind: 'requires', permissions });
/** A tenant route for whoever is signed in there. */
export const SignedIn = () => access({ kind: 'signed_in' });
/** No credential. Stands in the list of public routes. */
export const Public = () => access({ kind: 'public' });
/** Platform staff; `null`: any staff member. */
export const Platform = (permission: PlatformPermission | null) => access({ kind: 'platform', permission, ops_key: false });
/** Platform staff or a machine with `x-ops-key`. */
export const Ops = (permission: PlatformPermission) => access({ kind: 'platform', permission, ops_key: true });
/** A machine with `x-cron-key`. */
export const Machine = (key: 'cron') => access({ kind: 'machine', key });

/** Which audit action a mutating route writes. `none` needs a reason: the route changes nothing that is recorded. */
export const Audited = (action: AuditAction | { readonly none: string }) => SetMetadata(AUDITED, action);
/** The route also answers while the tenant is in this state: restricted (suspended) or closed (archived). */
export const AllowWhen = (state: 'restricted' | 'closed') => SetMetadata(ALLOW_WHEN, state);
/** The answer carries a secret that is shown once: not compressed, not stored. */
export const OneTimeSecret = () => SetMetadata(ONE_TIME_SECRET, true);
/**
 * All that this mutating route does is one `TenantDb.run` under the caller's scope, so rights that are remembered may open it: the first
 * batch of the transaction asks the database, and nothing happens before. Not for a route that touches the platform pool, the storage or a
 * provider. Reading routes need no such word.
 */
export const OneRun = () => SetMetadata(ONE_RUN, true);
/** Steps that a token can be limited to (`lim`): it opens nothing but the routes of that step. */
export type LimitedStep = 'change_password' | 'mfa_setup';
/**
 * The route belongs to these steps: it also takes a token that opens only one of them. `mfa_setup` as well opens it to a session that has
 * not passed the second factor where the tenant requires one.
 */
export const LimitedTokens = (...steps: [LimitedStep, ...LimitedStep[]]) => SetMetadata(LIMITED_TOKENS, steps);
/**
 * A `@SignedIn()` route that also answers who acts on behalf of a person without being it: an API key, staff with support access. The
 * other routes of that kind are about one's own account, and that is for its owner.
 */
export const OnBehalf = () => SetMetadata(ON_BEHALF, true);

/** Limits of their own that routes name; the numbers stand in `request-budgets.ts`. */
export type BudgetName = 'session' | 'csp_report' | 'upload' | 'export' | 'webhook_test' | 'ops_mutation';
/**
 * `session`, `csp_report`: in place of the budget that anonymous callers have, by address. The others: beside the caller's own one.
 * Every mutating route of the console is `ops_mutation` without saying so.
 */
export const RateLimit = (name: Exclude<BudgetName, 'ops_mutation'>) => SetMetadata(RATE_LIMIT, name);
