import type { TenantId } from '#contracts/ids.js';
import { newId } from '#platform/crypto/index.js';
import { sql, TenantDb } from '#platform/db/index.js';
import { makeConfirmedScope, makeTenantScope } from '#platform/db/scope-factory.js';
import type { StepContext } from '#platform/modules/index.js';
import { JobError } from '#platform/queue/index.js';
import { Storage } from '#platform/storage/index.js';

const ACTOR = { type: 'system', id: 'provisioning' } as const;
const countRows = sql`
  select (select count(*)::int from tenants) as tenants, (select count(*)::int from roles) as roles, (select count(*)::int from stores) as stores`;

const asTenant = (tenant_id: string) =>
  makeTenantScope({ tenant_id: tenant_id as TenantId, actor: ACTOR, request_id: newId(), stores: 'all' });

/**
 * Opens the new tenant as `tenantry_app`, the role that will serve it, and counts what it sees; a tenant that does not exist must see
 * nothing. Catches a missing policy or grant before anybody signs in. The pipeline makes the scope: no person has one yet.
 */
export async function checkTenant({ tenant_id, services }: StepContext): Promise<Record<string, unknown>> {
  const db = services.get(TenantDb);
  const [own] = await db.query<{ tenants: number; roles: number; stores: number }>(asTenant(tenant_id), countRows);
  const [probe] = await db.query<{ tenants: number; roles: number; stores: number }>(asTenant(newId()), countRows);
  if (own?.tenants !== 1 || own.roles === 0 || own.stores === 0)
    throw new JobError('tenant_incomplete', 'The tenant does not see its own rows.');
  if (!probe || probe.tenants + probe.roles + probe.stores > 0)
    throw new JobError('tenant_not_isolated', 'Another tenant sees rows of this one.', { final: true });
  return { roles: own.roles, stores: own.stores };
}

const markerKey = (tenant_id: string): string => `t/${tenant_id}/tenant.json`;
/** For the storage of a tenant that has nobody who could ask: it is being made, or unmade. */
export const systemInTenant = (tenant_id: string) =>
  makeConfirmedScope({ tenant_id: tenant_id as TenantId, actor: ACTOR, request_id: newId() });

/** The marker object under the tenant's prefix: proof that files can be stored before anybody uploads one. */
export const storageMarker = {
  probe: async ({ tenant_id, services }: StepContext): Promise<boolean> =>
    (await services.get(Storage).head(systemInTenant(tenant_id), markerKey(tenant_id))) !== null,
  run: async ({ tenant_id, services }: StepContext): Promise<Record<string, unknown>> => {
    await services
      .get(Storage)
      .put(systemInTenant(tenant_id), markerKey(tenant_id), Buffer.from(JSON.stringify({ tenant_id })), { type: 'application/json' });
    return { prefix: `t/${tenant_id}/` };
  },
  compensate: async ({ tenant_id, services }: StepContext): Promise<void> => {
    const storage = services.get(Storage);
    const scope = systemInTenant(tenant_id);
    const { objects } = await storage.list(scope, `t/${tenant_id}/`);
    for (const { key } of objects) await storage.delete(scope, key);
  },
};
