import { idOf, type TenantId } from '#contracts/ids.js';
import type { Actor, TenantScope } from '#platform/db/index.js';
import { makeTenantScope } from '#platform/db/scope-factory.js';

/**
 * The scopes that this module makes by itself; the one file of it that imports the factory, listed in the architecture test.
 *
 * Reading rights is what a guard does *before* it can make the scope of a request: the statement needs `app.tenant_id` of the credential
 * to see the rows it judges by. Nothing but the authorization statement runs under it, and its actor has no rights yet.
 */
export const readingScope = (tenant_id: string, actor: Actor, request_id: string): TenantScope =>
  makeTenantScope({ tenant_id: idOf<TenantId>(tenant_id), actor, request_id, stores: 'all' });

/**
 * Writes the audit row of a refusal after its transaction was rolled back. Not the request's own scope: that one carries the
 * Idempotency-Key, and a second `run` under it would store the refused request as done.
 */
export const refusalScope = ({ tenant_id, actor, request_id }: TenantScope): TenantScope =>
  makeTenantScope({ tenant_id, actor, request_id, stores: [] });
