import { sql, type Tx } from '#platform/db/index.js';
import type { Override } from './materialise.js';

export interface OverrideRow extends Override {
  readonly override_id: string;
  readonly reason: string;
  /** Who of the staff. */
  readonly set_by: string;
  readonly created_at: Date;
}
export type NewOverride = Omit<OverrideRow, 'created_at'>;

const list = sql`
  select override_id, kind, code, value, allowed, reason, expires_at, set_by, created_at
    from entitlement_overrides where tenant_id = $1 order by kind, code, override_id`;
const remove = sql`delete from entitlement_overrides where tenant_id = $1 and override_id = any ($2)`;
const insert = sql`
  insert into entitlement_overrides (tenant_id, override_id, kind, code, value, allowed, reason, expires_at, set_by)
  select $1, x.override_id, x.kind, x.code, x.value, x.allowed, x.reason, x.expires_at, x.set_by
    from jsonb_to_recordset($2::jsonb) as x (override_id uuid, kind text, code text, value bigint, allowed boolean, reason text, expires_at timestamptz, set_by text)`;

/** The only SQL of what staff give beside the plan. */
export const overrideRows = {
  async list(tx: Pick<Tx, 'query'>, tenant_id: string): Promise<OverrideRow[]> {
    const rows = await tx.query<Omit<OverrideRow, 'value'> & { readonly value: string | null }>(list, [tenant_id]);
    return rows.map((row) => ({ ...row, value: row.value === null ? null : Number(row.value) }));
  },
  async remove(tx: Tx, tenant_id: string, override_ids: readonly string[]): Promise<void> {
    if (override_ids.length) await tx.query(remove, [tenant_id, [...override_ids]]);
  },
  async insert(tx: Tx, tenant_id: string, overrides: readonly NewOverride[]): Promise<void> {
    if (overrides.length) await tx.query(insert, [tenant_id, JSON.stringify(overrides)]);
  },
};
