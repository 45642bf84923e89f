import { Injectable } from '@nestjs/common';
import { TenantResolver, type TenantFace } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { isUuid } from '#platform/crypto/index.js';
import { PlatformDb, type Param, type Sql } from '#platform/db/index.js';
import { platformReader } from './platform-reader.js';
import { tenantRows } from './tenants.repository.js';

const FOUND_MS = 30_000;
const UNKNOWN_MS = 60_000;
const CAPACITY = 1_000;

/**
 * Hint (id, slug, host) → tenant, before anybody is signed in, so on the platform pool. Kept for seconds: safe, because the
 * authorization statement looks at the tenant's own row again.
 */
@Injectable()
export class CachedTenantResolver extends TenantResolver {
  private readonly cache = new Map<string, { readonly value: unknown; readonly until: number }>();

  constructor(
    private readonly db: PlatformDb,
    private readonly config: Config,
  ) {
    super();
  }

  override byHint(hint: string): Promise<string | null> {
    const value = hint.toLowerCase();
    return this.cached(`hint ${value}`, () => tenantRows.byHint(this.queries, isUuid(value) ? null : value, isUuid(value) ? value : null));
  }

  /** A host of its own names a tenant always, a subdomain only where TENANT_SUBDOMAIN_ENABLED says so. */
  override byHost(host: string): Promise<string | null> {
    return this.cached(`host ${host}`, () => tenantRows.byHost(this.queries, host, this.config.tenant_subdomain_enabled));
  }

  override describe(tenant_id: string): Promise<TenantFace | null> {
    return this.cached(`face ${tenant_id}`, () => tenantRows.face(this.queries, tenant_id));
  }

  /** After a change of hosts, slug or looks: this process knows at once, others within the minute. */
  forget(): void {
    this.cache.clear();
  }

  private readonly queries = {
    query: <R>(statement: Sql, params?: readonly Param[]): Promise<R[]> => this.db.query<R>(platformReader, statement, params),
  };

  private async cached<T>(key: string, find: () => Promise<T | null>): Promise<T | null> {
    const known = this.cache.get(key);
    if (known && known.until > Date.now()) return known.value as T | null;
    const value = await find();
    this.cache.delete(key);
    this.cache.set(key, { value, until: Date.now() + (value === null ? UNKNOWN_MS : FOUND_MS) });
    if (this.cache.size > CAPACITY) this.cache.delete(this.cache.keys().next().value as string);
    return value;
  }
}
