import type { ErrorCode, Problem } from '#contracts/errors.js';
import type { ModuleRow } from './module-state.js';
import { moduleSwitches, type SwitchRequest } from './module-switches.js';

const row = (module_code: string, enabled: boolean | null, depends_on: string[] = [], is_core = false): ModuleRow => ({
  module_code, enabled, depends_on, is_core, is_active: true,
}); // prettier-ignore
const MODULES = [
  row('stores', null, [], true),
  row('catalog', true),
  row('stock', false, ['catalog']),
  row('purchasing', null, ['stock']),
  row('sales', true, ['catalog']),
  row('reports', true),
];
const ALL = new Set(MODULES.map(({ module_code }) => module_code));
const ask = (wanted: Record<string, boolean>, over: Partial<SwitchRequest> = {}): Record<string, boolean> =>
  Object.fromEntries(
    moduleSwitches({ modules: MODULES, entitled: ALL, with_dependencies: false, wanted: new Map(Object.entries(wanted)), ...over }),
  );

describe('moduleSwitches', () => {
  it('moves what is asked for and differs', () => {
    expect(ask({ stock: true, reports: false, sales: true })).toEqual({ stock: true, reports: false });
    expect(ask({ stock: false, purchasing: false })).toEqual({});
    expect(ask({ stores: true })).toEqual({});
  });

  it('switches dependencies on only when asked to, all of them', () => {
    expect(ask({ purchasing: true }, { with_dependencies: true })).toEqual({ purchasing: true, stock: true });
    expect(ask({ purchasing: true, stock: true })).toEqual({ purchasing: true, stock: true });
    const bare = MODULES.map((one) => ({ ...one, enabled: null }));
    expect(ask({ purchasing: true }, { modules: bare, with_dependencies: true })).toEqual({ purchasing: true, stock: true, catalog: true });
  });

  it('lets a module go together with those that need it', () => {
    expect(ask({ catalog: false, sales: false })).toEqual({ catalog: false, sales: false });
  });

  it('lets a module that fell out of the plan stay on or go', () => {
    const entitled = new Set(['catalog']);
    expect(ask({ reports: false }, { entitled })).toEqual({ reports: false });
    expect(ask({ sales: false }, { entitled })).toEqual({ sales: false });
  });

  it.each<[string, Record<string, boolean>, Partial<SwitchRequest>, ErrorCode, object]>([
    ['a module that does not exist', { crm: true }, {}, 'unknown_module', { names: ['crm'] }],
    ['a core module off', { stores: false }, {}, 'module_is_core', { module_code: 'stores' }],
    ['a module outside the plan', { stock: true }, { entitled: new Set(['catalog']) }, 'not_in_plan', { module_code: 'stock' }],
    [
      'a dependency outside the plan',
      { purchasing: true },
      { entitled: new Set(['purchasing']), with_dependencies: true },
      'not_in_plan',
      { module_code: 'stock' },
    ],
    ['a module whose dependency is off', { purchasing: true }, {}, 'dependency_off', { module_code: 'purchasing', needs: ['stock'] }],
    ['off, while others need it', { catalog: false }, {}, 'module_in_use', { module_code: 'catalog', needed_by: ['sales'] }],
    [
      'off, and on by another wish',
      { catalog: false, stock: true, sales: false },
      { with_dependencies: true },
      'module_in_use',
      { module_code: 'catalog', needed_by: ['stock'] },
    ],
  ])('refuses %s', (_, wanted, over, code, extras) => {
    let problem: Problem | null = null;
    try {
      ask(wanted, over);
    } catch (error) {
      problem = error as Problem;
    }
    expect(problem).toMatchObject({ code, extras });
  });
});
