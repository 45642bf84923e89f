import { ALL_PERMISSIONS, PERMISSIONS, type Permission } from '#contracts/permissions.js';
import type { SupportAccess } from '#platform/auth/index.js';
import { narrow, type ComputedGrants, type Removal, type TokenMask } from './grants.js';

/**
 * What is left of a person's rights for somebody who acts on their behalf: an API key, or staff with support access. A mask only takes
 * away, so it may be laid over rights that were computed before. `held` shrinks too: a delegate gives nothing away that it cannot do.
 */
export function delegatedRights(rights: ComputedGrants, mask: TokenMask, reason: 'token_scope' | 'impersonation'): ComputedGrants {
  const held = narrow(rights.held, mask);
  const effective = narrow(rights.effective, mask);
  const removed = new Map<Permission, Removal>();
  for (const permission of rights.held.keys()) {
    if (effective.has(permission)) continue;
    removed.set(permission, held.has(permission) ? (rights.removed.get(permission) ?? { reason }) : { reason });
  }
  return { held, effective, removed };
}

/** Of these, support access sees at most what is there: who has which right, which keys, which bill. */
const OWN_AFFAIRS: ReadonlySet<string> = new Set(['users', 'roles', 'api_keys', 'billing']);

/**
 * What staff may do as somebody else. `read_only`: permissions that only read. `write`: the ordinary work as well, but never what gives
 * away rights, credentials, money or data in bulk: nothing dangerous, no export, no detail of evidence, nothing of members, roles, keys
 * and bills.
 */
export function supportMask(mode: SupportAccess['mode']): TokenMask {
  return SUPPORT[mode];
}

const reads = (permission: Permission): boolean => permission.endsWith(':read');
const mayWrite = (permission: Permission): boolean => {
  const [resource = '', action = ''] = permission.split(':');
  return !PERMISSIONS[permission].dangerous && !OWN_AFFAIRS.has(resource) && !['export', 'detail', 'admin'].includes(action);
};
const SUPPORT: Readonly<Record<SupportAccess['mode'], TokenMask>> = {
  read_only: { scopes: new Set(ALL_PERMISSIONS.filter(reads)), stores: 'all' },
  write: { scopes: new Set(ALL_PERMISSIONS.filter((permission) => reads(permission) || mayWrite(permission))), stores: 'all' },
};
