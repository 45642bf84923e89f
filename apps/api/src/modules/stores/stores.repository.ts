import { sql, type Stores as StoresOfScope, type Tx } from '#platform/db/index.js';

export interface StoreRow {
  readonly store_id: string;
  readonly code: string;
  readonly name: string;
  readonly kind: string;
  readonly address: Record<string, unknown>;
  readonly phone: string | null;
  readonly time_zone: string;
  readonly currency: string;
  readonly opening_hours: Record<string, unknown>;
  readonly is_default: boolean;
  readonly status: 'active' | 'inactive';
  readonly row_version: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}
export type StoreValues = Pick<
  StoreRow,
  'code' | 'name' | 'kind' | 'address' | 'phone' | 'time_zone' | 'currency' | 'opening_hours' | 'status'
>;

const LIST = sql`
  select store_id, code, name, kind, address, phone, time_zone, currency, opening_hours, is_default, status, row_version, created_at, updated_at
    from stores
   where tenant_id = $1
     and ($2::uuid[] is null or store_id = any ($2))
     and ($3::text is null or status = $3)
     and ($4::text is null or lower(code) like $4 or lower(name) like $4)
     and ($5::text is null or code > $5)
   order by code
   limit $6`;
const FIND = sql.named('stores.find')`
  select store_id, code, name, kind, address, phone, time_zone, currency, opening_hours, is_default, status, row_version, created_at, updated_at
    from stores
   where tenant_id = $1 and store_id = $2 and ($3::uuid[] is null or store_id = any ($3))`;
const LOCK = sql`select store_id from stores where tenant_id = $1 and store_id = $2 for update`;
/** Whoever moves the default waits here: two that lock only what they move would both find the old default gone. */
const LOCK_ALL = sql`select store_id from stores where tenant_id = $1 order by store_id for no key update`;
const HAS_DEFAULT = sql`select exists (select from stores where tenant_id = $1 and is_default) as has_default`;
const INSERT = sql`
  insert into stores (tenant_id, store_id, code, name, kind, address, phone, time_zone, currency, opening_hours, is_default)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;
const UPDATE = sql`
  update stores set code = $3, name = $4, kind = $5, address = $6, phone = $7, time_zone = $8, currency = $9, opening_hours = $10, status = $11
   where tenant_id = $1 and store_id = $2`;
const CLEAR_DEFAULT = sql`update stores set is_default = false where tenant_id = $1 and is_default and store_id <> $2`;
const SET_DEFAULT = sql`update stores set is_default = true where tenant_id = $1 and store_id = $2`;
const DELETE = sql`delete from stores where tenant_id = $1 and store_id = $2`;
const DELETE_ALL = sql`delete from stores where tenant_id = $1 returning store_id`;

/** For the nightly recount. */
export const COUNT_STORES = sql`select count(*)::int from stores where tenant_id = $1`;

const listOf = (stores: StoresOfScope): string[] | null => (stores === 'all' ? null : [...stores]);

/** The only SQL of stores. Reading takes the stores of the caller's scope; every statement names the tenant. */
export const storeRows = {
  list(
    tx: Tx,
    stores: StoresOfScope,
    filters: { status: string | null; pattern: string | null },
    after: string | null,
    take: number,
  ): Promise<StoreRow[]> {
    return tx.query<StoreRow>(LIST, [tx.tenant_id, listOf(stores), filters.status, filters.pattern, after, take]);
  },
  async find(tx: Tx, store_id: string, stores: StoresOfScope = 'all'): Promise<StoreRow | null> {
    return (await tx.query<StoreRow>(FIND, [tx.tenant_id, store_id, listOf(stores)]))[0] ?? null;
  },
  async lock(tx: Tx, store_id: string): Promise<boolean> {
    return (await tx.query(LOCK, [tx.tenant_id, store_id])).length > 0;
  },
  async lockAll(tx: Tx): Promise<void> {
    await tx.query(LOCK_ALL, [tx.tenant_id]);
  },
  async hasDefault(tx: Tx): Promise<boolean> {
    return (await tx.query<{ has_default: boolean }>(HAS_DEFAULT, [tx.tenant_id]))[0]?.has_default ?? false;
  },
  async insert(tx: Tx, store_id: string, v: Omit<StoreValues, 'status'>, is_default: boolean): Promise<void> {
    await tx.query(INSERT, [
      tx.tenant_id,
      store_id,
      v.code,
      v.name,
      v.kind,
      v.address,
      v.phone,
      v.time_zone,
      v.currency,
      v.opening_hours,
      is_default,
    ]);
  },
  async update(tx: Tx, store_id: string, v: StoreValues): Promise<void> {
    await tx.query(UPDATE, [
      tx.tenant_id,
      store_id,
      v.code,
      v.name,
      v.kind,
      v.address,
      v.phone,
      v.time_zone,
      v.currency,
      v.opening_hours,
      v.status,
    ]);
  },
  /** Under `lockAll`. Two statements: the unique index looks at each row as it is written. */
  async moveDefault(tx: Tx, store_id: string): Promise<void> {
    await tx.query(CLEAR_DEFAULT, [tx.tenant_id, store_id]);
    await tx.query(SET_DEFAULT, [tx.tenant_id, store_id]);
  },
  async remove(tx: Tx, store_id: string): Promise<void> {
    await tx.query(DELETE, [tx.tenant_id, store_id]);
  },
  async removeAll(tx: Tx): Promise<number> {
    return (await tx.query(DELETE_ALL, [tx.tenant_id])).length;
  },
};
