import { assignmentPlan, grantedScope } from './assignment-plan.js';
import type { MemberAssignment } from './members.repository.js';
import type { RoleRow } from './roles.repository.js';
import { union } from './grants.js';
import { ALL_STORES } from './store-scope.js';

const role = (role_id: string, permissions: string[] = ['orders:read']): RoleRow => ({
  role_id, code: role_id, name: role_id, description: '', is_system: false, library_role: null, permissions, member_count: 0, row_version: '1',
  created_at: new Date(0), updated_at: new Date(0),
}); // prettier-ignore
const assignment = (role_id: string, stores: string[] | 'all', expires_at: Date | null = null): MemberAssignment => ({
  user_id: 'u', role_assignment_id: `a-${role_id}`, role_id, code: role_id, name: role_id, permissions: [], all_stores: stores === 'all', stores: stores === 'all' ? [] : stores, expires_at,
}); // prettier-ignore
const some = (...store_ids: string[]) => ({ mode: 'selected' as const, store_ids });

describe('assignmentPlan', () => {
  it('adds, changes, removes, and leaves what is equal', () => {
    const plan = assignmentPlan(
      [assignment('same', ['s2', 's1']), assignment('wider', ['s1']), assignment('ends', 'all'), assignment('gone', 'all')],
      [
        { role: role('same'), store_scope: some('s1', 's2'), expires_at: null },
        { role: role('wider'), store_scope: ALL_STORES, expires_at: null },
        { role: role('ends'), store_scope: ALL_STORES, expires_at: new Date(1) },
        { role: role('new'), store_scope: some(), expires_at: null },
      ],
    );
    expect(plan.add.map((want) => want.role.role_id)).toEqual(['new']);
    expect(plan.change.map((want) => want.role_assignment_id)).toEqual(['a-wider', 'a-ends']);
    expect(plan.remove).toEqual(['a-gone']);
  });

  it('taking the last store away changes the assignment to none, not to all', () => {
    const plan = assignmentPlan([assignment('r', ['s1'])], [{ role: role('r'), store_scope: some(), expires_at: null }]);
    expect(plan.change[0]?.store_scope).toEqual({ mode: 'selected', store_ids: [] });
  });
});

describe('grantedScope', () => {
  const everywhere = union([{ permissions: ['orders:read'], all_stores: true, stores: [] }]);
  const here = union([{ permissions: ['orders:read'], all_stores: false, stores: ['s1'] }]);

  it('left out means all, for whoever holds all', () => {
    expect(grantedScope(everywhere, role('r'), undefined, '/store_scope')).toEqual(ALL_STORES);
    expect(() => grantedScope(here, role('r'), undefined, '/store_scope')).toThrow(expect.objectContaining({ code: 'validation_failed' }));
    expect(() => grantedScope(here, role('r', ['users:read']), undefined, '/store_scope')).toThrow(
      expect.objectContaining({ code: 'grant_exceeds_own' }),
    );
  });

  it('refuses a store that the giver has not', () => {
    expect(grantedScope(here, role('r'), some('s1'), '/store_scope')).toEqual(some('s1'));
    expect(() => grantedScope(here, role('r'), some('s1', 's2'), '/store_scope')).toThrow(
      expect.objectContaining({ code: 'grant_exceeds_own' }),
    );
  });
});
