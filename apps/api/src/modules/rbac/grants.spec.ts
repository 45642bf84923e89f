import * as fc from 'fast-check';
import { ALL_PERMISSIONS, PERMISSIONS, type Permission } from '#contracts/permissions.js';
import type { Grants } from '#platform/auth/index.js';
import {
  applyMasks,
  computeGrants,
  moduleMask,
  narrow,
  planMask,
  tenantStateMask,
  union,
  type AssignmentRow,
  type GrantRows,
} from './grants.js';
import type { ModuleState } from './module-state.js';

const now = new Date('2026-01-10T00:00:00Z');
const STORES = ['s1', 's2', 's3', 's4'];
const permissions = fc.subarray<Permission>(ALL_PERMISSIONS);
const assignment: fc.Arbitrary<AssignmentRow> = fc.record({
  role_assignment_id: fc.uuid(),
  role_id: fc.uuid(),
  code: fc.constant('role'),
  name: fc.constant('Role'),
  permissions,
  all_stores: fc.boolean(),
  stores: fc.subarray(STORES),
  expires_at: fc.constantFrom(null, new Date(now.getTime() - 1), new Date(now.getTime()), new Date(now.getTime() + 1)),
});
const MODULES = [...new Set(ALL_PERMISSIONS.map((name) => PERMISSIONS[name].module))];
const state = (enabled: boolean): ModuleState => ({ enabled, reason: enabled ? null : 'off_by_tenant', entitled: true, is_core: false });
const modules = fc.subarray(MODULES).map((on) => new Map(MODULES.map((code) => [code, state(on.includes(code))])));
const plan = fc.boolean().map((open) => ({ plan_code: 'premium', status: open ? ('active' as const) : ('expired' as const), open }));
const access = fc.constantFrom('full' as const, 'read_only' as const, 'restricted' as const, 'not_ready' as const, 'closed' as const);
const token = fc.record({
  scopes: permissions.map((names) => new Set<string>(names)),
  stores: fc.oneof(
    fc.constant('all' as const),
    fc.subarray(STORES).map((stores) => new Set(stores)),
  ),
});
const rows: fc.Arbitrary<GrantRows> = fc.record({
  assignments: fc.array(assignment, { maxLength: 5 }),
  now: fc.constant(now),
  modules,
  plan,
  access,
});

/** a ⊆ b: permission by permission, store by store. */
function within(a: Grants, b: Grants): boolean {
  return [...a].every(([permission, stores]) => {
    const other = b.get(permission);
    return other === 'all' || (other !== undefined && stores !== 'all' && [...stores].every((store) => other.has(store)));
  });
}
const plainOf = (grants: Grants): unknown =>
  [...grants].map(([name, stores]) => [name, stores === 'all' ? 'all' : [...stores].sort()]).sort();

describe('computeGrants', () => {
  it('masks only remove, and every permission that is gone says why', () => {
    fc.assert(
      fc.property(rows, fc.option(token, { nil: undefined }), (input, mask) => {
        const assigned = union(input.assignments.filter((a) => a.expires_at === null || a.expires_at > now));
        const { held, effective, removed } = computeGrants(mask ? { ...input, token: mask } : input);
        expect(within(held, assigned)).toBe(true);
        expect(within(effective, held)).toBe(true);
        expect([...effective.keys(), ...removed.keys()].sort()).toEqual([...held.keys()].sort());
      }),
    );
  });

  it('gives the same in any order of masks', () => {
    fc.assert(
      fc.property(rows, fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), (input, order) => {
        const masks = [tenantStateMask(input.access), moduleMask(input.modules), planMask(input.plan)];
        const { held, effective } = computeGrants(input);
        expect(
          plainOf(
            applyMasks(
              held,
              order.map((i) => masks[i]).filter((mask) => mask !== undefined),
            ).effective,
          ),
        ).toEqual(plainOf(effective));
      }),
    );
  });

  it('adding a role never removes', () => {
    fc.assert(
      fc.property(rows, assignment, (input, more) => {
        const before = computeGrants(input);
        const after = computeGrants({ ...input, assignments: [...input.assignments, more] });
        expect(within(before.held, after.held)).toBe(true);
        expect(within(before.effective, after.effective)).toBe(true);
      }),
    );
  });

  it('an assignment over some stores gives no permission that cannot be limited to stores', () => {
    fc.assert(
      fc.property(rows, (input) => {
        const limited = input.assignments.map((a) => ({ ...a, all_stores: false }));
        for (const [permission, stores] of computeGrants({ ...input, assignments: limited }).held) {
          expect(PERMISSIONS[permission].scopeable).toBe(true);
          expect(stores).not.toBe('all');
        }
      }),
    );
  });

  it('an expired assignment gives nothing', () => {
    fc.assert(
      fc.property(rows, (input) => {
        const assignments = input.assignments.map((a) => ({ ...a, expires_at: now }));
        expect(computeGrants({ ...input, assignments }).held.size).toBe(0);
      }),
    );
  });

  it('an empty list of stores gives nothing, never all', () => {
    expect(union([{ permissions: ALL_PERMISSIONS, all_stores: false, stores: [] }]).size).toBe(0);
  });

  it('joins the stores of two roles, and all stores win', () => {
    const limited = (stores: string[]) => ({ permissions: ['orders:read'], all_stores: false, stores });
    expect(plainOf(union([limited(['s1']), limited(['s2'])]))).toEqual([['orders:read', ['s1', 's2']]]);
    expect(plainOf(union([limited(['s1']), { permissions: ['orders:read'], all_stores: true, stores: [] }, limited(['s2'])]))).toEqual([
      ['orders:read', 'all'],
    ]);
  });

  it('a name that is in no catalogue gives nothing', () => {
    expect(union([{ permissions: ['orders:*', 'everything'], all_stores: true, stores: [] }]).size).toBe(0);
  });
});

describe('narrow', () => {
  it('a token that is limited to stores loses what cannot be limited', () => {
    const held = union([{ permissions: ['orders:read', 'users:read'], all_stores: true, stores: [] }]);
    expect(plainOf(narrow(held, { scopes: new Set(['orders:read', 'users:read']), stores: new Set(['s1']) }))).toEqual([
      ['orders:read', ['s1']],
    ]);
  });
});

describe('masks', () => {
  const everything = union([{ permissions: ALL_PERMISSIONS, all_stores: true, stores: [] }]);

  it('a subscription that ended leaves reading, export, billing and reducing', () => {
    const { effective, removed } = applyMasks(everything, [
      planMask({ plan_code: 'premium', status: 'expired', open: false, reason: 'trial_ended' }),
    ]);
    expect(
      effective.has('inventory:read') && effective.has('audit:export') && effective.has('billing:write') && effective.has('users:delete'),
    ).toBe(true);
    expect(removed.get('inventory:write')).toEqual({
      reason: 'not_in_plan',
      detail: 'entitlement_inactive',
      plan: { status: 'expired', reason: 'trial_ended' },
    });
  });

  it('a module that is off says which and why', () => {
    const off = new Map([['catalog', { enabled: false, reason: 'off_by_tenant' as const, entitled: true, is_core: false }]]);
    const { removed } = applyMasks(everything, [moduleMask(off)]);
    expect(removed.get('inventory:read')).toEqual({ reason: 'module_disabled', module_code: 'catalog', detail: 'off_by_tenant' });
    expect(removed.get('orders:read')).toEqual({ reason: 'module_disabled', module_code: 'sales', detail: 'off_by_platform' });
  });

  it('a read-only tenant leaves reading, a closed one only what takes it back', () => {
    expect(
      [...applyMasks(everything, [tenantStateMask('read_only')]).effective.keys()].every((name) => /:(read|export|detail)$/.test(name)),
    ).toBe(true);
    expect([...applyMasks(everything, [tenantStateMask('closed')]).effective.keys()].sort()).toEqual([
      'billing:read',
      'billing:write',
      'tenants:admin',
      'tenants:read',
    ]);
    expect(applyMasks(everything, [tenantStateMask('not_ready')]).effective.size).toBe(0);
  });
});
