import type { PlatformScope, TenantScope } from '#platform/db/index.js';
import { makePlatformScope } from '#platform/db/scope-factory.js';

/**
 * The caller of a tenant route, at work on rows of their own tenant that the app role may only read, or not even read: hosts, and the
 * state of the tenant. The guard has checked who they are and that they hold `tenants:admin`; they stay the actor in the audit log, and
 * the request keeps its Idempotency-Key. Used with `PlatformDb.inTenant` and the tenant of that scope, and with nothing else.
 */
export const actingScope = ({ actor, request_id, around }: TenantScope): PlatformScope =>
  makePlatformScope({ actor, request_id, ...(around ? { around } : {}) });

/** The same for what is read before the one transaction that the key stands for: a second one under the key would answer for the first. */
export const lookingScope = ({ actor, request_id }: TenantScope): PlatformScope => makePlatformScope({ actor, request_id });
