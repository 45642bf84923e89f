import { sql, TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';

export interface InventoryRow {
  readonly variant_id: string;
  readonly product_id: string;
  readonly product_name: string;
  readonly sku: string;
  readonly barcode: string | null;
  readonly name: string;
  readonly uom: string;
  readonly price: string;
  readonly track_stock: boolean;
  readonly status: string;
  readonly created_at: Date;
}
export interface ProductRow {
  readonly product_id: string;
  readonly name: string;
  readonly description: string;
  readonly status: string;
  readonly created_at: Date;
}
export type VariantRow = Omit<InventoryRow, 'product_name' | 'product_id' | 'created_at'>;

const getItem = sql.named('catalog.item')`
  select v.variant_id, v.product_id, p.name as product_name, v.sku, v.barcode, v.name, v.uom, v.price, v.track_stock, v.status, v.created_at
    from variants v join products p on p.tenant_id = v.tenant_id and p.product_id = v.product_id
   where v.tenant_id = $1 and v.variant_id = $2`;
// Two statements, one with and one without search: a filter that may be absent keeps the planner from the ordered index.
const listItems = sql.named('catalog.items')`
  select v.variant_id, v.product_id, p.name as product_name, v.sku, v.barcode, v.name, v.uom, v.price, v.track_stock, v.status, v.created_at
    from variants v join products p on p.tenant_id = v.tenant_id and p.product_id = v.product_id
   where v.tenant_id = $1 and v.variant_id < $2
   order by v.variant_id desc limit $3`;
const searchItems = sql`
  select v.variant_id, v.product_id, p.name as product_name, v.sku, v.barcode, v.name, v.uom, v.price, v.track_stock, v.status, v.created_at
    from variants v join products p on p.tenant_id = v.tenant_id and p.product_id = v.product_id
   where v.tenant_id = $1 and v.variant_id < $2
     and ($4::text is null or v.status = $4)
     and ($5::text is null or v.sku_normalized like $5 or p.name ilike $5 or v.barcode = $6)
   order by v.variant_id desc limit $3`;
const insertProduct = sql`insert into products (tenant_id, product_id, name, description) values ($1, $2, $3, $4)`;
const insertVariant = sql`
  insert into variants (tenant_id, variant_id, product_id, sku, sku_normalized, barcode, uom, price, track_stock) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
const getProduct = sql`select product_id, name, description, status, created_at from products where tenant_id = $1 and product_id = $2`;
const lockProduct = sql`select product_id, name, description, status, created_at from products where tenant_id = $1 and product_id = $2 for update`;
const getVariants = sql`
  select variant_id, sku, barcode, name, uom, price, track_stock, status from variants where tenant_id = $1 and product_id = $2 order by variant_id`;
const updateProduct = sql`
  update products set name = coalesce($3, name), description = coalesce($4, description), status = coalesce($5, status) where tenant_id = $1 and product_id = $2`;
const updateVariants = sql`update variants set status = $3 where tenant_id = $1 and product_id = $2`;

/** Above every id: the first page begins here, so that one statement serves all pages. */
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** `Blue  Shirt-XL` and `blue shirt-xl` are one SKU. */
export const normalizeSku = (sku: string): string => sku.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();

/** The only SQL of the catalogue's tables. */
export const catalogRows = {
  async item(db: TenantDb, scope: TenantScope, variant_id: string): Promise<InventoryRow | null> {
    return (await db.query<InventoryRow>(scope, getItem, [scope.tenant_id, variant_id]))[0] ?? null;
  },
  list(
    db: TenantDb,
    scope: TenantScope,
    filters: { q?: string; status?: string },
    after: string | null,
    take: number,
  ): Promise<InventoryRow[]> {
    const page = [scope.tenant_id, after ?? LAST_ID, take] as const;
    if (!filters.q && !filters.status) return db.query(scope, listItems, page);
    const q = filters.q ? `%${normalizeSku(filters.q).replace(/[\\%_]/g, '\\$&')}%` : null;
    return db.query(scope, searchItems, [...page, filters.status ?? null, q, filters.q ?? null]);
  },
  async insert(
    tx: Tx,
    tenant_id: string,
    row: {
      product_id: string;
      variant_id: string;
      name: string;
      description: string;
      sku: string;
      barcode: string | null;
      uom: string;
      price: number;
      track_stock: boolean;
    },
  ): Promise<void> {
    await tx.query(insertProduct, [tenant_id, row.product_id, row.name, row.description]);
    await tx.query(insertVariant, [
      tenant_id,
      row.variant_id,
      row.product_id,
      row.sku,
      normalizeSku(row.sku),
      row.barcode,
      row.uom,
      row.price,
      row.track_stock,
    ]);
  },
  async product(tx: Tx, tenant_id: string, product_id: string, options: { lock: boolean } = { lock: false }): Promise<ProductRow | null> {
    return (await tx.query<ProductRow>(options.lock ? lockProduct : getProduct, [tenant_id, product_id]))[0] ?? null;
  },
  variants: (tx: Tx, tenant_id: string, product_id: string): Promise<VariantRow[]> =>
    tx.query<VariantRow>(getVariants, [tenant_id, product_id]),
  async update(
    tx: Tx,
    tenant_id: string,
    product_id: string,
    patch: { name?: string; description?: string; status?: string },
  ): Promise<void> {
    await tx.query(updateProduct, [tenant_id, product_id, patch.name ?? null, patch.description ?? null, patch.status ?? null]);
    if (patch.status) await tx.query(updateVariants, [tenant_id, product_id, patch.status]);
  },
};
