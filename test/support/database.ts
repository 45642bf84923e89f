import pg from 'pg';
import { withDatabase, type RoleUrls } from '../../libs/platform/db/role-urls.js';

/** What globalSetup made: a server, and a database that is migrated, seeded and used by nobody. Handed to the workers by the environment. */
export interface TestServer {
  readonly superUrl: string;
  readonly base: string;
  readonly urls: RoleUrls;
}
export const TEST_SERVER = 'TENANTRY_TEST_SERVER';

export interface TestDatabase {
  readonly name: string;
  readonly superUrl: string;
  readonly ownerUrl: string;
  readonly appUrl: string;
  readonly platformUrl: string;
}

/** The server of this run. */
export function testServer(): TestServer {
  const text = process.env[TEST_SERVER];
  if (!text) throw new Error('no test server: this spec needs a jest project with globalSetup');
  return JSON.parse(text) as TestServer;
}

let mine: Promise<TestDatabase> | null = null;

/** The database of this jest worker, cloned from the migrated one. Tests make their own tenants in it, so nothing is ever truncated. */
export const testDatabase = (): Promise<TestDatabase> =>
  (mine ??= cloneDatabase(`w${process.env['JEST_WORKER_ID'] ?? '1'}_${process.pid}_${Date.now().toString(36)}`));

/**
 * A database of its own, for a spec that stops sealers, drops policies or counts rows of everybody.
 * @param of the name of another one that nobody uses any more: what a dump of it would be, restored beside it
 */
export async function cloneDatabase(suffix: string, of = testServer().base): Promise<TestDatabase> {
  const server = testServer();
  const name = `${server.base}_${suffix}`;
  const admin = new pg.Client({ connectionString: server.superUrl });
  await admin.connect();
  try {
    // FILE_COPY: one checkpoint beats writing 10 MB through the WAL on an unsynced server; two clones at once wait for each other.
    await admin.query('select pg_advisory_lock(727001)');
    await admin.query(
      `create database ${pg.escapeIdentifier(name)} template ${pg.escapeIdentifier(of)} strategy file_copy owner tenantry_owner`,
    );
    // What belongs to a database and not to its template's files: rights on it.
    await admin.query(`revoke temporary, connect on database ${pg.escapeIdentifier(name)} from public`);
    await admin.query(`grant connect on database ${pg.escapeIdentifier(name)} to tenantry_app, tenantry_platform, tenantry_backup`);
  } finally {
    await admin.end();
  }
  return {
    name,
    superUrl: withDatabase(server.superUrl, name),
    ownerUrl: withDatabase(server.urls.ownerUrl, name),
    appUrl: withDatabase(server.urls.appUrl, name),
    platformUrl: withDatabase(server.urls.platformUrl, name),
  };
}
