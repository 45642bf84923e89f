import { sql, type TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';

export interface ApiKeyRow {
  readonly api_key_id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly all_stores: boolean;
  readonly stores: readonly string[];
  readonly owner_user_id: string;
  readonly owner_name: string;
  readonly ip_cidrs: readonly string[];
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly rotated_at: Date | null;
  readonly revoked_at: Date | null;
  readonly last_used_at: Date | null;
  readonly last_ip: string | null;
}
export interface NewApiKey {
  readonly api_key_id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly all_stores: boolean;
  readonly stores: readonly string[];
  readonly owner_user_id: string;
  readonly ip_cidrs: readonly string[];
  readonly expires_at: Date;
}
/** One sign of life of a key. */
export interface UsedKey {
  readonly tenant_id: string;
  readonly api_key_id: string;
  readonly ip: string;
  readonly at: Date;
}
export const KEY_STATES = ['active', 'expired', 'revoked'] as const;

const LIST = sql`
  select k.api_key_id, k.name, k.prefix, k.scopes, k.all_stores, k.owner_user_id, m.display_name as owner_name, k.ip_cidrs::text[] as ip_cidrs, k.created_at,
         k.expires_at, k.rotated_at, k.revoked_at, p.last_seen_at as last_used_at, host(p.last_ip) as last_ip,
         array(select s.store_id from api_key_stores s where s.tenant_id = k.tenant_id and s.api_key_id = k.api_key_id order by s.store_id) as stores
    from api_keys k
    join memberships m on m.tenant_id = k.tenant_id and m.user_id = k.owner_user_id
    left join principal_activity p on p.tenant_id = k.tenant_id and p.principal_id = k.api_key_id
   where k.tenant_id = $1
     and ($2::text is null or $2 = case when k.revoked_at is not null then 'revoked' when k.expires_at <= $3 then 'expired' else 'active' end)
     and ($4::uuid is null or k.owner_user_id = $4)
     and ($5::uuid is null or k.api_key_id < $5)
   order by k.api_key_id desc
   limit $6`;
const FIND = sql`
  select k.api_key_id, k.name, k.prefix, k.scopes, k.all_stores, k.owner_user_id, m.display_name as owner_name, k.ip_cidrs::text[] as ip_cidrs, k.created_at,
         k.expires_at, k.rotated_at, k.revoked_at, p.last_seen_at as last_used_at, host(p.last_ip) as last_ip,
         array(select s.store_id from api_key_stores s where s.tenant_id = k.tenant_id and s.api_key_id = k.api_key_id order by s.store_id) as stores
    from api_keys k
    join memberships m on m.tenant_id = k.tenant_id and m.user_id = k.owner_user_id
    left join principal_activity p on p.tenant_id = k.tenant_id and p.principal_id = k.api_key_id
   where k.tenant_id = $1 and k.api_key_id = $2`;
const LOCK = sql`select api_key_id from api_keys where tenant_id = $1 and api_key_id = $2 for update`;
const INSERT = sql`
  insert into api_keys (tenant_id, api_key_id, name, prefix, scopes, all_stores, owner_user_id, ip_cidrs, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7, array(select distinct network(n::inet) from unnest($8::text[]) n order by 1), $9)`;
const INSERT_STORES = sql`insert into api_key_stores (tenant_id, api_key_id, store_id) select $1, $2, store_id from unnest($3::uuid[]) as store_id`;
const UPDATE = sql`
  update api_keys set name = $3, ip_cidrs = array(select distinct network(n::inet) from unnest($4::text[]) n order by 1), owner_user_id = $5 where tenant_id = $1 and api_key_id = $2`;
const ROTATE = sql`update api_keys set prefix = $3, rotated_at = $4 where tenant_id = $1 and api_key_id = $2`;
const REVOKE = sql`
  update api_keys set revoked_at = $3 where tenant_id = $1 and api_key_id = $2 and revoked_at is null returning api_key_id`;
const PUT_SECRET = sql`select credential_put($1, 'api_key', $2, $3)`;
const EXPIRE_SECRETS = sql`select credential_expire($1, $2)`;
const DROP_SECRETS = sql`select credential_drop($1)`;
const DROP_OVER = sql`delete from credential_index where kind = 'api_key' and expires_at < $1`;
const TOUCH = sql`
  insert into principal_activity (tenant_id, principal_id, last_seen_at, last_ip)
  select a.tenant_id, a.api_key_id, k.at, k.ip
    from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::inet[]) k (tenant_id, api_key_id, at, ip)
    join api_keys a on a.tenant_id = k.tenant_id and a.api_key_id = k.api_key_id
  on conflict (tenant_id, principal_id) do update set last_seen_at = excluded.last_seen_at, last_ip = excluded.last_ip`;

/** What counts against `max_api_keys`: a key takes its place until it is revoked, also when its time is over. */
export const COUNT_API_KEYS = sql`select count(*)::int as used from api_keys where tenant_id = $1 and revoked_at is null`;

/** The only SQL of API keys. A secret is never here: `credential_index` holds its SHA-256. */
export const apiKeyRows = {
  list(
    tx: Tx,
    filters: { readonly status: string | null; readonly owner_user_id: string | null; readonly now: Date },
    after: string | null,
    take: number,
  ): Promise<ApiKeyRow[]> {
    return tx.query<ApiKeyRow>(LIST, [tx.tenant_id, filters.status, filters.now, filters.owner_user_id, after, take]);
  },
  async get(db: TenantDb, scope: TenantScope, api_key_id: string): Promise<ApiKeyRow | null> {
    return (await db.query<ApiKeyRow>(scope, FIND, [scope.tenant_id, api_key_id]))[0] ?? null;
  },
  /** The key as it is, held until the end of the transaction. */
  async lock(tx: Tx, api_key_id: string): Promise<ApiKeyRow | null> {
    await tx.query(LOCK, [tx.tenant_id, api_key_id]);
    return (await tx.query<ApiKeyRow>(FIND, [tx.tenant_id, api_key_id]))[0] ?? null;
  },
  async find(tx: Tx, api_key_id: string): Promise<ApiKeyRow | null> {
    return (await tx.query<ApiKeyRow>(FIND, [tx.tenant_id, api_key_id]))[0] ?? null;
  },
  async insert(tx: Tx, key: NewApiKey): Promise<void> {
    const { api_key_id, name, prefix, scopes, all_stores, stores, owner_user_id, ip_cidrs, expires_at } = key;
    await tx.query(INSERT, [tx.tenant_id, api_key_id, name, prefix, scopes, all_stores, owner_user_id, ip_cidrs, expires_at]);
    if (stores.length) await tx.query(INSERT_STORES, [tx.tenant_id, api_key_id, stores]);
  },
  async update(tx: Tx, api_key_id: string, to: Pick<ApiKeyRow, 'name' | 'ip_cidrs' | 'owner_user_id'>): Promise<void> {
    await tx.query(UPDATE, [tx.tenant_id, api_key_id, to.name, to.ip_cidrs, to.owner_user_id]);
  },
  async rotate(tx: Tx, api_key_id: string, prefix: string, at: Date): Promise<void> {
    await tx.query(ROTATE, [tx.tenant_id, api_key_id, prefix, at]);
  },
  /** False when it was revoked already. */
  async revoke(tx: Tx, api_key_id: string, at: Date): Promise<boolean> {
    return (await tx.query(REVOKE, [tx.tenant_id, api_key_id, at])).length > 0;
  },
  async putSecret(tx: Tx, credential_hash: Buffer, api_key_id: string, expires_at: Date | null): Promise<void> {
    await tx.query(PUT_SECRET, [credential_hash, api_key_id, expires_at]);
  },
  /** Every secret that the key has now ends at `at`, if not earlier. */
  async expireSecrets(tx: Tx, api_key_id: string, at: Date): Promise<void> {
    await tx.query(EXPIRE_SECRETS, [api_key_id, at]);
  },
  async dropSecrets(tx: Tx, api_key_id: string): Promise<void> {
    await tx.query(DROP_SECRETS, [api_key_id]);
  },
  /** Secrets whose time was over before `before`: a rotation, a key that ended. On the platform pool. */
  async dropOver(tx: Pick<Tx, 'query'>, before: Date): Promise<void> {
    await tx.query(DROP_OVER, [before]);
  },
  /** On the platform pool: written by a timer, for keys of every tenant. */
  async touch(tx: Pick<Tx, 'query'>, used: readonly UsedKey[]): Promise<void> {
    const column = <K extends keyof UsedKey>(name: K): UsedKey[K][] => used.map((use) => use[name]);
    await tx.query(TOUCH, [column('tenant_id'), column('api_key_id'), column('at'), column('ip')]);
  },
};
