import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { newId } from '#platform/crypto/index.js';
import { TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { AuditService, type AuditChange } from '../audit/index.js';
import { Entitlements } from '../entitlements/index.js';
import type { INVENTORY_LIST, InventoryOut, ProductIn, ProductOut, ProductPatch, VariantOut } from './catalog.dto.js';
import { catalogRows, type InventoryRow, type ProductRow, type VariantRow } from './catalog.repository.js';

@Injectable()
export class Catalog {
  constructor(
    private readonly db: TenantDb,
    private readonly entitlements: Entitlements,
    private readonly audit: AuditService,
    private readonly outbox: Outbox,
  ) {}

  async item(scope: TenantScope, variant_id: string): Promise<InventoryOut> {
    const row = await catalogRows.item(this.db, scope, variant_id);
    if (!row) throw fail('not_found');
    return itemOut(row);
  }

  async list(scope: TenantScope, list: ListOfQuery<typeof INVENTORY_LIST>): Promise<Page<InventoryOut>> {
    const rows = await catalogRows.list(this.db, scope, list.filters, (list.after?.[0] as string | undefined) ?? null, list.take);
    const page = list.page(rows, (row) => [row.variant_id]);
    return { ...page, data: page.data.map(itemOut) };
  }

  /** A product with its first variant. @throws Problem sku_taken, barcode_taken (by constraint), limit_reached */
  async create(scope: TenantScope, input: ProductIn): Promise<ProductOut> {
    return this.db.run(scope, async (tx) => {
      const product_id = newId();
      const variant_id = newId();
      const row = {
        product_id, variant_id, name: input.name.trim(), description: input.description ?? '', sku: input.sku.trim(), barcode: input.barcode ?? null,
        uom: input.uom ?? 'pcs', price: input.price_minor, track_stock: input.track_stock ?? true,
      }; // prettier-ignore
      await catalogRows.insert(tx, scope.tenant_id, row);
      await this.entitlements.take(tx, 'max_items');
      await this.audit.record(tx, 'product.created', {
        targets: [{ type: 'product', id: product_id, label: row.name }],
        changes: [{ field: 'name', to: row.name }, { field: 'sku', to: row.sku }, { field: 'status', to: 'active' }], // prettier-ignore
      });
      await this.outbox.emit(tx, {
        type: 'inventory.created',
        subject_id: variant_id,
        data: { variant_id, product_id, sku: row.sku, name: row.name },
      });
      return this.out(tx, scope, product_id);
    });
  }

  async product(scope: TenantScope, product_id: string): Promise<ProductOut> {
    return this.db.run(scope, (tx) => this.out(tx, scope, product_id));
  }

  async update(scope: TenantScope, product_id: string, input: ProductPatch): Promise<ProductOut> {
    const patch = input.name === undefined ? input : { ...input, name: input.name.trim() };
    return this.db.run(scope, async (tx) => {
      const before = await catalogRows.product(tx, scope.tenant_id, product_id, { lock: true });
      if (!before) throw fail('not_found');
      const changes = changesOf(before, patch);
      if (changes.length) {
        await this.count(tx, scope, product_id, patch);
        await catalogRows.update(tx, scope.tenant_id, product_id, patch);
        await this.audit.record(tx, 'product.updated', { targets: [{ type: 'product', id: product_id, label: before.name }], changes });
        for (const variant of await catalogRows.variants(tx, scope.tenant_id, product_id))
          await this.outbox.emit(tx, {
            type: patch.status === 'archived' && before.status !== 'archived' ? 'inventory.deleted' : 'inventory.updated',
            subject_id: variant.variant_id,
            data: { variant_id: variant.variant_id, product_id, sku: variant.sku, name: patch.name ?? before.name },
          });
      }
      return this.out(tx, scope, product_id);
    });
  }

  /** An archived item takes no place of the plan; one that comes back needs one. @throws Problem limit_reached */
  private async count(tx: Tx, scope: TenantScope, product_id: string, { status }: ProductPatch): Promise<void> {
    if (status === undefined) return;
    const variants = await catalogRows.variants(tx, scope.tenant_id, product_id);
    const counted = variants.filter((variant) => variant.status !== 'archived').length;
    const change = (status === 'archived' ? 0 : variants.length) - counted;
    if (change > 0) await this.entitlements.take(tx, 'max_items', change);
    if (change < 0) await this.entitlements.give(tx, 'max_items', -change);
  }

  private async out(tx: Tx, scope: TenantScope, product_id: string): Promise<ProductOut> {
    const product = await catalogRows.product(tx, scope.tenant_id, product_id);
    if (!product) throw fail('not_found');
    const variants = await catalogRows.variants(tx, scope.tenant_id, product_id);
    return { ...product, created_at: product.created_at.toISOString(), variants: variants.map(variantOut) };
  }
}

function itemOut({ price, created_at, ...row }: InventoryRow): InventoryOut {
  return { ...row, price_minor: Number(price), created_at: created_at.toISOString() };
}
function variantOut({ price, ...row }: VariantRow): VariantOut {
  return { ...row, price_minor: Number(price) };
}
function changesOf(before: ProductRow, patch: ProductPatch): AuditChange[] {
  return (['name', 'description', 'status'] as const).flatMap((field) =>
    patch[field] !== undefined && patch[field] !== before[field] ? [{ field, from: before[field], to: patch[field] }] : [],
  );
}
