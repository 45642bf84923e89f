import * as fc from 'fast-check';
import { ALL_PERMISSIONS, PERMISSIONS, type Permission } from '#contracts/permissions.js';
import { explain } from './explain.js';
import { computeGrants, type AssignmentRow } from './grants.js';
import type { ModuleState } from './module-state.js';

const STORES = ['s1', 's2', 's3'];
const now = new Date('2026-01-10T00:00:00Z');
const assignment: fc.Arbitrary<AssignmentRow> = fc.record({
  role_assignment_id: fc.uuid(),
  role_id: fc.uuid(),
  code: fc.constant('r'),
  name: fc.constant('R'),
  permissions: fc.subarray<Permission>(ALL_PERMISSIONS),
  all_stores: fc.boolean(),
  stores: fc.subarray(STORES),
  expires_at: fc.constant(null),
});
const MODULES = [...new Set(ALL_PERMISSIONS.map((name) => PERMISSIONS[name].module))];
const state = (enabled: boolean): ModuleState => ({ enabled, reason: enabled ? null : 'off_by_tenant', entitled: true, is_core: false });

describe('explain', () => {
  it('agrees with the grants for any person, permission and store', () => {
    fc.assert(
      fc.property(
        fc.array(assignment, { maxLength: 4 }),
        fc.subarray(MODULES),
        fc.constantFrom(...ALL_PERMISSIONS),
        fc.option(fc.constantFrom(...STORES)),
        (assignments, on, permission, store) => {
          const grants = computeGrants({
            assignments,
            now,
            modules: new Map(MODULES.map((code) => [code, state(on.includes(code))])),
            plan: { plan_code: null, status: 'active', open: true },
            access: 'full',
          });
          const stores = grants.effective.get(permission);
          const allowed = stores !== undefined && (store === null || stores === 'all' || stores.has(store));
          const answer = explain({ ...grants, assignments, member_status: 'active', user_active: true }, permission, store);
          expect(answer.allowed).toBe(allowed);
          if (allowed) expect(answer.removed_by).toEqual([]);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('names a suspended membership', () => {
    const grants = computeGrants({
      assignments: [],
      now,
      modules: new Map(),
      plan: { plan_code: null, status: 'active', open: true },
      access: 'full',
    });
    expect(explain({ ...grants, assignments: [], member_status: 'suspended', user_active: true }, 'users:read', null)).toEqual({
      allowed: false,
      granted_by: [],
      removed_by: [{ mask: 'membership', detail: 'suspended' }],
    });
  });
});
