import { moduleStates, type ModuleRow } from './module-state.js';

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
