/**
 * Library roles (what a system role holds) and role packs (which system roles a tenant starts with).
 * A deploy that changes the library changes every tenant at once; a tenant's own roles hold their own list.
 */
import { ALL_PERMISSIONS, closePermissions, CORE_PERMISSIONS, type Permission } from './permissions.js';

export type LibraryRole = 'owner' | 'admin' | 'manager' | 'operator' | 'stock_admin' | 'cashier' | 'analyst' | 'auditor' | 'viewer';

const only = (...names: Permission[]): Permission[] => closePermissions(names);
const read = (name: Permission): boolean => name.endsWith(':read');

export const LIBRARY_ROLES: Record<LibraryRole, { readonly rank: number; readonly permissions: readonly Permission[] }> = {
  owner: { rank: 90, permissions: [...ALL_PERMISSIONS].sort() },
  admin: { rank: 80, permissions: ALL_PERMISSIONS.filter((name) => name !== 'tenants:admin' && name !== 'billing:write').sort() },
  manager: {
    rank: 70,
    permissions: only(
      'inventory:read', 'inventory:write', 'orders:read', 'orders:write', 'ai:read', 'reports:read', 'reports:write', 'reports:export',
      'stores:read', 'files:read', 'files:write', 'purchasing:read', 'purchasing:write', 'purchasing:approve', 'pos:sell', 'pos:refund',
      'pos:shift_manage', 'payments:confirm', 'stock:adjust', 'impact:read', 'impact:write', 'evidence:read',
    ), // prettier-ignore
  },
  operator: {
    rank: 60,
    permissions: only('inventory:read', 'orders:read', 'orders:write', 'stores:read', 'files:read', 'files:write', 'pos:sell'),
  },
  stock_admin: {
    rank: 65,
    permissions: only(
      'inventory:read', 'inventory:write', 'inventory:delete', 'orders:read', 'reports:read', 'stores:read', 'files:read', 'files:write',
      'purchasing:read', 'purchasing:write', 'purchasing:approve', 'stock:adjust',
    ), // prettier-ignore
  },
  cashier: { rank: 50, permissions: only('inventory:read', 'orders:read', 'orders:write', 'stores:read', 'pos:sell') },
  analyst: {
    rank: 40,
    permissions: only(
      'inventory:read',
      'orders:read',
      'ai:read',
      'reports:read',
      'reports:write',
      'reports:export',
      'stores:read',
      'impact:read',
    ),
  },
  auditor: { rank: 30, permissions: [...ALL_PERMISSIONS.filter(read), 'audit:export' as const].sort() },
  viewer: {
    rank: 20,
    permissions: only('inventory:read', 'orders:read', 'ai:read', 'reports:read', 'stores:read', 'files:read', 'impact:read'),
  },
};

/** The part of a library role that lies in the core 24 (asserted exactly by seed 004's counts). */
export const coreOf = (role: LibraryRole): Permission[] =>
  LIBRARY_ROLES[role].permissions.filter((name) => CORE_PERMISSIONS.includes(name));

export interface PackRole {
  readonly code: string;
  readonly name: string;
  readonly library: LibraryRole;
  readonly aliases?: readonly string[];
}
export type RolePack = 'org' | 'cockpit' | 'business' | 'retail' | 'inventory';

/** The first role of a pack is its top role: the one given to the owner. */
export const ROLE_PACKS: Record<RolePack, readonly PackRole[]> = {
  org: [
    { code: 'billing_admin', name: 'Billing Admin', library: 'owner' },
    { code: 'org_admin', name: 'Org Admin', library: 'admin' },
    { code: 'manager', name: 'Manager', library: 'manager' },
    { code: 'operator', name: 'Operator', library: 'operator' },
  ],
  cockpit: [
    { code: 'admin', name: 'Admin', library: 'owner' },
    { code: 'manager', name: 'Manager', library: 'manager' },
    { code: 'viewer', name: 'Viewer', library: 'viewer' },
  ],
  business: [
    { code: 'owner', name: 'Owner', library: 'owner' },
    { code: 'admin', name: 'Admin', library: 'admin' },
    { code: 'manager', name: 'Manager', library: 'manager' },
    { code: 'operator', name: 'Operator', library: 'operator', aliases: ['user'] },
    { code: 'auditor', name: 'Auditor', library: 'auditor' },
    { code: 'viewer', name: 'Viewer', library: 'viewer' },
  ],
  retail: [
    { code: 'owner', name: 'Owner', library: 'owner' },
    { code: 'admin', name: 'Admin', library: 'stock_admin' },
    { code: 'manager', name: 'Manager', library: 'manager' },
    { code: 'cashier', name: 'Cashier', library: 'cashier' },
  ],
  inventory: [
    { code: 'admin', name: 'Admin', library: 'owner' },
    { code: 'manager', name: 'Manager', library: 'manager' },
    { code: 'analyst', name: 'Analyst', library: 'analyst' },
    { code: 'auditor', name: 'Auditor', library: 'auditor' },
  ],
};

/** `Org Admin`, `ORG_ADMIN`, `org-admin` → `org_admin`: how a field that takes a role by name compares. */
export const roleCode = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
