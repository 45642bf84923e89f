import * as fc from 'fast-check';
import { ALL_PERMISSIONS, type Permission } from '#contracts/permissions.js';
import { LIBRARY_ROLES } from '#contracts/roles.js';
import type { Grants } from '#platform/auth/index.js';
import { checkGrant, checkTake, missingFor, missingToTake } from './grant-rule.js';
import { union } from './grants.js';
import { ALL_STORES, type StoreScope } from './store-scope.js';

const STORES = ['s1', 's2', 's3'];
interface Role {
  permissions: Permission[];
  scope: StoreScope;
}
const scope: fc.Arbitrary<StoreScope> = fc.oneof(
  fc.constant(ALL_STORES),
  fc.subarray(STORES).map((store_ids) => ({ mode: 'selected' as const, store_ids })),
);
const role: fc.Arbitrary<Role> = fc.record({ permissions: fc.subarray(ALL_PERMISSIONS, { maxLength: 12 }), scope });
const person = fc.array(role, { maxLength: 3 });
const grantsOf = (roles: readonly Role[]): Grants =>
  union(roles.map(({ permissions, scope: { mode, store_ids } }) => ({ permissions, all_stores: mode === 'all', stores: store_ids })));
const atoms = (grants: Grants): string[] =>
  [...grants].flatMap(([name, stores]) => (stores === 'all' ? ['*', ...STORES] : [...stores]).map((store) => `${name} ${store}`));

describe('grant rule', () => {
  it('whoever receives ends with no more than receiver and giver had together', () => {
    fc.assert(
      fc.property(person, person, role, (giver, receiver, given) => {
        if (missingFor(grantsOf(giver), given.permissions, given.scope).length) return;
        const together = new Set([...atoms(grantsOf(giver)), ...atoms(grantsOf(receiver))]);
        expect(atoms(grantsOf([...receiver, given])).every((atom) => together.has(atom))).toBe(true);
      }),
    );
  });

  it('after any number of gifts nobody holds more than the union of what all held', () => {
    fc.assert(
      fc.property(
        fc.array(person, { minLength: 2, maxLength: 4 }),
        fc.array(fc.record({ from: fc.nat(3), to: fc.nat(3), role })),
        (people, gifts) => {
          const all = new Set(people.flatMap((roles) => atoms(grantsOf(roles))));
          const state = people.map((roles) => [...roles]);
          for (const { from, to, role: given } of gifts) {
            const giver = state[from % state.length] ?? [];
            if (missingFor(grantsOf(giver), given.permissions, given.scope).length === 0) state[to % state.length]?.push(given);
          }
          for (const roles of state) expect(atoms(grantsOf(roles)).every((atom) => all.has(atom))).toBe(true);
        },
      ),
    );
  });

  it('names what is missing, sorted, and refuses a name outside the catalogue', () => {
    const held = grantsOf([{ permissions: ['orders:read', 'users:read'], scope: ALL_STORES }]);
    expect(missingFor(held, ['users:write', 'orders:read', 'orders:write', 'orders:*'], ALL_STORES)).toEqual([
      'orders:*',
      'orders:write',
      'users:write',
    ]);
  });

  it('all needs all; some stores need those stores; no store still needs the permission', () => {
    const held = grantsOf([{ permissions: ['orders:read'], scope: { mode: 'selected', store_ids: ['s1', 's2'] } }]);
    expect(missingFor(held, ['orders:read'], ALL_STORES)).toEqual(['orders:read']);
    expect(missingFor(held, ['orders:read'], { mode: 'selected', store_ids: ['s1'] })).toEqual([]);
    expect(missingFor(held, ['orders:read'], { mode: 'selected', store_ids: ['s1', 's3'] })).toEqual(['orders:read']);
    expect(missingFor(held, ['orders:write'], { mode: 'selected', store_ids: [] })).toEqual(['orders:write']);
  });

  it('an admin cannot give the owner role, an owner can give any', () => {
    const held = (name: 'admin' | 'owner') => grantsOf([{ permissions: [...LIBRARY_ROLES[name].permissions], scope: ALL_STORES }]);
    expect(() => checkGrant(held('admin'), LIBRARY_ROLES.owner.permissions, ALL_STORES)).toThrow(
      expect.objectContaining({ code: 'grant_exceeds_own', extras: { missing: ['billing:write', 'tenants:admin'] } }),
    );
    expect(() => checkGrant(held('owner'), LIBRARY_ROLES.owner.permissions, ALL_STORES)).not.toThrow();
  });
});

describe('taking rule', () => {
  it('holds exactly when the target has nothing that the actor has not', () => {
    fc.assert(
      fc.property(person, person, (actor, target) => {
        const mine = new Set(atoms(grantsOf(actor)));
        expect(missingToTake(grantsOf(actor), grantsOf(target)).length === 0).toBe(atoms(grantsOf(target)).every((atom) => mine.has(atom)));
      }),
    );
  });

  it('an admin cannot remove an owner', () => {
    const held = (name: 'admin' | 'owner') => grantsOf([{ permissions: [...LIBRARY_ROLES[name].permissions], scope: ALL_STORES }]);
    expect(() => checkTake(held('admin'), held('owner'))).toThrow(expect.objectContaining({ code: 'target_exceeds_own' }));
    expect(() => checkTake(held('owner'), held('admin'))).not.toThrow();
  });
});
