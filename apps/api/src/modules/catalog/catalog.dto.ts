import { Flag, Instant, Int, listQuery, ListOf, OneOf, Text, Uuid } from '#platform/http/index.js';

export const ITEM_STATUSES = ['active', 'hidden', 'archived'] as const;
export const UNITS = ['pcs', 'g', 'kg', 'ml', 'l'] as const;
/** Not only space: what is left after trimming must still be a name. */
const NAME = { max: 200, pattern: /\S/ } as const;
const SKU = /^[^\s\u0000-\u001f](?:[^\u0000-\u001f]*[^\s\u0000-\u001f])?$/;

/** One line of the inventory: a variant with the name of its product. */
export class InventoryOut {
  @Uuid() variant_id: string;
  @Uuid() product_id: string;
  @Text({ max: 200 }) product_name: string;
  @Text({ max: 64 }) sku: string;
  @Text({ max: 64, nullable: true }) barcode: string | null;
  @Text({ min: 0, max: 200 }) name: string;
  @OneOf(UNITS) uom: string;
  @Int({ description: 'minor units of the tenant’s currency' }) price_minor: number;
  @Flag() track_stock: boolean;
  @OneOf(ITEM_STATUSES) status: string;
  @Instant() created_at: string;
}
export class ProductIn {
  @Text(NAME) name: string;
  @Text({ min: 0, max: 4_000, optional: true }) description?: string;
  @Text({ max: 64, pattern: SKU }) sku: string;
  @Text({ max: 64, optional: true }) barcode?: string;
  @OneOf(UNITS, { optional: true }) uom?: string;
  @Int({ min: 0, max: Number.MAX_SAFE_INTEGER, description: 'minor units' }) price_minor: number;
  @Flag({ optional: true }) track_stock?: boolean;
}
export class VariantOut {
  @Uuid() variant_id: string;
  @Text({ max: 64 }) sku: string;
  @Text({ max: 64, nullable: true }) barcode: string | null;
  @Text({ min: 0, max: 200 }) name: string;
  @OneOf(UNITS) uom: string;
  @Int() price_minor: number;
  @Flag() track_stock: boolean;
  @OneOf(ITEM_STATUSES) status: string;
}
export class ProductOut {
  @Uuid() product_id: string;
  @Text({ max: 200 }) name: string;
  @Text({ min: 0, max: 4_000 }) description: string;
  @OneOf(ITEM_STATUSES) status: string;
  @ListOf({ dto: () => VariantOut }) variants: VariantOut[];
  @Instant() created_at: string;
}
export class ProductPatch {
  @Text({ ...NAME, optional: true }) name?: string;
  @Text({ min: 0, max: 4_000, optional: true }) description?: string;
  @OneOf(ITEM_STATUSES, { optional: true }) status?: string;
}
export const INVENTORY_LIST = listQuery({ q: { kind: 'text', max: 64 }, status: { kind: 'one_of', values: ITEM_STATUSES } });
