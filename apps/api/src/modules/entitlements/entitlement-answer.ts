import { LIMIT_CODES } from '#contracts/modules.js';
import type { AuthzContext, Grants } from '#platform/auth/index.js';
import type { ModuleState } from '../tenants/index.js';
import type { Entitlement } from './materialise.js';
import type { PlanState } from './plan-state.js';

/**
 * The part of the guard's own reading that is shown: what is told to the client is what the guard refuses by, not a second opinion.
 * `rbac`, which stands on this module, puts it into the context of every request.
 */
export interface RightsBehind extends Pick<AuthzContext, 'held' | 'effective'> {
  readonly modules: ReadonlyMap<string, ModuleState>;
  readonly features: readonly string[];
  readonly plan: PlanState;
}

/** Every context comes from the Authorizer of rbac; the check is for a test that makes its own. */
export function rightsBehind(authz: AuthzContext): RightsBehind {
  if (!('modules' in authz && 'features' in authz && 'plan' in authz))
    throw new Error('this authorization context does not come from rbac');
  return authz as AuthzContext & RightsBehind;
}

/** The answer of `GET /me/entitlements`. Core modules are always on and not named. No row: status `none` and nothing. */
export function entitlementAnswer(
  rights: RightsBehind,
  row: Pick<Entitlement, 'period_end' | 'trial_ends_at' | 'source' | 'limits'> | null,
  used: ReadonlyMap<string, number>,
) {
  const { plan, modules, features, held, effective } = rights;
  return {
    plan_code: plan.plan_code,
    status: plan.status,
    period_end: row?.period_end?.toISOString() ?? null,
    trial_ends_at: row?.trial_ends_at?.toISOString() ?? null,
    source: row?.source ?? null,
    modules: [...modules].filter(([, state]) => state.enabled && !state.is_core).map(([code]) => code).sort(),
    features: [...features],
    limits: row ? LIMIT_CODES.map((code) => ({ code, max: row.limits[code] === undefined ? 0 : row.limits[code], used: used.get(code) ?? 0 })) : [],
    store_scope: storeAccess(held),
    permissions: [...effective.keys()].sort(),
  }; // prettier-ignore
}

/** The stores in which the caller may do anything at all. */
function storeAccess(held: Grants): { mode: 'all' | 'selected'; store_ids: string[] } {
  const stores = [...held.values()];
  if (stores.includes('all')) return { mode: 'all', store_ids: [] };
  return { mode: 'selected', store_ids: [...new Set(stores.flatMap((some) => [...some]))].sort() };
}
