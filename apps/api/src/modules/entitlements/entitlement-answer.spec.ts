import type { Permission } from '#contracts/permissions.js';
import { LIMIT_CODES, type Limits } from '#contracts/modules.js';
import type { ModuleState } from '../tenants/index.js';
import { entitlementAnswer, type RightsBehind } from './entitlement-answer.js';

const on: ModuleState = { enabled: true, reason: null, entitled: true, is_core: false };
const rights = (more: Partial<RightsBehind> = {}): RightsBehind => ({
  held: new Map<Permission, 'all'>([['inventory:read', 'all'], ['inventory:write', 'all']]),
  effective: new Map<Permission, 'all'>([['inventory:read', 'all']]),
  modules: new Map<string, ModuleState>([
    ['stock', { ...on, enabled: false, reason: 'off_by_tenant' }],
    ['sales', on],
    ['catalog', on],
    ['rbac', { ...on, is_core: true }],
  ]),
  features: ['sso'],
  plan: { plan_code: 'premium', status: 'trial', open: true },
  ...more,
}); // prettier-ignore
const end = new Date('2026-03-14T00:00:00Z');
const row = {
  period_end: end,
  trial_ends_at: end,
  source: 'subscription',
  limits: { max_users: 5, max_stores: null } as unknown as Limits,
} as const;

it('names what is on beside the core, the limits with their use, and what may be done', () => {
  const answer = entitlementAnswer(rights(), row, new Map([['max_users', 2]]));
  expect(answer).toMatchObject({
    plan_code: 'premium', status: 'trial', period_end: end.toISOString(), trial_ends_at: end.toISOString(), source: 'subscription', modules: ['catalog', 'sales'], features: ['sso'],
    store_scope: { mode: 'all', store_ids: [] }, permissions: ['inventory:read'],
  }); // prettier-ignore
  expect(answer.limits.map(({ code }) => code)).toEqual([...LIMIT_CODES]);
  expect(answer.limits.slice(0, 3)).toEqual([
    { code: 'max_users', max: 5, used: 2 },
    { code: 'max_stores', max: null, used: 0 },
    { code: 'max_registers', max: 0, used: 0 },
  ]);
});

it('is nothing where there is no row', () => {
  const nothing = {
    plan: { plan_code: null, status: 'none', open: false, reason: 'no_subscription' } as const,
    modules: new Map(),
    features: [],
  };
  expect(entitlementAnswer(rights(nothing), null, new Map([['max_users', 2]]))).toMatchObject({
    plan_code: null, status: 'none', period_end: null, source: null, modules: [], features: [], limits: [],
  }); // prettier-ignore
});

it.each<[string, RightsBehind['held'], object]>([
  ['one role in one store', new Map([['inventory:read', new Set(['a'])]]), { mode: 'selected', store_ids: ['a'] }],
  ['two roles in two', new Map([['orders:read', new Set(['b'])], ['inventory:read', new Set(['b', 'a'])]]), { mode: 'selected', store_ids: ['a', 'b'] }],
  ['one everywhere, one in a store', new Map<Permission, 'all' | Set<string>>([['orders:read', new Set(['b'])], ['inventory:read', 'all']]), { mode: 'all', store_ids: [] }],
  ['nothing', new Map(), { mode: 'selected', store_ids: [] }],
])('stores of the caller: %s', (_, held, store_scope) => {
  expect(entitlementAnswer(rights({ held }), row, new Map()).store_scope).toEqual(store_scope);
}); // prettier-ignore
