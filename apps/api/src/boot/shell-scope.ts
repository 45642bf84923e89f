import type { TenantId } from '#contracts/ids.js';
import type { PlatformScope, TenantScope } from '#platform/db/index.js';
import { makeTenantScope } from '#platform/db/scope-factory.js';

/** What a command does inside one tenant, under that tenant's row-level security; the log names the same account as the platform's. */
export const inTenantOf = ({ actor, request_id }: PlatformScope, tenant_id: TenantId): TenantScope =>
  makeTenantScope({ tenant_id, actor, request_id, stores: 'all' });
