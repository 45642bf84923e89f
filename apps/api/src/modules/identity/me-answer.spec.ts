import type { Permission } from '#contracts/permissions.js';
import { abilitiesOf, moduleWord, navOf, permissionsOf, roleOut, storeScopeOfAll, versionOf } from './me-answer.js';
import type { MeOut } from './me.dto.js';

const grants = (entries: [Permission, 'all' | string[]][]) =>
  new Map(entries.map(([name, stores]) => [name, stores === 'all' ? stores : new Set(stores)] as const));
const role = (over: object = {}) => ({
  role_assignment_id: 'a',
  role_id: 'r',
  code: 'manager',
  name: 'Manager',
  permissions: [],
  all_stores: false,
  stores: ['s2', 's1'],
  expires_at: null,
  ...over,
});

it('says where a role holds; an empty list is no store', () => {
  expect(roleOut(role()).store_scope).toEqual({ mode: 'selected', store_ids: ['s1', 's2'] });
  expect(roleOut(role({ stores: [] })).store_scope).toEqual({ mode: 'selected', store_ids: [] });
  expect(storeScopeOfAll([role(), role({ stores: ['s3'] })])).toEqual({ mode: 'selected', store_ids: ['s1', 's2', 's3'] });
  expect(storeScopeOfAll([role(), role({ all_stores: true, stores: [] })])).toEqual({ mode: 'all', store_ids: [] });
  expect(storeScopeOfAll([])).toEqual({ mode: 'selected', store_ids: [] });
});

it('lists permissions and abilities in one order', () => {
  const effective = grants([
    ['orders:read', ['b', 'a']],
    ['inventory:read', 'all'],
  ]);
  expect(permissionsOf(effective)).toEqual(['inventory:read', 'orders:read']);
  expect(JSON.stringify(abilitiesOf(effective))).toBe('{"inventory:read":"all","orders:read":["a","b"]}');
});

it.each([
  [{ enabled: true, reason: null }, 'on'],
  [{ enabled: false, reason: 'off_by_tenant' }, 'off'],
  [{ enabled: false, reason: 'dependency_off' }, 'off'],
  [{ enabled: false, reason: 'not_in_plan' }, 'locked'],
  [{ enabled: false, reason: 'off_by_platform' }, 'locked'],
] as const)('module %j is %s', (state, word) => expect(moduleWord(state)).toBe(word));

it('shows navigation of modules that are on and that may be opened, by order', () => {
  const manifests = [
    {
      code: 'rbac',
      nav: [
        { key: 'roles', group: 'organisation', order: 30, requires: 'roles:read' },
        { key: 'team', group: 'organisation', order: 20, requires: 'users:read' },
      ],
    },
    { code: 'catalog', nav: [{ key: 'inventory', group: 'work', order: 10, requires: 'inventory:read' }] },
    { code: 'tenants', nav: [{ key: 'home', group: 'work', order: 0, requires: null }] },
    { code: 'stores', nav: [{ key: 'stores', group: 'organisation', order: 40, requires: null }] },
  ] as const;
  const modules = new Map([
    ['rbac', { enabled: true }],
    ['catalog', { enabled: false }],
    ['tenants', { enabled: true }],
  ]);
  expect(
    navOf(
      manifests,
      modules,
      grants([
        ['users:read', 'all'],
        ['inventory:read', 'all'],
      ]),
    ),
  ).toEqual(['home', 'team']);
});

it('has one version for one state of the answer', () => {
  const user = { display_name: 'Ana' } as NonNullable<MeOut['user']>;
  const session = { session_id: 's', expires_at: '1' } as NonNullable<MeOut['session']>;
  const me = { user, session } as Omit<MeOut, 'version'>;
  const rights = { tenant_version: '7', principal_version: '9' };
  const version = versionOf(rights, me);
  expect(version).toMatch(/^7\.9\.[\w-]{16}$/);
  expect(versionOf(rights, { ...me, session: { ...session, expires_at: '2' } })).toBe(version);
  for (const other of [
    versionOf({ ...rights, tenant_version: '8' }, me),
    versionOf({ ...rights, principal_version: '10' }, me),
    versionOf(rights, { ...me, user: { ...user, display_name: 'Bo' } }),
  ])
    expect(other).not.toBe(version);
});
