/**
 * Which modules are on for a tenant. Pure: guard, settings, /me, navigation and jobs ask the same function.
 */
export interface ModuleRow {
  readonly module_code: string;
  readonly is_core: boolean;
  /** The platform's kill switch. */
  readonly is_active: boolean;
  readonly depends_on: readonly string[];
  /** `tenant_modules.enabled`; null: no row, which means disabled. */
  readonly enabled: boolean | null;
}

export interface ModuleFacts {
  readonly modules: readonly ModuleRow[];
  /** Codes of the modules whose code is in this process. */
  readonly registered: ReadonlySet<string>;
  /** `entitlements.modules`; empty when the tenant has no entitlements. */
  readonly entitled: ReadonlySet<string>;
}

export type ModuleOff = 'not_in_plan' | 'off_by_tenant' | 'off_by_platform' | 'dependency_off';

export interface ModuleState {
  readonly enabled: boolean;
  readonly reason: ModuleOff | null;
  /** Is it in the plan? Core modules always are. */
  readonly entitled: boolean;
  readonly is_core: boolean;
}

const OFF = (row: ModuleRow, entitled: boolean, reason: ModuleOff): ModuleState => ({
  enabled: false,
  reason,
  entitled,
  is_core: row.is_core,
});

/**
 * `enabled = registered ∧ active ∧ (core ∨ (entitled ∧ tenant_enabled)) ∧ every dependency enabled`, for each module that has a row.
 * Of several reasons the one that is furthest from the tenant's reach is told. A circle of dependencies (which the registry refuses)
 * counts as off.
 */
export function moduleStates(facts: ModuleFacts): ReadonlyMap<string, ModuleState> {
  const rows = new Map(facts.modules.map((row) => [row.module_code, row]));
  const states = new Map<string, ModuleState>();
  const open = new Set<string>();
  const stateOf = (code: string): ModuleState | null => {
    const known = states.get(code);
    if (known) return known;
    const row = rows.get(code);
    if (!row || open.has(code)) return null;
    open.add(code);
    const state = judge(row, facts, stateOf);
    open.delete(code);
    states.set(code, state);
    return state;
  };
  for (const code of rows.keys()) stateOf(code);
  return states;
}

function judge(row: ModuleRow, { registered, entitled }: ModuleFacts, stateOf: (code: string) => ModuleState | null): ModuleState {
  const isEntitled = row.is_core || entitled.has(row.module_code);
  if (!row.is_active || !registered.has(row.module_code)) return OFF(row, isEntitled, 'off_by_platform');
  if (!isEntitled) return OFF(row, isEntitled, 'not_in_plan');
  if (!row.is_core && row.enabled !== true) return OFF(row, isEntitled, 'off_by_tenant');
  if (!row.depends_on.every((code) => stateOf(code)?.enabled)) return OFF(row, isEntitled, 'dependency_off');
  return { enabled: true, reason: null, entitled: isEntitled, is_core: row.is_core };
}
