import { ALL_PERMISSIONS, type Permission } from '#contracts/permissions.js';
import { delegatedRights, supportMask } from './delegated-rights.js';
import type { ComputedGrants } from './grants.js';

const S1 = new Set(['s1']);
const rights: ComputedGrants = {
  held: new Map<Permission, 'all' | ReadonlySet<string>>([
    ['orders:read', 'all'],
    ['orders:write', 'all'],
    ['stock:adjust', new Set(['s1', 's2'])],
    ['ai:read', 'all'],
  ]),
  effective: new Map<Permission, 'all' | ReadonlySet<string>>([
    ['orders:read', 'all'],
    ['orders:write', 'all'],
    ['stock:adjust', new Set(['s1', 's2'])],
  ]),
  removed: new Map([['ai:read', { reason: 'module_disabled' as const, module_code: 'forecasts' }]]),
};

it('leaves what both the person and the mask give, and says what each took away', () => {
  const left = delegatedRights(
    rights,
    { scopes: new Set(['orders:read', 'stock:adjust', 'ai:read', 'users:write']), stores: S1 },
    'token_scope',
  );
  expect([...left.held]).toEqual([['orders:read', S1], ['stock:adjust', S1], ['ai:read', S1]]); // prettier-ignore
  expect([...left.effective.keys()]).toEqual(['orders:read', 'stock:adjust']);
  expect(Object.fromEntries(left.removed)).toEqual({
    'orders:write': { reason: 'token_scope' },
    'ai:read': { reason: 'module_disabled', module_code: 'forecasts' },
  });
});

it('only takes away', () => {
  const everything = { scopes: new Set<string>(ALL_PERMISSIONS), stores: 'all' as const };
  expect(delegatedRights(rights, everything, 'token_scope')).toEqual(rights);
  expect(delegatedRights(rights, { scopes: new Set(), stores: 'all' }, 'token_scope').held.size).toBe(0);
});

describe('support access', () => {
  it('reads only, unless the tenant allows more', () => {
    expect([...supportMask('read_only').scopes].filter((permission) => !permission.endsWith(':read'))).toEqual([]);
    expect([...supportMask('write').scopes].sort()).toEqual(expect.arrayContaining([...supportMask('read_only').scopes]));
    expect(supportMask('write').scopes.has('inventory:write')).toBe(true);
  });

  it.each([
    'api_keys:write', 'billing:write', 'roles:write', 'roles:delete', 'users:write', 'users:delete', 'users:admin', 'tenants:admin', 'settings:write', 'audit:export',
    'reports:export', 'webhooks:write', 'evidence:detail', 'files:delete', 'inventory:admin',
  ] as const)('never gives %s', (permission) => expect(supportMask('write').scopes.has(permission)).toBe(false)); // prettier-ignore
});
