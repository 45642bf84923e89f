import { Module } from '@nestjs/common';
import { sql } from '#platform/db/index.js';
import { defineModule } from '#platform/modules/index.js';
import { EntitlementsModule } from '../entitlements/index.js';
import { CatalogController } from './catalog.controller.js';
import './catalog.errors.js';
import { Catalog } from './catalog.service.js';

export const manifest = defineModule({
  code: 'catalog',
  name: 'Catalogue',
  core: false,
  depends_on: [],
  permissions: ['inventory:read', 'inventory:write', 'inventory:delete', 'inventory:admin'],
  events: ['inventory.created', 'inventory.updated', 'inventory.deleted'],
  limits: [{ code: 'max_items', count: sql`select count(*)::int as used from variants where tenant_id = $1 and status <> 'archived'` }],
  nav: [{ key: 'inventory', group: 'work', order: 10, requires: 'inventory:read' }],
});

@Module({ imports: [EntitlementsModule], controllers: [CatalogController], providers: [Catalog] })
export class CatalogModule {}
