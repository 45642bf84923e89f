import { createHash } from 'node:crypto';
import type { ModuleManifest } from '#platform/modules/index.js';
import {
  scopeOut,
  storeScopeOf as scopeOfStores,
  unionOfScopes,
  type AssignmentRow,
  type ModuleState,
  type Rights,
} from '../rbac/index.js';
import type { MeOut, MyKeyOut, MyRoleOut } from './me.dto.js';

type Effective = Rights['effective'];

export const roleOut = ({ role_id, code, name, all_stores, stores }: AssignmentRow): MyRoleOut => ({
  role_id,
  code,
  name,
  store_scope: scopeOut(scopeOfStores(all_stores, stores)),
});

/** The stores in which any of the roles holds. */
export const storeScopeOfAll = (assignments: readonly AssignmentRow[]): MyRoleOut['store_scope'] =>
  scopeOut(unionOfScopes(assignments.map(({ all_stores, stores }) => scopeOfStores(all_stores, stores))));

/** The same for a key: those it was given. */
export const storeScopeOf = ({ api_key, assignments }: Pick<Rights, 'api_key' | 'assignments'>): MyRoleOut['store_scope'] =>
  api_key ? scopeOut(api_key.store_scope) : storeScopeOfAll(assignments);

export const keyOf = ({ api_key }: Pick<Rights, 'api_key'>): { api_key?: MyKeyOut } =>
  api_key ? { api_key: { api_key_id: api_key.api_key_id, name: api_key.name, prefix: api_key.prefix } } : {};

export const permissionsOf = (effective: Effective): string[] => [...effective.keys()].sort();

/** Permission → where it holds, after every mask: what the guard would say. */
export const abilitiesOf = (effective: Effective): MeOut['abilities'] =>
  Object.fromEntries(
    [...effective]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([permission, stores]) => [permission, stores === 'all' ? 'all' : [...stores].sort()]),
  );

/** `locked`: off, and not for the tenant to switch on. */
export function moduleWord({ enabled, reason }: Pick<ModuleState, 'enabled' | 'reason'>): 'on' | 'off' | 'locked' {
  if (enabled) return 'on';
  return reason === 'not_in_plan' || reason === 'off_by_platform' ? 'locked' : 'off';
}

export const moduleWords = (modules: ReadonlyMap<string, ModuleState>): MeOut['modules'] =>
  Object.fromEntries([...modules].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, state]) => [code, moduleWord(state)]));

/** Entries of modules that are on, which the caller may open, in their order. */
export function navOf(
  manifests: readonly Pick<ModuleManifest, 'code' | 'nav'>[],
  modules: ReadonlyMap<string, Pick<ModuleState, 'enabled'>>,
  effective: Effective,
): string[] {
  return manifests
    .filter(({ code }) => modules.get(code)?.enabled)
    .flatMap(({ nav }) => nav ?? [])
    .filter(({ requires }) => requires === null || effective.has(requires))
    .sort((a, b) => a.order - b.order)
    .map(({ key }) => key);
}

/**
 * One opaque text for one state of the answer: the versions of the tenant's and the person's rights, and a digest of what has none (names,
 * branding, the other tenants). How long the session still lives is left out: it moves with each refresh and nothing is drawn from it.
 */
export function versionOf(rights: Pick<Rights, 'tenant_version' | 'principal_version'>, me: Omit<MeOut, 'version'>): string {
  const session = me.session && { ...me.session, expires_at: undefined };
  const digest = createHash('sha256')
    .update(JSON.stringify({ ...me, session }))
    .digest('base64url');
  return `${rights.tenant_version}.${rights.principal_version}.${digest.slice(0, 16)}`;
}
