import { sql, type Tx } from '#platform/db/index.js';

export interface TemplateRow {
  readonly template_code: string;
  readonly name: string;
  readonly role_pack: string;
  readonly module_codes: readonly string[];
  readonly feature_codes: readonly string[];
  readonly plan_code: string | null;
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly stores: readonly { readonly code: string; readonly name: string }[];
  readonly is_default: boolean;
  readonly row_version: string;
  readonly created_at: Date;
}
export type TemplateValues = Omit<TemplateRow, 'row_version' | 'created_at'>;

const list = sql`
  select template_code, name, role_pack, module_codes, feature_codes, plan_code, settings, stores, is_default, row_version, created_at
    from tenant_templates where ($1::text is null or template_code > $1) order by template_code limit $2`;
const find = sql`
  select template_code, name, role_pack, module_codes, feature_codes, plan_code, settings, stores, is_default, row_version, created_at
    from tenant_templates where template_code = $1 or ($1::text is null and is_default)`;
const lock = sql`
  select template_code, name, role_pack, module_codes, feature_codes, plan_code, settings, stores, is_default, row_version, created_at
    from tenant_templates where template_code = $1 for update`;
const insert = sql`
  insert into tenant_templates (template_code, name, role_pack, module_codes, feature_codes, plan_code, settings, stores, is_default)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (template_code) do nothing returning template_code`;
const update = sql`
  update tenant_templates
     set name = $2, role_pack = $3, module_codes = $4, feature_codes = $5, plan_code = $6, settings = $7, stores = $8, is_default = $9
   where template_code = $1`;
const clearDefault = sql`update tenant_templates set is_default = false where is_default and template_code <> $1`;
const remove = sql`delete from tenant_templates where template_code = $1`;
const tenantsOf = sql`select count(*)::int as n from tenants where template_code = $1 and status <> 'deleted'`;

type Queries = Pick<Tx, 'query'>;
/** A list at the top would be sent as a PostgreSQL array. */
const valuesOf = (t: TemplateValues) => [
  t.template_code, t.name, t.role_pack, [...t.module_codes], [...t.feature_codes], t.plan_code, t.settings, JSON.stringify(t.stores), t.is_default,
]; // prettier-ignore

/** The only SQL of templates; all of it on the platform pool. */
export const templateRows = {
  list: (tx: Queries, after: string | null, take: number): Promise<TemplateRow[]> => tx.query<TemplateRow>(list, [after, take]),
  /** null for the code: the default. */
  async find(tx: Queries, template_code: string | null): Promise<TemplateRow | null> {
    return (await tx.query<TemplateRow>(find, [template_code]))[0] ?? null;
  },
  async lock(tx: Tx, template_code: string): Promise<TemplateRow | null> {
    return (await tx.query<TemplateRow>(lock, [template_code]))[0] ?? null;
  },
  async insert(tx: Tx, template: TemplateValues): Promise<boolean> {
    return (await tx.query(insert, valuesOf(template))).length > 0;
  },
  async update(tx: Tx, template: TemplateValues): Promise<void> {
    await tx.query(update, valuesOf(template));
  },
  /** Before another one becomes the default: there is one at any time. */
  async clearDefault(tx: Tx, template_code: string): Promise<void> {
    await tx.query(clearDefault, [template_code]);
  },
  async remove(tx: Tx, template_code: string): Promise<void> {
    await tx.query(remove, [template_code]);
  },
  async tenantsOf(tx: Tx, template_code: string): Promise<number> {
    return (await tx.query<{ n: number }>(tenantsOf, [template_code]))[0]?.n ?? 0;
  },
};
