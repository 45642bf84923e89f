import type { runMigrations } from 'bullmq';
import { PLATFORM_ROLE } from '../db/role-names.js';

type Client = Parameters<typeof runMigrations>[0];

const SCHEMA = 'bullmq';

/** `job` and `meta` are updated twice a job: at PostgreSQL's defaults a busy queue bloats long before the first vacuum. */
const BUSY_TABLES = ['job', 'meta'];

/**
 * BullMQ's own schema, made by `tenantry_owner` at the end of every `migrate up`: BullMQ does not migrate itself, and a new version of the
 * package may bring new steps. All of it is idempotent. The app role gets no right here: job names and ids of all tenants lie without a policy.
 */
export async function migrateQueueSchema(client: Client): Promise<void> {
  const { runMigrations } = await import('bullmq'); // 300 ms of loading that only a migrating process should pay
  await runMigrations(client, SCHEMA);
  await client.query(`grant usage on schema ${SCHEMA} to ${PLATFORM_ROLE}`);
  await client.query(`grant select, insert, update, delete on all tables in schema ${SCHEMA} to ${PLATFORM_ROLE}`);
  await client.query(`grant usage on all sequences in schema ${SCHEMA} to ${PLATFORM_ROLE}`);
  await client.query(`grant execute on all functions in schema ${SCHEMA} to ${PLATFORM_ROLE}`);
  for (const table of BUSY_TABLES) await vacuumOften(client, table);
}

/** Only where it is not set yet: the ALTER would wait for a vacuum that is under way. */
async function vacuumOften(client: Client, table: string): Promise<void> {
  const name = `${SCHEMA}.${table}`;
  const { rows } = await client.query(
    `select 1 from pg_class where oid = $1::regclass and 'autovacuum_vacuum_scale_factor=0.01' = any (reloptions)`,
    [name],
  );
  if (rows.length > 0) return;
  await client.query(`alter table ${name} set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.05)`);
}
