import { Injectable } from '@nestjs/common';
import { TenantResolver } from '#platform/auth/index.js';
import { isUuid } from '#platform/crypto/index.js';
import { PlatformDb } from '#platform/db/index.js';
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
  private readonly cache = new Map<string, { readonly tenant_id: string | null; readonly until: number }>();

  constructor(private readonly db: PlatformDb) {
    super();
  }

  override byHint(hint: string): Promise<string | null> {
    const value = hint.toLowerCase();
    return this.cached(`hint ${value}`, () =>
      tenantRows.byHint(this.queries(), isUuid(value) ? null : value, isUuid(value) ? value : null),
    );
  }

  override byHost(host: string): Promise<string | null> {
    return this.cached(`host ${host}`, () => tenantRows.byHost(this.queries(), host));
  }

  private queries() {
    return {
      query: <R>(...args: [Parameters<PlatformDb['query']>[1], Parameters<PlatformDb['query']>[2]?]) =>
        this.db.query<R>(platformReader, ...args),
    };
  }

  private async cached(key: string, find: () => Promise<string | null>): Promise<string | null> {
    const known = this.cache.get(key);
    if (known && known.until > Date.now()) return known.tenant_id;
    const tenant_id = await find();
    this.cache.delete(key);
    this.cache.set(key, { tenant_id, until: Date.now() + (tenant_id ? FOUND_MS : UNKNOWN_MS) });
    if (this.cache.size > CAPACITY) this.cache.delete(this.cache.keys().next().value as string);
    return tenant_id;
  }
}
