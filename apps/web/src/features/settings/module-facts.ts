import type { ModuleSwitch } from '../../lib/types';

export interface ModuleFacts extends ModuleSwitch {
  /** Modules that are on and need this one. */
  readonly needed_by: readonly string[];
  /** All that need this one, however far: they go off with it, also those that only wait for the platform. */
  readonly dependents: readonly string[];
  /** Modules this one needs that are off. */
  readonly missing: readonly string[];
  /** Why its switch cannot be moved; null: it can. */
  readonly locked: 'core' | 'off_by_platform' | 'not_in_plan' | null;
}

/** What the reader has to know before moving a switch. The server judges again. */
export function moduleFacts(modules: readonly ModuleSwitch[]): ModuleFacts[] {
  const on = new Set(modules.filter((one) => one.enabled || one.is_core).map((one) => one.module_code));
  return modules.map((one) => ({
    ...one,
    needed_by: modules
      .filter((other) => on.has(other.module_code) && other.depends_on.includes(one.module_code))
      .map((other) => other.module_code),
    dependents: dependentsOf(one.module_code, modules),
    missing: one.depends_on.filter((code) => !on.has(code)),
    locked: one.is_core ? 'core' : !one.active ? 'off_by_platform' : !one.entitled && !one.enabled ? 'not_in_plan' : null,
  }));
}

function dependentsOf(code: string, modules: readonly ModuleSwitch[]): string[] {
  const found = [code];
  for (const one of found)
    for (const { module_code, depends_on } of modules)
      if (depends_on.includes(one) && !found.includes(module_code)) found.push(module_code);
  return found.slice(1);
}
