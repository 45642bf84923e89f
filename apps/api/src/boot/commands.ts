import type { Config } from '#platform/config/index.js';
import { MigrationRunner } from '#platform/db/migrations/index.js';
import { withDatabase, deriveUrls } from '#platform/db/roles.js';
import { startPostgres } from '#platform/embedded/index.js';
import path from 'node:path';
import { MIGRATIONS } from '../../../../migrations/index.js';
import { bootstrapDatabase, migrateDatabase } from './database.js';
import { ensureDefaultTenant } from './default-tenant.js';
import { readSecret } from './secret-input.js';
import { seedDatabase } from './seed.js';
import { SERVICE_COMMANDS } from './service-commands.js';
import { withServices } from './service-context.js';
import { UsageError } from './usage-error.js';
import { WEBHOOK_COMMANDS } from './webhook-commands.js';

interface Context {
  readonly config: Config;
  readonly args: readonly string[];
  readonly print: (line: string) => void;
  readonly secret: (prompt: string) => Promise<string>;
  readonly database: { readonly databaseUrl: string; readonly ownerUrl: string; readonly platformUrl: string; readonly appUrl: string };
}
interface Command {
  readonly about: string;
  run(context: Context): Promise<number>;
}

const runner = ({ database, print }: Context): MigrationRunner =>
  new MigrationRunner({ ownerUrl: database.ownerUrl, migrations: MIGRATIONS, log: print });

async function status(context: Context): Promise<number> {
  const rows = await runner(context).status();
  if (context.args.includes('--json')) context.print(JSON.stringify(rows));
  else {
    for (const { name, applied_at } of rows)
      context.print(`${applied_at ? applied_at.toISOString() : 'pending                 '}  ${name}`);
    await version(context);
  }
  return 0;
}

/** The last line of every command that shows or changes the schema. */
async function version(context: Context): Promise<void> {
  const applied = (await runner(context).status()).filter((row) => row.applied_at);
  context.print(`Schema version: ${applied.at(-1)?.name ?? 'none'}`);
}

async function up(context: Context): Promise<number> {
  const { database, args, print } = context;
  if (args.includes('--dry-run')) return plan(context);
  const { length } = await migrateDatabase(database.ownerUrl, database.platformUrl, print);
  print(length ? `${length} migration${length === 1 ? '' : 's'} applied` : 'Nothing to do: the schema is up to date');
  await version(context);
  return 0;
}

async function plan(context: Context): Promise<number> {
  const pending = await runner(context).plan();
  context.print(pending.length ? `${pending.length} pending; nothing was changed` : 'Nothing pending');
  return 0;
}

async function down(context: Context): Promise<number> {
  const { args, print } = context;
  if (context.config.production)
    throw new UsageError('down is for development and rehearsals: a release is rolled back by its own process');
  const applied = (await runner(context).status()).filter((row) => row.applied_at);
  const named = args.indexOf('--to');
  const to = named >= 0 ? (args[named + 1] ?? null) : (applied.at(-2)?.name ?? null);
  await runner(context).down({ to, accept_data_loss: args.includes('--accept-data-loss') });
  print(`Rolled back to ${to ?? 'nothing'}`);
  await version(context);
  return 0;
}

/** `tenantry <words>`; some have a second name, which operators know from their runbooks. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  'db bootstrap': {
    about: 'roles and database, from DATABASE_URL; safe to repeat',
    run: async ({ database, print }) => {
      await bootstrapDatabase(database.databaseUrl, print);
      print('Roles and database are in place');
      return 0;
    },
  },
  'db status': { about: 'migrations and when they ran [--json]', run: status },
  'db migrate': { about: 'all pending migrations, BullMQ’s tables and the registry [--dry-run]', run: up },
  'db rollback': { about: 'the last migration back, outside production [--to NAME] [--accept-data-loss]', run: down },
  'migrate-all': { about: 'as db migrate; a one-off job before a roll-out [--dry-run]', run: up },
  'migrate status': { about: 'as db status', run: status },
  'migrate plan': { about: 'the SQL of pending migrations; changes nothing', run: plan },
  'migrate up': { about: 'as db migrate', run: up },
  'migrate down': { about: 'as db rollback', run: down },
  'seed roles': {
    about: 'permissions, library roles, modules, plans, templates, and a first tenant where there is none; safe to repeat',
    run: async ({ config, database, print }) => {
      for (const line of await seedDatabase(database.platformUrl)) print(`[Seed] ${line}`);
      const made = await ensureDefaultTenant(config, database);
      print(`[Seed] ${made ? 'Default tenant made' : 'There is a tenant already: no default tenant made'}`);
      return 0;
    },
  },
  ...Object.fromEntries(
    Object.entries({ ...SERVICE_COMMANDS, ...WEBHOOK_COMMANDS }).map(([name, { about, run }]) => [
      name,
      {
        about,
        run: ({ config, database, args, print, secret }: Context) =>
          withServices(config, database, print, (services, scope) => run({ services, scope, args, print, secret })),
      },
    ]),
  ),
};

/** Runs a command. @returns the exit code @throws UsageError for an unknown one */
export async function runCommand(
  argv: readonly string[],
  config: Config,
  print: (line: string) => void,
  secret: (prompt: string) => Promise<string> = readSecret,
): Promise<number> {
  if (argv.length === 0 || argv.includes('--help')) {
    if (argv.includes('--json')) print(JSON.stringify(Object.entries(COMMANDS).map(([name, { about }]) => ({ name, about }))));
    else for (const [name, { about }] of Object.entries(COMMANDS)) print(`tenantry ${name.padEnd(18)} ${about}`);
    return 0;
  }
  const words = [2, 1].find((count) => COMMANDS[argv.slice(0, count).join(' ')]) ?? 2;
  const name = argv.slice(0, words).join(' ');
  const command = COMMANDS[name];
  if (!command) throw new UsageError(`Unknown command: ${name}. See tenantry --help`);
  return withPlace(config, (database) => command.run({ config, args: argv.slice(words), print, secret, database }));
}

/** The database of the command: the one that is given, or the embedded one, started for as long as the command runs. */
async function withPlace(config: Config, work: (database: Context['database']) => Promise<number>): Promise<number> {
  const embedded = config.database_url ? null : await startPostgres({ data: path.join(path.resolve(config.data_dir), 'postgres') });
  try {
    const databaseUrl = embedded ? withDatabase(embedded.superUrl, 'tenantry') : config.database_url;
    const derived = deriveUrls(databaseUrl);
    const database = {
      databaseUrl,
      ownerUrl: config.database_owner_url || derived.ownerUrl,
      platformUrl: config.database_platform_url || derived.platformUrl,
      appUrl: config.database_app_url || derived.appUrl,
    };
    if (embedded) await bootstrapDatabase(databaseUrl, () => undefined);
    return await work(database);
  } finally {
    await embedded?.stop();
  }
}
