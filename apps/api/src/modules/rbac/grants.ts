import { isPermission, PERMISSIONS, type Permission } from '#contracts/permissions.js';
import type { Access, DenialReason, Grants } from '#platform/auth/index.js';
import type { ModuleState, PlanState } from './module-state.js';

/**
 * What somebody may do, computed from rows. Pure, and the only place where these rules live: the guard, `/me`, explain and the grant rule
 * all ask here. `effective = (∪ permissions of the roles assigned, in their stores) ∩ token ∩ modules on ∩ plan ∩ tenant state`.
 * No deny rules, no rank, no wildcard.
 */
export interface AssignmentRow {
  readonly role_assignment_id: string;
  readonly role_id: string;
  readonly code: string;
  readonly name: string;
  /** Closed under `implies` when it was stored. */
  readonly permissions: readonly string[];
  readonly all_stores: boolean;
  /** Read only when `all_stores` is false; empty means no store, never all. */
  readonly stores: readonly string[];
  readonly expires_at: Date | null;
}

export interface GrantRows {
  readonly assignments: readonly AssignmentRow[];
  readonly now: Date;
  readonly modules: ReadonlyMap<string, ModuleState>;
  readonly plan: PlanState;
  readonly access: Access;
  /** What an API key narrows its owner to; absent for people. */
  readonly token?: TokenMask;
}

export interface TokenMask {
  readonly scopes: ReadonlySet<string>;
  readonly stores: 'all' | ReadonlySet<string>;
}

export interface Removal {
  readonly reason: DenialReason;
  readonly module_code?: string;
  readonly detail?: string;
  /** Of a plan that is closed. */
  readonly plan?: { readonly status: string; readonly reason?: string };
}

export interface ComputedGrants {
  readonly held: Grants;
  readonly effective: Grants;
  readonly removed: ReadonlyMap<Permission, Removal>;
}

/** Answers why a permission does not count at the moment, or null. A mask can only take away. */
export type Mask = (permission: Permission) => Removal | null;

export const isLive = (assignment: { readonly expires_at: Date | null }, now: Date): boolean =>
  assignment.expires_at === null || assignment.expires_at.getTime() > now.getTime();

export function computeGrants(rows: GrantRows): ComputedGrants {
  const assigned = union(rows.assignments.filter((assignment) => isLive(assignment, rows.now)));
  const held = rows.token ? narrow(assigned, rows.token) : assigned;
  const masks = [tenantStateMask(rows.access), moduleMask(rows.modules), planMask(rows.plan)];
  return { held, ...applyMasks(held, masks) };
}

/** The union of what assignments give. One permission from two roles holds in the stores of both. */
export function union(assignments: readonly Pick<AssignmentRow, 'permissions' | 'all_stores' | 'stores'>[]): Grants {
  const grants = new Map<Permission, 'all' | Set<string>>();
  for (const { permissions, all_stores, stores } of assignments) {
    if (!all_stores && stores.length === 0) continue;
    for (const permission of permissions) {
      // A name that this release does not know gives nothing: the registry may be one release ahead of this process.
      if (!isPermission(permission)) continue;
      if (all_stores) grants.set(permission, 'all');
      else if (PERMISSIONS[permission].scopeable) addStores(grants, permission, stores);
    }
  }
  return grants;
}

function addStores(grants: Map<Permission, 'all' | Set<string>>, permission: Permission, stores: readonly string[]): void {
  const known = grants.get(permission);
  if (known === 'all') return;
  if (known === undefined) grants.set(permission, new Set(stores));
  else for (const store of stores) known.add(store);
}

/** Owner ∩ token: permissions and stores. A token that is limited to stores keeps no permission that cannot be limited to one. */
export function narrow(grants: Grants, token: TokenMask): Grants {
  const kept = new Map<Permission, 'all' | ReadonlySet<string>>();
  for (const [permission, stores] of grants) {
    if (!token.scopes.has(permission)) continue;
    if (token.stores === 'all') kept.set(permission, stores);
    else if (PERMISSIONS[permission].scopeable) {
      const { stores: allowed } = token;
      const both = stores === 'all' ? allowed : new Set([...stores].filter((store) => allowed.has(store)));
      if (both.size > 0) kept.set(permission, both);
    }
  }
  return kept;
}

/** The order of the masks decides only which reason is told. */
export function applyMasks(held: Grants, masks: readonly Mask[]): { effective: Grants; removed: ReadonlyMap<Permission, Removal> } {
  const effective = new Map<Permission, 'all' | ReadonlySet<string>>();
  const removed = new Map<Permission, Removal>();
  for (const [permission, stores] of held) {
    const removal = firstRemoval(masks, permission);
    if (removal) removed.set(permission, removal);
    else effective.set(permission, stores);
  }
  return { effective, removed };
}

function firstRemoval(masks: readonly Mask[], permission: Permission): Removal | null {
  for (const mask of masks) {
    const removal = mask(permission);
    if (removal) return removal;
  }
  return null;
}

/** A module that is off takes its permissions with it. A module without a row is off. */
export const moduleMask =
  (modules: ReadonlyMap<string, ModuleState>): Mask =>
  (permission) => {
    const module_code = PERMISSIONS[permission].module;
    const state = modules.get(module_code);
    if (state?.enabled) return null;
    const detail = state?.reason ?? 'off_by_platform';
    return { reason: detail === 'not_in_plan' ? 'not_in_plan' : 'module_disabled', module_code, detail };
  };

const READS = /:(read|export|detail)$/;
export const isReading = (permission: Permission): boolean => READS.test(permission);

/** What stays open in every status of the subscription: whoever cannot pay must still be able to pay, to reduce and to leave. */
const OPEN_WITHOUT_PLAN: ReadonlySet<Permission> = new Set<Permission>([
  'users:write',
  'users:delete',
  'users:admin',
  'billing:write',
  'roles:delete',
  'tenants:admin',
]);

export const planMask =
  (plan: PlanState): Mask =>
  (permission) =>
    plan.open || isReading(permission) || OPEN_WITHOUT_PLAN.has(permission)
      ? null
      : {
          reason: 'not_in_plan',
          detail: 'entitlement_inactive',
          plan: { status: plan.status, ...(plan.reason ? { reason: plan.reason } : {}) },
        };

/** What is left of a tenant that is suspended or archived: seeing its state, paying, and taking it back. Routes still have to allow it. */
const OPEN_WHEN_CLOSED: ReadonlySet<Permission> = new Set<Permission>(['tenants:read', 'tenants:admin', 'billing:read', 'billing:write']);

export const tenantStateMask =
  (access: Access): Mask =>
  (permission) => {
    switch (access) {
      case 'full':
        return null;
      case 'read_only':
        return isReading(permission) ? null : { reason: 'tenant_state', detail: access };
      case 'restricted':
      case 'closed':
        return OPEN_WHEN_CLOSED.has(permission) ? null : { reason: 'tenant_state', detail: access };
      case 'not_ready':
        return { reason: 'tenant_state', detail: access };
    }
  };
