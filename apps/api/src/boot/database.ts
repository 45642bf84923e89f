import path from 'node:path';
import pg from 'pg';
import type { Config } from '#platform/config/index.js';
import { MigrationRunner } from '#platform/db/migrations/index.js';
import { APP_ROLE, bootstrap, checkRole, databaseOf, deriveUrls, PLATFORM_ROLE, withDatabase, type RoleUrls } from '#platform/db/roles.js';
import { startPostgres, type EmbeddedPostgres } from '#platform/embedded/index.js';
import { MIGRATIONS } from '../../../../migrations/index.js';
import { seedDatabase } from './seed.js';

/** The three places of the database; the superuser's URL stays in this file. */
export interface DatabasePlaces {
  readonly urls: Pick<RoleUrls, 'appUrl' | 'platformUrl'> & { readonly ownerUrl: string | null };
  readonly embedded: EmbeddedPostgres | null;
}

/** A pool's role can do more than it may: nobody would be kept apart. */
export class RoleRefused extends Error {
  constructor(role: string, rights: readonly string[]) {
    super(`database_role_refused: ${role} ${rights.join('; ')}`);
    this.name = 'RoleRefused';
  }
}

const DATABASE = 'tenantry';

/** The embedded server where no DATABASE_URL is given; roles, migrations and the registry's seed outside production. */
export async function openPlaces(config: Config, log: (line: string) => void): Promise<DatabasePlaces> {
  const embedded = config.database_url ? null : await startPostgres({ data: path.join(path.resolve(config.data_dir), 'postgres') });
  try {
    const databaseUrl = embedded ? withDatabase(embedded.superUrl, DATABASE) : config.database_url;
    const derived = deriveUrls(databaseUrl);
    const urls = {
      appUrl: config.database_app_url || derived.appUrl,
      platformUrl: config.database_platform_url || derived.platformUrl,
      ownerUrl: config.database_owner_url || (config.production && config.database_app_url ? null : derived.ownerUrl),
    };
    if (!config.production) await prepare(databaseUrl, derived, log);
    return { urls, embedded };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

async function prepare(databaseUrl: string, derived: RoleUrls, log: (line: string) => void): Promise<void> {
  await bootstrapDatabase(databaseUrl, log);
  await migrateDatabase(derived.ownerUrl, derived.platformUrl, log);
}

/** `tenantry db bootstrap`: roles with their derived passwords, and the database. */
export async function bootstrapDatabase(databaseUrl: string, log: (line: string) => void): Promise<void> {
  const derived = deriveUrls(databaseUrl);
  const password = (url: string): string => decodeURIComponent(new URL(url).password);
  const roles = {
    owner: password(derived.ownerUrl),
    app: password(derived.appUrl),
    platform: password(derived.platformUrl),
    backup: password(derived.backupUrl),
  };
  const server = withDatabase(databaseUrl, 'postgres');
  const { warnings } = await bootstrap({ superUrl: server, database: databaseOf(databaseUrl), roles });
  for (const warning of warnings) log(warning);
}

/** `tenantry migrate up`: migrations, BullMQ's own, then the registry. @returns the migrations that this call applied */
export async function migrateDatabase(ownerUrl: string, platformUrl: string, log: (line: string) => void): Promise<string[]> {
  const applied = await new MigrationRunner({ ownerUrl, migrations: MIGRATIONS, log }).up();
  for (const line of await seedDatabase(platformUrl)) log(line);
  return applied;
}

/** The check of every start: both pools' roles, as the server sees them. @throws RoleRefused */
export async function refuseStrongRoles(urls: Pick<RoleUrls, 'appUrl' | 'platformUrl'>): Promise<void> {
  for (const [url, role] of [
    [urls.appUrl, APP_ROLE],
    [urls.platformUrl, PLATFORM_ROLE],
  ] as const) {
    // prettier-ignore
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    await client.connect();
    try {
      const rights = await checkRole(client, role);
      if (rights.length) throw new RoleRefused(role, rights);
    } finally {
      await client.end();
    }
  }
}

/** Migrations that this release knows and the database has not seen; asked by readiness as the platform role. */
export const KNOWN_MIGRATIONS: readonly string[] = MIGRATIONS.map((Migration) => new Migration().name ?? '');
