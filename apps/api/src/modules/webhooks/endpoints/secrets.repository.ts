import { sql, type Tx } from '#platform/db/index.js';

const INSERT = sql`
  insert into webhook_secrets (tenant_id, webhook_id, version, secret_enc, state)
  values ($1, $2, $3, $4, $5)`;
const OPEN = sql`
  select version, state, expires_at from webhook_secrets where tenant_id = $1 and webhook_id = $2 and state <> 'retired' order by version`;
const NEWEST = sql`select coalesce(max(version), 0)::int as version from webhook_secrets where tenant_id = $1 and webhook_id = $2`;
const EXPIRE = sql`update webhook_secrets set expires_at = $3 where tenant_id = $1 and webhook_id = $2 and state = 'current'`;
const RETIRE = sql`
  update webhook_secrets set state = 'retired', secret_enc = null, expires_at = null
   where tenant_id = $1 and webhook_id = $2 and state = 'current' returning version`;
const PROMOTE = sql`
  update webhook_secrets set state = 'current' where tenant_id = $1 and webhook_id = $2 and state = 'next' returning version`;
const RETIRE_ALL = sql`
  update webhook_secrets set state = 'retired', secret_enc = null, expires_at = null where tenant_id = $1 and webhook_id = $2 and state <> 'retired'`;

export interface OpenSecret {
  readonly version: number;
  readonly state: 'current' | 'next';
  readonly expires_at: Date | null;
}

/** The SQL of webhook_secrets. The app role writes secrets and cannot read them. Whoever calls holds the endpoint's row. */
export const secretRows = {
  async insert(tx: Tx, webhook_id: string, version: number, state: 'current' | 'next', secret_enc: string): Promise<void> {
    await tx.query(INSERT, [tx.tenant_id, webhook_id, version, secret_enc, state]);
  },
  open: (tx: Tx, webhook_id: string): Promise<OpenSecret[]> => tx.query<OpenSecret>(OPEN, [tx.tenant_id, webhook_id]),
  async newest(tx: Tx, webhook_id: string): Promise<number> {
    return (await tx.query<{ version: number }>(NEWEST, [tx.tenant_id, webhook_id]))[0]?.version ?? 0;
  },
  /** Until when the one that counts now still signs. */
  async expireCurrent(tx: Tx, webhook_id: string, at: Date): Promise<void> {
    await tx.query(EXPIRE, [tx.tenant_id, webhook_id, at]);
  },
  /** The next one becomes the current one, and the current one is gone. @returns both versions, null without a next one */
  async promote(tx: Tx, webhook_id: string): Promise<{ version: number; retired: number | null } | null> {
    if (!(await secretRows.open(tx, webhook_id)).some(({ state }) => state === 'next')) return null;
    const [retired] = await tx.query<{ version: number }>(RETIRE, [tx.tenant_id, webhook_id]);
    const [current] = await tx.query<{ version: number }>(PROMOTE, [tx.tenant_id, webhook_id]);
    return current ? { version: current.version, retired: retired?.version ?? null } : null;
  },
  async retireAll(tx: Tx, webhook_id: string): Promise<void> {
    await tx.query(RETIRE_ALL, [tx.tenant_id, webhook_id]);
  },
};
