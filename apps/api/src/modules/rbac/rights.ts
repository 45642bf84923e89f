import type { AuthzContext } from '#platform/auth/index.js';
import type { JudgedRights } from './judged-rights.js';
import type { RightsCheck } from './rights-check.repository.js';
import type { StoreScope } from './store-scope.js';

/** The key behind a request, as `/me` tells it. */
export interface KeyIdentity {
  readonly api_key_id: string;
  readonly name: string;
  readonly prefix: string;
  readonly store_scope: StoreScope;
}

/** The authorization context with what it was computed from, for `/me`, entitlements, navigation and explain: the request has read it anyway. */
export type Rights = AuthzContext &
  Pick<JudgedRights, 'assignments' | 'modules' | 'features' | 'plan'> & {
    readonly api_key?: KeyIdentity;
    /** How to find out whether this still holds; null where no version would tell. */
    readonly check: RightsCheck | null;
    /** The earliest moment (ms) at which time alone changes it. */
    readonly valid_until: number;
  };

/** Every context comes from this module's Authorizer; the check is for a test that makes its own. */
export function rightsOf(authz: AuthzContext): Rights {
  if (!('assignments' in authz)) throw new Error('this authorization context does not come from the Authorizer of rbac');
  return authz as Rights;
}
