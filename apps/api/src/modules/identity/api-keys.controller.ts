import { Controller, Delete, Get, Patch, Post } from '@nestjs/common';
import type { AuthzContext } from '#platform/auth/index.js';
import type { TenantScope } from '#platform/db/index.js';
import { Answers, Audited, Authz, Id, In, OneTimeSecret, Requires, Scope, Search, type ListOfQuery } from '#platform/http/index.js';
import { API_KEYS, ApiKeyIn, ApiKeyMade, ApiKeyOut, ApiKeyPatch, ApiKeyRotateIn } from './api-keys.dto.js';
import { ApiKeys } from './api-keys.js';

@Controller('api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeys) {}

  @Post()
  @Requires('api_keys:write')
  @OneTimeSecret()
  @Audited('api_key.created')
  @Answers(201, ApiKeyMade, 'unknown_permission', 'grant_exceeds_own', 'limit_reached')
  create(@Scope() scope: TenantScope, @Authz() authz: AuthzContext, @In() body: ApiKeyIn) {
    return this.keys.create(scope, authz, body);
  }

  @Get()
  @Requires('api_keys:read')
  @Answers(200, [ApiKeyOut])
  list(@Scope() scope: TenantScope, @Search(API_KEYS) list: ListOfQuery<typeof API_KEYS>) {
    return this.keys.list(scope, list);
  }

  @Get(':api_key_id')
  @Requires('api_keys:read')
  @Answers(200, ApiKeyOut)
  get(@Scope() scope: TenantScope, @Id('api_key_id') api_key_id: string) {
    return this.keys.get(scope, api_key_id);
  }

  @Patch(':api_key_id')
  @Requires('api_keys:write')
  @Audited('api_key.updated')
  @Answers(200, ApiKeyOut, 'grant_exceeds_own', 'api_key_revoked')
  update(@Scope() scope: TenantScope, @Authz() authz: AuthzContext, @Id('api_key_id') api_key_id: string, @In() body: ApiKeyPatch) {
    return this.keys.update(scope, authz, api_key_id, body);
  }

  @Post(':api_key_id/rotate')
  @Requires('api_keys:write')
  @OneTimeSecret()
  @Audited('api_key.rotated')
  @Answers(201, ApiKeyMade, 'grant_exceeds_own', 'api_key_revoked')
  rotate(
    @Scope() scope: TenantScope,
    @Authz() authz: AuthzContext,
    @Id('api_key_id') api_key_id: string,
    @In({ optional: true }) body: ApiKeyRotateIn,
  ) {
    return this.keys.rotate(scope, authz, api_key_id, body);
  }

  @Delete(':api_key_id')
  @Requires('api_keys:write')
  @Audited('api_key.revoked')
  @Answers(204, null)
  revoke(@Scope() scope: TenantScope, @Id('api_key_id') api_key_id: string) {
    return this.keys.revoke(scope, api_key_id);
  }
}
