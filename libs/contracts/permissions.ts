/**
 * The permission catalogue. The id is the name: `resource:action`. Modules declare what they own in their manifest by reference to
 * this table; a test compares both ways. The 24 core names are those that operators’ guides and diagnostic SQL use.
 */
export interface PermissionEntry {
  readonly description: string;
  /** Counts per store. One that is not scopeable counts only from an assignment over all stores. */
  readonly scopeable: boolean;
  /** Audited even when allowed. */
  readonly dangerous: boolean;
  readonly core: boolean;
  /** Module whose switch turns it off. */
  readonly module: string;
}

const DANGEROUS = new Set([
  'users:admin', 'roles:write', 'roles:delete', 'tenants:admin', 'billing:write', 'api_keys:write', 'settings:write', 'webhooks:write',
  'audit:export', 'files:delete',
]); // prettier-ignore
const SCOPEABLE = new Set(['inventory', 'orders', 'ai', 'reports', 'files', 'purchasing', 'pos', 'registers', 'payments', 'stock']);

function entries<const N extends string>(module: string, core: boolean, descriptions: Record<N, string>): Record<N, PermissionEntry> {
  return Object.fromEntries(
    Object.entries<string>(descriptions).map(([name, description]) => {
      const resource = name.split(':')[0] ?? '';
      const scopeable = name === 'stores:read' || (SCOPEABLE.has(resource) && name !== 'reports:export');
      return [name, { description, scopeable, dangerous: DANGEROUS.has(name), core, module }];
    }),
  ) as Record<N, PermissionEntry>;
}

export const PERMISSIONS = {
  ...entries('catalog', true, {
    'inventory:read': 'See items, prices and stock',
    'inventory:write': 'Create and change items',
    'inventory:delete': 'Archive items',
    'inventory:admin': 'Everything about inventory',
  }),
  ...entries('sales', true, {
    'orders:read': 'See orders',
    'orders:write': 'Create and change orders',
    'orders:delete': 'Cancel orders',
    'orders:admin': 'Everything about orders',
  }),
  ...entries('rbac', true, {
    'users:read': 'See members and invitations',
    'users:write': 'Invite members and change their roles',
    'users:delete': 'Remove members',
    'users:admin': 'Administer members',
  }),
  ...entries('forecasts', true, {
    'ai:read': 'See forecasts',
    'ai:write': 'Ask for forecasts',
    'ai:admin': 'Administer forecasts',
  }),
  ...entries('reports', true, {
    'reports:read': 'See reports',
    'reports:write': 'Create reports',
    'reports:export': 'Export reports',
  }),
  ...entries('tenants', true, {
    'tenants:read': 'See the tenant',
    'tenants:write': 'Change the tenant',
    'tenants:admin': 'Archive and restore the tenant, manage its hosts',
  }),
  ...entries('webhooks', true, {
    'webhooks:read': 'See webhooks and deliveries',
    'webhooks:write': 'Create and change webhooks',
    'webhooks:delete': 'Delete webhooks',
  }),
  ...entries('rbac', false, {
    'roles:read': 'See roles',
    'roles:write': 'Create and change roles',
    'roles:delete': 'Delete roles',
  }),
  ...entries('audit', false, { 'audit:read': 'Read the audit log', 'audit:export': 'Export the audit log' }),
  ...entries('stores', false, { 'stores:read': 'See stores', 'stores:write': 'Create and change stores' }),
  ...entries('files', false, { 'files:read': 'See files', 'files:write': 'Upload files', 'files:delete': 'Delete files' }),
  ...entries('identity', false, { 'api_keys:read': 'See API keys', 'api_keys:write': 'Create and revoke API keys' }),
  ...entries('entitlements', false, { 'billing:read': 'See the subscription', 'billing:write': 'Change the subscription' }),
  ...entries('tenants', false, { 'settings:read': 'See settings', 'settings:write': 'Change settings and modules' }),
  ...entries('purchasing', false, {
    'purchasing:read': 'See purchase orders',
    'purchasing:write': 'Create purchase orders',
    'purchasing:approve': 'Approve purchase orders',
  }),
  ...entries('pos', false, {
    'pos:sell': 'Sell at the till',
    'pos:refund': 'Refund at the till',
    'pos:discount_override': 'Give more discount than allowed',
    'pos:shift_manage': 'Manage shifts of others',
    'registers:write': 'Manage registers',
  }),
  ...entries('sales', false, { 'payments:confirm': 'Confirm payments' }),
  ...entries('stock', false, { 'stock:adjust': 'Adjust stock', 'stock:override_negative': 'Sell below zero' }),
  ...entries('impact', false, {
    'impact:read': 'See the cockpit',
    'impact:write': 'Enter impact data',
    'impact:configure': 'Configure the cockpit',
    'evidence:read': 'See evidence',
    'evidence:detail': 'See evidence in detail',
    'integrations:read': 'See integrations',
    'integrations:write': 'Change integrations',
  }),
};

export type Permission = keyof typeof PERMISSIONS;
export const ALL_PERMISSIONS = Object.keys(PERMISSIONS) as Permission[];
export const CORE_PERMISSIONS = ALL_PERMISSIONS.filter((name) => PERMISSIONS[name].core);

/** True for a name of the catalogue. */
export const isPermission = (name: string): name is Permission => Object.hasOwn(PERMISSIONS, name);

/** `<resource>:admin` implies the other actions of its resource; every write implies the read. Returned without the name itself. */
export function impliedBy(name: Permission): Permission[] {
  const [resource, action] = name.split(':') as [string, string];
  const siblings = ALL_PERMISSIONS.filter((other) => other !== name && other.startsWith(`${resource}:`));
  if (action === 'admin') return siblings;
  return [];
}

/** The set closed under `implies`, sorted. What is stored and given is always closed. */
export function closePermissions(names: Iterable<Permission>): Permission[] {
  const closed = new Set<Permission>();
  for (const name of names) {
    closed.add(name);
    for (const implied of impliedBy(name)) closed.add(implied);
  }
  return [...closed].sort();
}

/** Permissions of platform staff. */
export const PLATFORM_PERMISSIONS = [
  'platform:read', 'platform:tenants', 'platform:jobs', 'platform:audit', 'platform:billing', 'platform:modules', 'platform:webhooks',
  'platform:files', 'platform:system', 'platform:backups', 'platform:staff', 'platform:impersonate', 'platform:purge',
] as const; // prettier-ignore
export type PlatformPermission = (typeof PLATFORM_PERMISSIONS)[number];

export type StaffRole = 'ops_viewer' | 'ops_admin' | 'superuser';
const OPS_ADMIN = PLATFORM_PERMISSIONS.filter((p) => !['platform:staff', 'platform:impersonate', 'platform:purge'].includes(p));
export const STAFF_ROLES: Record<StaffRole, readonly PlatformPermission[]> = {
  ops_viewer: ['platform:read'],
  ops_admin: OPS_ADMIN,
  superuser: PLATFORM_PERMISSIONS,
};
