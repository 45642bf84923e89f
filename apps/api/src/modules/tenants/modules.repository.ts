import { sql, type Tx } from '#platform/db/index.js';
import type { ModuleRow } from './module-state.js';

export interface NamedModuleRow extends ModuleRow {
  readonly name: string;
}
export interface FeatureRow {
  readonly feature_code: string;
  readonly module_code: string;
  readonly name: string;
  readonly is_active: boolean;
  readonly enabled: boolean | null;
}
export interface PlatformModuleRow extends Omit<NamedModuleRow, 'enabled'> {
  /** Tenants that have it switched on. */
  readonly tenant_count: number;
}

const ofTenant = sql`
  select m.module_code, m.name, m.is_core, m.is_active, m.depends_on, tm.enabled
    from modules m left join tenant_modules tm on tm.tenant_id = $1 and tm.module_code = m.module_code
   order by m.module_code`;
const featuresOfTenant = sql`
  select f.feature_code, f.module_code, f.name, f.is_active, tf.enabled
    from features f left join tenant_features tf on tf.tenant_id = $1 and tf.feature_code = f.feature_code
   order by f.feature_code`;
const insertModules = sql`
  insert into tenant_modules (tenant_id, module_code, enabled, changed_by)
  select $1, code, true, $3 from unnest($2::text[]) as code on conflict do nothing returning module_code as code`;
const insertFeatures = sql`
  insert into tenant_features (tenant_id, feature_code, enabled, changed_by)
  select $1, code, true, $3 from unnest($2::text[]) as code on conflict do nothing returning feature_code as code`;
const switchModules = sql`
  insert into tenant_modules (tenant_id, module_code, enabled, changed_by)
  select $1, x.code, x.enabled, $4 from unnest($2::text[], $3::boolean[]) as x (code, enabled)
  on conflict (tenant_id, module_code) do update set enabled = excluded.enabled, changed_by = excluded.changed_by`;
const switchFeatures = sql`
  insert into tenant_features (tenant_id, feature_code, enabled, changed_by)
  select $1, x.code, x.enabled, $4 from unnest($2::text[], $3::boolean[]) as x (code, enabled)
  on conflict (tenant_id, feature_code) do update set enabled = excluded.enabled, changed_by = excluded.changed_by`;
const deleteModules = sql`delete from tenant_modules where tenant_id = $1`;
const deleteFeatures = sql`delete from tenant_features where tenant_id = $1`;
const listPlatform = sql`
  select m.module_code, m.name, m.is_core, m.is_active, m.depends_on,
         (select count(*)::int from tenant_modules tm where tm.module_code = m.module_code and tm.enabled) as tenant_count
    from modules m
   where ($1::text is null or m.module_code > $1) and ($3::text is null or m.module_code = $3)
   order by m.module_code limit $2`;
const lockPlatform = sql`select is_active from modules where module_code = $1 for no key update`;
const switchPlatform = sql`update modules set is_active = $2 where module_code = $1`;

type Queries = Pick<Tx, 'query'>;
type Switches = ReadonlyMap<string, boolean>;

/** The only SQL of what is on: modules and features of the platform, and the switches of a tenant. */
export const moduleRows = {
  ofTenant: (tx: Queries, tenant_id: string): Promise<NamedModuleRow[]> => tx.query<NamedModuleRow>(ofTenant, [tenant_id]),
  featuresOfTenant: (tx: Queries, tenant_id: string): Promise<FeatureRow[]> => tx.query<FeatureRow>(featuresOfTenant, [tenant_id]),
  /** Adds what has no row yet. @returns the codes that were added */
  async enable(
    tx: Tx,
    tenant_id: string,
    wanted: { readonly modules: readonly string[]; readonly features: readonly string[] },
    by: string,
  ): Promise<{ modules: string[]; features: string[] }> {
    const codes = (rows: { code: string }[]): string[] => rows.map(({ code }) => code).sort();
    return {
      modules: codes(await tx.query<{ code: string }>(insertModules, [tenant_id, [...wanted.modules], by])),
      features: codes(await tx.query<{ code: string }>(insertFeatures, [tenant_id, [...wanted.features], by])),
    };
  },
  async switch(tx: Tx, tenant_id: string, modules: Switches, features: Switches, by: string): Promise<void> {
    if (modules.size) await tx.query(switchModules, [tenant_id, [...modules.keys()], [...modules.values()], by]);
    if (features.size) await tx.query(switchFeatures, [tenant_id, [...features.keys()], [...features.values()], by]);
  },
  async disableAll(tx: Tx, tenant_id: string): Promise<void> {
    await tx.query(deleteModules, [tenant_id]);
    await tx.query(deleteFeatures, [tenant_id]);
  },

  // ---- the platform's own
  listPlatform: (tx: Queries, after: string | null, take: number): Promise<PlatformModuleRow[]> =>
    tx.query<PlatformModuleRow>(listPlatform, [after, take, null]),
  async findPlatform(tx: Queries, module_code: string): Promise<PlatformModuleRow | null> {
    return (await tx.query<PlatformModuleRow>(listPlatform, [null, 1, module_code]))[0] ?? null;
  },
  /** null: no such module. */
  async lockPlatform(tx: Tx, module_code: string): Promise<{ is_active: boolean } | null> {
    return (await tx.query<{ is_active: boolean }>(lockPlatform, [module_code]))[0] ?? null;
  },
  async switchPlatform(tx: Tx, module_code: string, is_active: boolean): Promise<void> {
    await tx.query(switchPlatform, [module_code, is_active]);
  },
};
