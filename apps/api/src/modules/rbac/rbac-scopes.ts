import { idOf, type TenantId } from '#contracts/ids.js';
import type { Permission } from '#contracts/permissions.js';
import type { Actor, Statement, Stores, TenantScope } from '#platform/db/index.js';
import { makeConfirmedScope, makeTenantScope } from '#platform/db/scope-factory.js';
export { settingOf } from '#platform/db/scope-factory.js';

/**
 * The scopes that this module makes by itself; the one file of it that imports the factory, listed in the architecture test.
 *
 * Reading rights is what a guard does *before* it can make the scope of a request: the statement needs `app.tenant_id` of the credential
 * to see the rows it judges by. Nothing but the authorization statement runs under it, and its actor has no rights yet.
 */
export const readingScope = (tenant_id: string, actor: Actor, request_id: string): TenantScope =>
  makeTenantScope({ tenant_id: idOf<TenantId>(tenant_id), actor, request_id, stores: 'all' });

/** No tenant has this id; row-level security shows nothing under it. */
const NOBODYS_TENANT = idOf<TenantId>('00000000-0000-0000-0000-000000000000');

/**
 * The same for an API key, whose tenant is not known before the database has been asked: the opening finds it by the hash and sets it for
 * the one statement behind it. `tenant_id` of this scope is therefore never sent.
 */
export const keyReadingScope = (opening: Statement, request_id: string): TenantScope =>
  makeTenantScope({
    tenant_id: NOBODYS_TENANT,
    actor: { type: 'api_key', id: 'unknown' },
    request_id,
    stores: 'all',
    opening: () => opening,
  });

/**
 * Writes the audit row of a refusal after its transaction was rolled back. Not the request's own scope: that one carries the
 * Idempotency-Key, and a second `run` under it would store the refused request as done.
 */
export const refusalScope = ({ tenant_id, actor, request_id }: TenantScope): TenantScope =>
  makeTenantScope({ tenant_id, actor, request_id, stores: [] });

/** The scope of a job that a person or a key has asked for, with what they may do now. */
export function jobScope(input: {
  readonly tenant_id: TenantId;
  readonly actor: Actor;
  readonly request_id: string;
  readonly stores: Stores;
  readonly storesFor: (permission: Permission) => Stores | null;
  /** @throws Problem permission_denied */
  readonly authorizeAgain: () => Promise<void>;
}): TenantScope {
  const { authorizeAgain, ...scope } = input;
  return makeTenantScope({
    ...scope,
    confirm: async (asked) => {
      await authorizeAgain();
      return makeConfirmedScope(asked);
    },
  });
}
