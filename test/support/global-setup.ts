import pg from 'pg';
import { MIGRATIONS } from '../../migrations/index.js';
import { MigrationRunner } from '../../libs/platform/db/migrations/index.js';
import { bootstrap, deriveUrls, withDatabase } from '../../libs/platform/db/roles.js';
import { TEST_SERVER, type TestServer } from './database.js';
import { startThrowawayServer } from './throwaway-server.js';

declare global {
  // eslint-disable-next-line no-var
  var tenantryTestServer: { stop(): Promise<void> } | undefined;
}

/** One server a run: DATABASE_URL if it is set, else a throw-away one. The base database is migrated once; every worker clones it. */
export default async function globalSetup(): Promise<void> {
  if (process.env[TEST_SERVER]) return;
  const given = process.env['DATABASE_URL'];
  const server = given ? { superUrl: given, stop: () => Promise.resolve() } : await startThrowawayServer();
  const base = `tenantry_test_${process.pid}`;
  const urls = deriveUrls(withDatabase(server.superUrl, base));
  const password = (url: string): string => decodeURIComponent(new URL(url).password);
  await bootstrap({
    superUrl: server.superUrl,
    database: base,
    roles: {
      owner: password(urls.ownerUrl),
      app: password(urls.appUrl),
      platform: password(urls.platformUrl),
      backup: password(urls.backupUrl),
    },
  });
  await new MigrationRunner({ ownerUrl: urls.ownerUrl, migrations: MIGRATIONS }).up();
  await seed(urls.platformUrl);
  process.env[TEST_SERVER] = JSON.stringify({ superUrl: server.superUrl, base, urls } satisfies TestServer);
  globalThis.tenantryTestServer = { stop: () => (given ? dropAll(given, base) : server.stop()) };
}

async function seed(platformUrl: string): Promise<void> {
  const { seedDatabase } = await import('../../apps/api/src/boot/seed.js');
  await seedDatabase(platformUrl);
}

async function dropAll(superUrl: string, base: string): Promise<void> {
  const admin = new pg.Client({ connectionString: superUrl });
  await admin.connect();
  try {
    const { rows } = await admin.query<{ datname: string }>('select datname from pg_database where datname like $1', [`${base}%`]);
    for (const { datname } of rows) await admin.query(`drop database ${pg.escapeIdentifier(datname)} with (force)`);
  } finally {
    await admin.end();
  }
}
