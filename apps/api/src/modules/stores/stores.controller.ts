import { Controller, Delete, Get, Patch, Post } from '@nestjs/common';
import type { TenantScope } from '#platform/db/index.js';
import { Answers, Audited, Id, In, Requires, Scope, Search, type ListOfQuery } from '#platform/http/index.js';
import { IfMatch } from '../rbac/index.js';
import { STORE_LIST, StoreIn, StoreOut, StorePatch } from './stores.dto.js';
import { Stores } from './stores.service.js';

@Controller('stores')
export class StoresController {
  constructor(private readonly stores: Stores) {}

  @Get()
  @Requires('stores:read')
  @Answers(200, [StoreOut])
  list(@Scope() scope: TenantScope, @Search(STORE_LIST) list: ListOfQuery<typeof STORE_LIST>) {
    return this.stores.list(scope, list);
  }

  @Get(':store_id')
  @Requires('stores:read')
  @Answers(200, StoreOut)
  get(@Scope() scope: TenantScope, @Id('store_id') store_id: string) {
    return this.stores.get(scope, store_id);
  }

  @Post()
  @Requires('stores:write')
  @Audited('store.created')
  @Answers(201, StoreOut, 'store_code_taken', 'limit_reached')
  create(@Scope() scope: TenantScope, @In() body: StoreIn) {
    return this.stores.create(scope, body);
  }

  @Patch(':store_id')
  @Requires('stores:write')
  @Audited('store.updated')
  @Answers(200, StoreOut, 'store_code_taken', 'store_is_default', 'store_in_use', 'precondition_failed')
  update(@Scope() scope: TenantScope, @Id('store_id') store_id: string, @In() body: StorePatch, @IfMatch() version: number | null) {
    return this.stores.update(scope, store_id, body, version);
  }

  @Post(':store_id/make-default')
  @Requires('stores:write')
  @Audited('store.updated')
  @Answers(200, StoreOut, 'store_inactive')
  makeDefault(@Scope() scope: TenantScope, @Id('store_id') store_id: string) {
    return this.stores.makeDefault(scope, store_id);
  }

  @Delete(':store_id')
  @Requires('stores:write')
  @Audited('store.updated')
  @Answers(204, null, 'store_is_default', 'store_in_use')
  remove(@Scope() scope: TenantScope, @Id('store_id') store_id: string) {
    return this.stores.remove(scope, store_id);
  }
}
