import type { TenantId } from '#contracts/ids.js';

/**
 * Object keys: `<area>/<tenant_id>/…` for tenants, `platform/…` for the product itself. The area comes first, so that a lifecycle rule of
 * a bucket can expire `incoming/`. Segments are lower case and begin with a letter or digit: no `..`, no hidden file, and no two keys
 * that a file system without case takes for one.
 */
const TENANT_KEY = /^(?:t|incoming|quarantine)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})((?:\/[a-z0-9][a-z0-9._-]{0,127}){1,8})$/;
const PLATFORM_KEY = /^platform(?:\/[a-z0-9][a-z0-9._-]{0,127}){1,8}$/;
const TENANT_PREFIX =
  /^(?:t|incoming|quarantine)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/(?:[a-z0-9][a-z0-9._-]{0,127}\/){0,8}(?:[a-z0-9][a-z0-9._-]{0,127})?$/;
const PLATFORM_PREFIX = /^platform\/(?:[a-z0-9][a-z0-9._-]{0,127}\/){0,8}(?:[a-z0-9][a-z0-9._-]{0,127})?$/;
const KEY_MAX = 512;

/** A key that is none, or another tenant's: a defect of the caller, not of a client. */
export class StorageKeyRefused extends Error {
  constructor(why: string) {
    super(`storage key refused: ${why}`);
    this.name = 'StorageKeyRefused';
  }
}

/** @param tenant_id of the scope; null for the platform's own work, which may reach every key */
export function checkKey(key: string, tenant_id: TenantId | null): void {
  check(key, tenant_id, TENANT_KEY, PLATFORM_KEY);
}

/** A prefix of a list: it names a tenant whole, `t/<tenant_id>/…`, so a list never spans two. */
export function checkPrefix(prefix: string, tenant_id: TenantId | null): void {
  check(prefix, tenant_id, TENANT_PREFIX, PLATFORM_PREFIX);
}

/** Everything of one tenant, for provisioning and purge. */
export const tenantPrefixes = (tenant_id: TenantId): readonly string[] =>
  ['t', 'incoming', 'quarantine'].map((area) => `${area}/${tenant_id}/`);

function check(text: string, tenant_id: TenantId | null, tenant: RegExp, platform: RegExp): void {
  if (text.length > KEY_MAX) throw new StorageKeyRefused(`more than ${KEY_MAX} characters`);
  const owner = tenant.exec(text)?.[1];
  if (!owner && !platform.test(text)) throw new StorageKeyRefused('not of the form <area>/<tenant_id>/…');
  if (tenant_id !== null && owner !== tenant_id) throw new StorageKeyRefused('not of the tenant of the scope');
}
