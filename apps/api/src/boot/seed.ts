import { PlatformDb, TenantPool } from '#platform/db/index.js';
import { platformScope } from '#platform/queue/index.js';
import { createRegistry } from '../app.module.js';
import { seedLines, seedRegistry } from '../modules/rbac/index.js';

/**
 * Writes the registry (permissions, library roles, modules, plans, templates) into a migrated database. Part of `migrate up` and the whole
 * of `seed:roles`; running it twice changes nothing. @returns the lines that operators know from their guide
 */
export async function seedDatabase(platformUrl: string): Promise<string[]> {
  const pool = new TenantPool({ connectionString: platformUrl, max: 1, application_name: 'tenantry-seed' });
  try {
    const db = new PlatformDb(pool);
    return seedLines(await db.run(platformScope('registry.seed'), (tx) => seedRegistry(tx, createRegistry())));
  } finally {
    await pool.end();
  }
}
