import { sql, type Tx } from '#platform/db/index.js';

export interface SettingsRow {
  /** `{ "<module_code>": { … } }`, and `platform` for what only staff may set. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly mfa_required: boolean;
}

const read = sql`select settings, mfa_required from tenants where tenant_id = $1`;
// The tenant's row first, then what hangs on it.
const lock = sql`select settings, mfa_required from tenants where tenant_id = $1 for no key update`;
const write = sql`update tenants set settings = $2, mfa_required = $3 where tenant_id = $1`;

/** The only SQL of tenants.settings. */
export const settingsRows = {
  async read(tx: Pick<Tx, 'query'>, tenant_id: string): Promise<SettingsRow | null> {
    return (await tx.query<SettingsRow>(read, [tenant_id]))[0] ?? null;
  },
  async lock(tx: Tx, tenant_id: string): Promise<SettingsRow | null> {
    return (await tx.query<SettingsRow>(lock, [tenant_id]))[0] ?? null;
  },
  async write(tx: Tx, tenant_id: string, { settings, mfa_required }: SettingsRow): Promise<void> {
    await tx.query(write, [tenant_id, settings, mfa_required]);
  },
};
