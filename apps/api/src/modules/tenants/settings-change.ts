import { fail, invalid, type FieldError } from '#contracts/errors.js';
import { resolveModule } from '#contracts/modules.js';
import { strictestPolicy, type PasswordPolicy } from '#platform/crypto/index.js';
import type { AuditChange } from '../audit/index.js';
import type { FeatureRow } from './modules.repository.js';
import type { SettingsPatch } from './settings.dto.js';
import type { SettingsRow } from './settings.repository.js';

type Settings = SettingsRow['settings'];
export type Switches = ReadonlyMap<string, boolean>;

/** The tenant's own rules for passwords, never weaker than the platform's. */
export function passwordPolicyOf(settings: Readonly<Record<string, unknown>>): PasswordPolicy {
  const identity = settings['identity'] as { readonly password_policy?: Partial<PasswordPolicy> } | undefined;
  return strictestPolicy([identity?.password_policy ?? {}]);
}

/** Names in any case and by alias, in either list. @throws Problem unknown_module or validation_failed */
export function wantedSwitches({ modules = {}, features = {} }: Pick<SettingsPatch, 'modules' | 'features'>): {
  modules: Switches;
  features: Switches;
} {
  const wanted = { module: new Map<string, boolean>(), feature: new Map<string, boolean>() };
  const errors: FieldError[] = [];
  const unknown: string[] = [];
  for (const [list, names] of Object.entries({ modules, features })) {
    for (const [name, on] of Object.entries(names)) {
      const field = `/${list}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const found = resolveModule(name);
      if (!found) unknown.push(name.slice(0, 40));
      else if (typeof on !== 'boolean') errors.push({ field, code: 'is_boolean', message: 'true or false.' });
      else {
        const [kind, code] = found.kind === 'core' ? (['module', coreCode(name)] as const) : ([found.kind, found.code] as const);
        if (wanted[kind].has(code) && wanted[kind].get(code) !== on)
          errors.push({ field, code: 'contradicts', message: 'This is named twice, on and off.' });
        wanted[kind].set(code, on);
      }
    }
  }
  if (unknown.length) throw fail('unknown_module', { names: unknown });
  if (errors.length) throw invalid(errors);
  return { modules: wanted.module, features: wanted.feature };
}

/** `users` and `settings` are words of the seeds for what the core is made of. */
const coreCode = (name: string): string => ({ users: 'rbac', settings: 'tenants' })[name.trim().toLowerCase()] ?? name.trim().toLowerCase();

/** @throws Problem unknown_module */
export function changedFeatures(rows: readonly FeatureRow[], wanted: Switches): Switches {
  const isOn = new Map(rows.map(({ feature_code, enabled }) => [feature_code, enabled === true]));
  const unknown = [...wanted.keys()].filter((code) => !isOn.has(code));
  if (unknown.length) throw fail('unknown_module', { names: unknown });
  return new Map([...wanted].filter(([code, on]) => isOn.get(code) !== on));
}

/** What the audit row says; empty when nothing changes. */
export function changesOf(before: SettingsRow, after: SettingsRow, modules: Switches, features: Switches): AuditChange[] {
  const flipped = (field: string, switches: Switches): AuditChange[] =>
    switches.size
      ? [{ field, from: Object.fromEntries([...switches].map(([code, on]) => [code, !on])), to: Object.fromEntries(switches) }]
      : [];
  const values = settingChanges(before.settings, after.settings);
  return [
    ...flipped('modules', modules),
    ...flipped('features', features),
    ...(values.length ? [{ field: 'settings', from: sideOf(values, 'from'), to: sideOf(values, 'to') }] : []),
    ...(before.mfa_required === after.mfa_required ? [] : [{ field: 'mfa_required', from: before.mfa_required, to: after.mfa_required }]),
  ];
}

interface SettingChange {
  readonly name: string;
  readonly from: unknown;
  readonly to: unknown;
}
/** `stock.negative_allowed` from false to true; null where the default held or holds. */
function settingChanges(before: Settings, after: Settings): SettingChange[] {
  return Object.keys(after).flatMap((code) => {
    const [was, is] = [before[code] ?? {}, after[code] ?? {}];
    return [...new Set([...Object.keys(was), ...Object.keys(is)])]
      .map((name) => ({ name: `${code}.${name}`, from: was[name] ?? null, to: is[name] ?? null }))
      .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
  });
}
const sideOf = (values: readonly SettingChange[], side: 'from' | 'to'): Record<string, unknown> =>
  Object.fromEntries(values.map((value) => [value.name, value[side]]));

/** What the event says: names, no values. */
export function codesOf(changes: readonly AuditChange[]): string[] {
  return changes
    .flatMap(({ field, to }) => (field === 'mfa_required' ? [field] : Object.keys(to as object).map((code) => `${field}.${code}`)))
    .sort();
}
