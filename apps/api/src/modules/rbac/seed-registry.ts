import { createHash } from 'node:crypto';
import { ADD_ONS, DEFAULT_TEMPLATE, PLAN_PRICES, PLANS, TEMPLATES, type AddOnCode, type PlanCode } from '#contracts/modules.js';
import { ALL_PERMISSIONS, CORE_PERMISSIONS, impliedBy, PERMISSIONS } from '#contracts/permissions.js';
import { LIBRARY_ROLES, ROLE_PACKS } from '#contracts/roles.js';
import type { PlatformScope, Tx } from '#platform/db/index.js';
import type { Registry } from '#platform/modules/index.js';
import { registryRows, type RegistryTable } from './seed-registry.repository.js';

/** Raised with every release that changes the catalogue: a process with a lower number never writes it. */
export const REGISTRY_VERSION = 1;

export interface SeedResult {
  /** The database holds the registry of a newer release: nothing was written. */
  readonly skipped: boolean;
  readonly total: Readonly<Record<RegistryTable, number>>;
  /** Rows that were new or different. All zero on a second run. */
  readonly changed: Readonly<Record<RegistryTable, number>>;
}

const NOTHING: Readonly<Record<RegistryTable, number>> = {
  modules: 0,
  features: 0,
  permissions: 0,
  role_library: 0,
  plans: 0,
  tenant_templates: 0,
};

/**
 * Writes what the manifests and contracts say into the global tables, in one transaction of the platform pool under an advisory lock.
 * The only writer of these tables; called by `migrate up` and `seed:roles`, never by the start of a worker. Running it twice changes
 * nothing and bumps no version.
 *
 * `is_active` is lowered for a module that has no code in this release, and never raised: a module that staff have switched off stays
 * off. The release that builds a planned module switches it on in its migration.
 */
export async function seedRegistry(tx: Tx<PlatformScope>, registry: Registry, release = 'dev'): Promise<SeedResult> {
  await registryRows.lock(tx);
  const rows = registryContents(registry);
  const total = Object.fromEntries(Object.entries(rows).map(([table, list]) => [table, list.length])) as Record<RegistryTable, number>;
  const stored = await registryRows.state(tx);
  if (stored && stored.version > REGISTRY_VERSION) return { skipped: true, total, changed: NOTHING };
  const changed = { ...NOTHING };
  for (const table of Object.keys(rows) as RegistryTable[]) changed[table] = await registryRows.save(tx, table, rows[table]);
  const hash = createHash('sha256').update(JSON.stringify(rows)).digest('hex');
  if (stored?.hash !== hash || stored.version !== REGISTRY_VERSION)
    await registryRows.saveState(tx, { version: REGISTRY_VERSION, hash }, release);
  return { skipped: false, total, changed };
}

/** The lines that operators know from their guide. */
export function seedLines(result: SeedResult): string[] {
  if (result.skipped) return ['The database holds the registry of a newer release: nothing was seeded'];
  const { total } = result;
  return [
    `Seeded ${CORE_PERMISSIONS.length} permissions`,
    `Seeded ${total.permissions - CORE_PERMISSIONS.length} permissions of modules`,
    `Seeded ${ROLE_PACKS[TEMPLATES[DEFAULT_TEMPLATE].role_pack].length} default roles`,
    `Seeded ${total.role_library} library roles, ${total.modules} modules, ${total.features} features, ${total.plans} plans, ${total.tenant_templates} templates`,
  ];
}

/** In the order in which the tables refer to each other. */
function registryContents(registry: Registry): Record<RegistryTable, readonly object[]> {
  return {
    modules: registry.modules.map(({ module_code, name, is_core, built, depends_on }) => ({
      module_code,
      name,
      is_core,
      is_active: built,
      depends_on,
    })),
    features: registry.features.map(({ feature_code, module_code, name, active }) => ({
      feature_code,
      module_code,
      name,
      is_active: active,
    })),
    permissions: ALL_PERMISSIONS.map((permission_id) => {
      const { description, module, core, scopeable, dangerous } = PERMISSIONS[permission_id];
      const [resource, action] = permission_id.split(':');
      return {
        permission_id,
        resource,
        action,
        description,
        module_code: module,
        is_core: core,
        scopeable,
        dangerous,
        implies: impliedBy(permission_id),
      };
    }),
    role_library: Object.entries(LIBRARY_ROLES).map(([library_role, { rank, permissions }]) => ({ library_role, rank, permissions })),
    plans: [
      ...Object.entries(PLANS).map(([plan_code, plan]) => ({
        plan_code,
        is_addon: false,
        ...plan,
        prices: PLAN_PRICES[plan_code as PlanCode],
      })),
      ...Object.entries(ADD_ONS).map(([plan_code, { name, limits }]) => ({
        plan_code, name, is_addon: true, modules: [], limits, trial_days: 0, trial_limits: {}, prices: PLAN_PRICES[plan_code as AddOnCode],
      })), // prettier-ignore
    ],
    tenant_templates: Object.entries(TEMPLATES).map(([template_code, { name, role_pack, modules, plan, stores }]) => ({
      template_code,
      name,
      role_pack,
      module_codes: modules,
      plan_code: plan,
      stores,
      is_default: template_code === DEFAULT_TEMPLATE,
    })),
  };
}
