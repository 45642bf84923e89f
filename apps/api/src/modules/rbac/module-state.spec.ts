import { moduleStates, planState, type ModuleRow } from './module-state.js';

const row = (module_code: string, change: Partial<ModuleRow> = {}): ModuleRow => ({
  module_code,
  is_core: false,
  is_active: true,
  depends_on: [],
  enabled: true,
  ...change,
});

describe('enabled(module)', () => {
  const truth = [true, false].flatMap((registered) =>
    [true, false].flatMap((active) =>
      [true, false].flatMap((core) =>
        [true, false].flatMap((entitled) =>
          [true, false, null].flatMap((enabled) =>
            [true, false].map((dependency) => ({ registered, active, core, entitled, enabled, dependency })),
          ),
        ),
      ),
    ),
  );

  it.each(truth)(
    'registered $registered, active $active, core $core, in plan $entitled, switched $enabled, dependency $dependency',
    (given) => {
      const states = moduleStates({
        modules: [
          row('stock', { is_core: given.core, is_active: given.active, enabled: given.enabled, depends_on: ['catalog'] }),
          row('catalog', { is_active: given.dependency }),
        ],
        registered: new Set(given.registered ? ['stock', 'catalog'] : ['catalog']),
        entitled: new Set(given.entitled ? ['stock', 'catalog'] : ['catalog']),
      });
      const expected = given.registered && given.active && (given.core || (given.entitled && given.enabled === true)) && given.dependency;
      expect(states.get('stock')?.enabled).toBe(expected);
      expect(states.get('stock')?.reason === null).toBe(expected);
    },
  );

  it('tells the reason that is furthest from the tenant', () => {
    const reason = (change: Partial<ModuleRow>, entitled = true) =>
      moduleStates({ modules: [row('a', change)], registered: new Set(['a']), entitled: new Set(entitled ? ['a'] : []) }).get('a')?.reason;
    expect(reason({ is_active: false, enabled: false }, false)).toBe('off_by_platform');
    expect(reason({ enabled: null }, false)).toBe('not_in_plan');
    expect(reason({ enabled: null })).toBe('off_by_tenant');
    expect(reason({ depends_on: ['gone'] })).toBe('dependency_off');
    expect(reason({})).toBeNull();
  });

  it('switches off along the chain and counts a circle as off', () => {
    const chain = moduleStates({
      modules: [
        row('c', { depends_on: ['b'] }),
        row('b', { depends_on: ['a'] }),
        row('a', { enabled: false }),
        row('x', { depends_on: ['y'] }),
        row('y', { depends_on: ['x'] }),
      ],
      registered: new Set(['a', 'b', 'c', 'x', 'y']),
      entitled: new Set(['a', 'b', 'c', 'x', 'y']),
    });
    expect([...chain].filter(([, state]) => state.enabled)).toEqual([]);
  });
});

describe('planState', () => {
  const now = new Date('2026-01-10T00:00:00Z');
  const second = (n: number): Date => new Date(now.getTime() + n * 1000);
  const plan = { plan_code: 'premium', trial_ends_at: null, grace_until: null };

  it.each([
    ['trial that runs', { ...plan, status: 'trial' as const, trial_ends_at: second(1) }, 'trial', true],
    ['trial that ends now', { ...plan, status: 'trial' as const, trial_ends_at: second(0) }, 'expired', false],
    ['active', { ...plan, status: 'active' as const }, 'active', true],
    ['past due within grace', { ...plan, status: 'past_due' as const, grace_until: second(1) }, 'past_due', true],
    ['past due after grace', { ...plan, status: 'past_due' as const, grace_until: second(-1) }, 'suspended', false],
    ['suspended', { ...plan, status: 'suspended' as const }, 'suspended', false],
    ['none', { ...plan, status: 'none' as const }, 'none', false],
  ])('%s', (_, row, status, open) => {
    expect(planState(row, now)).toEqual({ plan_code: 'premium', status, open });
  });

  it('no row is none', () => {
    expect(planState(null, now)).toEqual({ plan_code: null, status: 'none', open: false });
  });
});
