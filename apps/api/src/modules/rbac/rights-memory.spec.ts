import { judgeRights, type JudgedRights } from './judged-rights.js';
import { RightsMemory, type RememberedRights } from './rights-memory.js';
import type { RightsRow, RightsRows } from './rights.repository.js';

const entry = (at: number, valid_until = Number.POSITIVE_INFINITY): RememberedRights => ({
  tenant_version: '1',
  principal_version: '1',
  at,
  rights: { valid_until } as JudgedRights,
});

describe('rights memory', () => {
  it('is of one person in one tenant, between its moment and its end', () => {
    const memory = new RightsMemory();
    memory.keep('t', 'u', entry(100, 200));
    expect(memory.find('t', 'other', 150)).toBeNull();
    expect(memory.find('other', 'u', 150)).toBeNull();
    expect(memory.find('t', 'u', 199)).not.toBeNull();
    expect(memory.find('t', 'u', 200)).toBeNull();
    memory.keep('t', 'u', entry(100));
    expect(memory.find('t', 'u', 99)).toBeNull();
  });

  it('forgets who was not asked for longest', () => {
    const memory = new RightsMemory(2);
    memory.keep('t', 'a', entry(0));
    memory.keep('t', 'b', entry(0));
    memory.find('t', 'a', 1);
    memory.keep('t', 'c', entry(0));
    expect(['a', 'b', 'c'].map((user) => memory.find('t', user, 1) !== null)).toEqual([true, false, true]);
  });
});

describe('judgeRights', () => {
  const now = new Date('2026-01-10T00:00:00Z');
  const at = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);
  const row: RightsRow = {
    slug: 's', access: 'full', tenant_version: '1', principal_version: '1', user_active: true, member_status: 'active', email: 'a@b.c', session_id: 's',
    session_revoked_at: null, session_expires_at: at(99), plan_status: 'trial', plan_code: 'premium', plan_modules: [], trial_ends_at: at(50), grace_until: null, plan_valid_until: null, requests_per_minute: null, requests_per_day: null,
    assignments: null, modules: null, features: null, mfa_required: null, session_mfa_at: null,
  }; // prettier-ignore
  const assignment = (expires_at: Date | null) => ({
    role_assignment_id: 'a',
    role_id: 'r',
    code: 'r',
    name: 'R',
    permissions: ['users:read'],
    all_stores: true,
    stores: [],
    expires_at: expires_at?.toISOString() ?? null,
  });
  const rows = (...ends: (Date | null)[]): RightsRows => ({
    assignments: ends.map(assignment),
    modules: [{ module_code: 'rbac', is_core: true, is_active: true, depends_on: [], enabled: null }],
    features: [],
    mfa_required: false,
  });
  const until = (given: RightsRow, ...ends: (Date | null)[]): number =>
    judgeRights(given, rows(...ends), new Set(['rbac']), now).valid_until;

  it('holds until the first of its clocks runs out; what is over already counts no more', () => {
    expect(until(row, null, at(40), at(-1))).toBe(at(40).getTime());
    expect(until(row, null)).toBe(at(50).getTime());
    expect(until({ ...row, trial_ends_at: at(-5), grace_until: at(7) }, null)).toBe(at(7).getTime());
    expect(until({ ...row, plan_status: 'active', trial_ends_at: null }, null)).toBe(Number.POSITIVE_INFINITY);
    expect(until({ ...row, plan_valid_until: at(9) }, null)).toBe(at(9).getTime()); // an override of the plan ends
  });
});
