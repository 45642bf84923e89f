import { sql } from '#platform/db/index.js';
import { platformScope } from '#platform/queue/index.js';
import type { Runtime } from '#platform/runtime.js';

const countTenants = sql`select count(*)::int as tenants from tenants`;

/** Whether the installation has no tenant at all, deleted ones counted: what is made for a new one is never made again. */
export async function hasNoTenant({ platformDb }: Pick<Runtime, 'platformDb'>): Promise<boolean> {
  const [row] = await platformDb.query<{ tenants: number }>(platformScope('tenant.count'), countTenants);
  return row?.tenants === 0;
}
