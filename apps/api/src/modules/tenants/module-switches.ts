import { fail } from '#contracts/errors.js';
import type { ModuleRow } from './module-state.js';

export interface SwitchRequest {
  readonly modules: readonly ModuleRow[];
  /** Modules of the plan. */
  readonly entitled: ReadonlySet<string>;
  /** Code → on or off, as asked for. */
  readonly wanted: ReadonlyMap<string, boolean>;
  /** Modules that a wanted one needs are switched on, too. */
  readonly with_dependencies: boolean;
}

/**
 * Which switches of a tenant have to be moved. Pure. Judges the state afterwards, so a module and the one that needs it may go off
 * together. The plan is asked only for what is switched on: what is on and no longer in the plan may stay and may go.
 * @throws Problem unknown_module, module_is_core, not_in_plan, dependency_off or module_in_use
 */
export function moduleSwitches({ modules, entitled, wanted, with_dependencies }: SwitchRequest): ReadonlyMap<string, boolean> {
  const rows = new Map(modules.map((row) => [row.module_code, row]));
  const isOn = new Map(modules.map((row) => [row.module_code, row.is_core || row.enabled === true]));
  const unknown = [...wanted.keys()].filter((code) => !rows.has(code));
  if (unknown.length) throw fail('unknown_module', { names: unknown });
  const core = [...wanted].find(([code, on]) => rows.get(code)?.is_core && !on);
  if (core) throw fail('module_is_core', { module_code: core[0] });

  const open = [...wanted].filter(([code]) => !rows.get(code)?.is_core);
  for (const [code, on] of open) isOn.set(code, on);
  const toEnable = open.filter(([, on]) => on).map(([code]) => code);
  for (let code = toEnable.shift(); code !== undefined; code = toEnable.shift()) {
    if (!entitled.has(code)) throw fail('not_in_plan', { module_code: code });
    const missing = (rows.get(code)?.depends_on ?? []).filter((needed) => isOn.get(needed) !== true);
    const refused = missing.find((needed) => wanted.get(needed) === false);
    if (refused) throw fail('module_in_use', { module_code: refused, needed_by: [code] });
    if (missing.length && !with_dependencies) throw fail('dependency_off', { module_code: code, needs: missing });
    for (const needed of missing) isOn.set(needed, true);
    toEnable.push(...missing);
  }
  for (const [code, on] of open) {
    if (on) continue;
    const needed_by = modules
      .filter((row) => isOn.get(row.module_code) === true && row.depends_on.includes(code))
      .map((row) => row.module_code);
    if (needed_by.length) throw fail('module_in_use', { module_code: code, needed_by });
  }
  return new Map([...isOn].filter(([code, on]) => !rows.get(code)?.is_core && on !== (rows.get(code)?.enabled === true)));
}
