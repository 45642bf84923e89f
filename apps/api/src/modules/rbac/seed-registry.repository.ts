import { sql, type PlatformScope, type Tx } from '#platform/db/index.js';

export interface RegistryState {
  readonly version: number;
  readonly hash: string;
}

/** Rows that are equal are not written, so that `bump_all` bumps no version of any tenant and a second run changes nothing. */
const lock = sql`select pg_advisory_xact_lock(hashtextextended('tenantry.registry', 0))`;
const findState = sql`select version::int as version, hash from registry_state`;
const saveState = sql`
  insert into registry_state (version, hash, release) values ($1, $2, $3)
  on conflict (only_row) do update set version = excluded.version, hash = excluded.hash, release = excluded.release`;
const saveModules = sql`
  insert into modules (module_code, name, is_core, is_active, depends_on)
  select x.module_code, x.name, x.is_core, x.is_active, x.depends_on
    from jsonb_to_recordset($1::jsonb) as x (module_code text, name text, is_core boolean, is_active boolean, depends_on text[])
   order by x.module_code
  on conflict (module_code) do update
     set name = excluded.name, is_core = excluded.is_core, is_active = modules.is_active and excluded.is_active, depends_on = excluded.depends_on
   where (modules.name, modules.is_core, modules.is_active, modules.depends_on)
         is distinct from (excluded.name, excluded.is_core, modules.is_active and excluded.is_active, excluded.depends_on)
  returning module_code`;
const saveFeatures = sql`
  insert into features (feature_code, module_code, name, is_active)
  select x.feature_code, x.module_code, x.name, x.is_active
    from jsonb_to_recordset($1::jsonb) as x (feature_code text, module_code text, name text, is_active boolean)
   order by x.feature_code
  on conflict (feature_code) do update
     set module_code = excluded.module_code, name = excluded.name, is_active = features.is_active and excluded.is_active
   where (features.module_code, features.name, features.is_active)
         is distinct from (excluded.module_code, excluded.name, features.is_active and excluded.is_active)
  returning feature_code`;
const savePermissions = sql`
  insert into permissions (permission_id, resource, action, description, module_code, is_core, scopeable, dangerous, implies)
  select x.permission_id, x.resource, x.action, x.description, x.module_code, x.is_core, x.scopeable, x.dangerous, x.implies
    from jsonb_to_recordset($1::jsonb) as x (permission_id text, resource text, action text, description text, module_code text,
                                             is_core boolean, scopeable boolean, dangerous boolean, implies text[])
   order by x.permission_id
  on conflict (permission_id) do update
     set description = excluded.description, module_code = excluded.module_code, is_core = excluded.is_core, scopeable = excluded.scopeable,
         dangerous = excluded.dangerous, implies = excluded.implies, retired_at = null
   where (permissions.description, permissions.module_code, permissions.is_core, permissions.scopeable, permissions.dangerous, permissions.implies, permissions.retired_at)
         is distinct from (excluded.description, excluded.module_code, excluded.is_core, excluded.scopeable, excluded.dangerous, excluded.implies, null)
  returning permission_id`;
const saveLibrary = sql`
  insert into role_library (library_role, permissions, rank)
  select x.library_role, x.permissions, x.rank from jsonb_to_recordset($1::jsonb) as x (library_role text, permissions text[], rank int)
   order by x.library_role
  on conflict (library_role) do update set permissions = excluded.permissions, rank = excluded.rank
   where (role_library.permissions, role_library.rank) is distinct from (excluded.permissions, excluded.rank)
  returning library_role`;
/** Plans and templates belong to staff once they exist: only what is missing is added. A plan brings the prices it starts with. */
const addPlans = sql`
  with x as (
    select r.plan_code, r.name, r.is_addon, r.modules, r.limits, r.trial_days, r.trial_limits, r.prices
      from jsonb_to_recordset($1::jsonb) as r (plan_code text, name text, is_addon boolean, modules text[], limits jsonb, trial_days int, trial_limits jsonb, prices jsonb)
  ), added as (
    insert into plans (plan_code, name, is_addon, modules, limits, trial_days, trial_limits)
    select plan_code, name, is_addon, modules, limits, trial_days, trial_limits from x
    on conflict (plan_code) do nothing
    returning plan_code
  ), priced as (
    insert into plan_prices (plan_code, currency, interval, amount)
    select x.plan_code, p.currency, p.interval, p.amount
      from added join x on x.plan_code = added.plan_code
      cross join lateral jsonb_to_recordset(x.prices) as p (currency text, interval text, amount bigint)
  )
  select plan_code from added`;
const addTemplates = sql`
  insert into tenant_templates (template_code, name, role_pack, module_codes, plan_code, stores, is_default)
  select x.template_code, x.name, x.role_pack, x.module_codes, x.plan_code, x.stores,
         x.is_default and not exists (select from tenant_templates t where t.is_default)
    from jsonb_to_recordset($1::jsonb) as x (template_code text, name text, role_pack text, module_codes text[], plan_code text, stores jsonb, is_default boolean)
  on conflict (template_code) do nothing
  returning template_code`;

const STATEMENTS = {
  modules: saveModules,
  features: saveFeatures,
  permissions: savePermissions,
  role_library: saveLibrary,
  plans: addPlans,
  tenant_templates: addTemplates,
} as const;
export type RegistryTable = keyof typeof STATEMENTS;

/** The only SQL of the registry's tables. */
export const registryRows = {
  async lock(tx: Tx<PlatformScope>): Promise<void> {
    await tx.query(lock);
  },
  async state(tx: Tx<PlatformScope>): Promise<RegistryState | null> {
    return (await tx.query<RegistryState>(findState))[0] ?? null;
  },
  async saveState(tx: Tx<PlatformScope>, state: RegistryState, release: string): Promise<void> {
    await tx.query(saveState, [state.version, state.hash, release]);
  },
  /** @returns how many rows were new or different */
  async save(tx: Tx<PlatformScope>, table: RegistryTable, rows: readonly object[]): Promise<number> {
    return (await tx.query(STATEMENTS[table], [JSON.stringify(rows)])).length;
  },
};
