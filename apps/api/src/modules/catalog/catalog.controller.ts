import { Controller, Get, Patch, Post } from '@nestjs/common';
import type { TenantScope } from '#platform/db/index.js';
import { Answers, Audited, Id, In, Requires, Scope, Search, type ListOfQuery } from '#platform/http/index.js';
import { INVENTORY_LIST, InventoryOut, ProductIn, ProductOut, ProductPatch } from './catalog.dto.js';
import { Catalog } from './catalog.service.js';

@Controller()
export class CatalogController {
  constructor(private readonly catalog: Catalog) {}

  @Get('inventory')
  @Requires('inventory:read')
  @Answers(200, [InventoryOut])
  list(@Scope() scope: TenantScope, @Search(INVENTORY_LIST) list: ListOfQuery<typeof INVENTORY_LIST>) {
    return this.catalog.list(scope, list);
  }

  @Get('inventory/:variant_id')
  @Requires('inventory:read')
  @Answers(200, InventoryOut)
  item(@Scope() scope: TenantScope, @Id('variant_id') variant_id: string) {
    return this.catalog.item(scope, variant_id);
  }

  @Post('products')
  @Requires('inventory:write')
  @Audited('product.created')
  @Answers(201, ProductOut, 'sku_taken', 'barcode_taken', 'limit_reached')
  create(@Scope() scope: TenantScope, @In() body: ProductIn) {
    return this.catalog.create(scope, body);
  }

  @Get('products/:product_id')
  @Requires('inventory:read')
  @Answers(200, ProductOut)
  product(@Scope() scope: TenantScope, @Id('product_id') product_id: string) {
    return this.catalog.product(scope, product_id);
  }

  @Patch('products/:product_id')
  @Requires('inventory:write')
  @Audited('product.updated')
  @Answers(200, ProductOut, 'limit_reached')
  update(@Scope() scope: TenantScope, @Id('product_id') product_id: string, @In() body: ProductPatch) {
    return this.catalog.update(scope, product_id, body);
  }
}
