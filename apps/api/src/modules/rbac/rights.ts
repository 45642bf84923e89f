import type { AuthzContext } from '#platform/auth/index.js';
import type { AssignmentRow } from './grants.js';
import type { ModuleState, PlanState } from './module-state.js';

/** The authorization context with what it was computed from, for `/me`, entitlements, navigation and explain: the request has read it anyway. */
export interface Rights extends AuthzContext {
  /** Those that have not expired. */
  readonly assignments: readonly AssignmentRow[];
  readonly modules: ReadonlyMap<string, ModuleState>;
  /** Codes of the features that are on. */
  readonly features: readonly string[];
  readonly plan: PlanState;
}

/** Every context comes from this module's Authorizer; the check is for a test that makes its own. */
export function rightsOf(authz: AuthzContext): Rights {
  if (!('assignments' in authz)) throw new Error('this authorization context does not come from the Authorizer of rbac');
  return authz as Rights;
}
