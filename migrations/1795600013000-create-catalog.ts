import type { QueryRunner } from 'typeorm';
import { dropTables, tenantTable, type Migration } from '#platform/db/migrations/index.js';

/** What a tenant sells. */
export class CreateCatalog1795600013000 implements Migration {
  readonly name = 'CreateCatalog1795600013000';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await tenantTable(db, 'products', {
      columns: `
        product_id  uuid not null,
        name        text not null check (char_length(name) between 1 and 200),
        description text not null default '',
        status      text not null default 'active' check (status in ('active', 'hidden', 'archived'))`,
      key: ['product_id'],
      references: [{ columns: [], to: 'tenants' }],
      versioned: true,
      app: 'select, insert, update(name, description, status), delete',
    });
    await tenantTable(db, 'variants', {
      // The normalized code has a column of its own: an index on lower(sku) would be dead under row-level security.
      columns: `
        variant_id     uuid    not null,
        product_id     uuid    not null,
        sku            text    not null check (char_length(sku) between 1 and 64),
        sku_normalized text    not null,
        barcode        text    check (char_length(barcode) between 1 and 64),
        name           text    not null default '',
        uom            text    not null default 'pcs' check (uom in ('pcs', 'g', 'kg', 'ml', 'l')),
        price          bigint  not null check (price between 0 and 9007199254740991),
        track_stock    boolean not null default true,
        status         text    not null default 'active' check (status in ('active', 'hidden', 'archived'))`,
      key: ['variant_id'],
      unique: [{ columns: ['sku_normalized'] }, { columns: ['barcode'], where: 'barcode is not null' }],
      indexes: [{ columns: ['product_id'] }],
      references: [{ columns: ['product_id'], to: 'products' }],
      app: 'select, insert, update(sku, sku_normalized, barcode, name, uom, price, track_stock, status), delete',
    });
  }

  async down(db: QueryRunner): Promise<void> {
    await dropTables(db, 'variants', 'products');
  }
}
