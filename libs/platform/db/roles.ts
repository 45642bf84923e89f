import pg from 'pg';
import { APP_ROLE, BACKUP_ROLE, DEFINER_ROLES, LOGIN_ROLES, OWNER_ROLE, PLATFORM_ROLE, type LoginRole } from './role-names.js';
import { withDatabase } from './role-urls.js';
import { scramVerifier } from './scram.js';

export * from './role-names.js';
export { checkRole, type Queryable } from './role-check.js';
export { databaseOf, derivedPassword, deriveUrls, withDatabase, type RoleUrls } from './role-urls.js';

export interface BootstrapOptions {
  /** Somebody who may create roles and databases; used here only, never by a pool. */
  readonly superUrl: string;
  /** Made if it does not exist. */
  readonly database: string;
  /** The passwords of the roles that sign in. */
  readonly roles: Readonly<Record<LoginRole, string>>;
}

export interface BootstrapReport {
  /** What the server refused and the operator should know; empty on a server that is ours. */
  readonly warnings: readonly string[];
}

/**
 * Timeouts belong to the role: PgBouncer refuses them as startup parameters, and `query_timeout` of pg leaves the server working.
 * The owner has none, because the migration runner sets its own for each step.
 */
const SETTINGS: Record<string, Record<string, string>> = {
  [APP_ROLE]: { statement_timeout: '5s', lock_timeout: '2s', idle_in_transaction_session_timeout: '10s' },
  [PLATFORM_ROLE]: { statement_timeout: '30s', lock_timeout: '2s', idle_in_transaction_session_timeout: '10s' },
  [OWNER_ROLE]: {},
  [BACKUP_ROLE]: {},
};
/** Not "$user", public: a schema named like a role must not be able to shadow a table. */
const SEARCH_PATH = 'public';

/** One bootstrap at a time: two that alter the same role fail with "tuple concurrently updated". */
const BOOTSTRAP_LOCK = 7_236_001;

/**
 * Makes the roles and a database that belongs to `tenantry_owner`, or brings them back to that state. May run again at any
 * time, also beside itself. Without superuser rights it does what the server allows and reports the rest.
 */
export async function bootstrap(options: BootstrapOptions): Promise<BootstrapReport> {
  const warnings: string[] = [];
  await withClient(options.superUrl, async (client) => {
    await client.query('select pg_advisory_lock($1)', [BOOTSTRAP_LOCK]);
    try {
      for (const role of Object.values(DEFINER_ROLES)) await ensureRole(client, role, null, warnings);
      for (const [kind, role] of Object.entries(LOGIN_ROLES) as [LoginRole, string][]) {
        await ensureRole(client, role, options.roles[kind], warnings);
        await applySettings(client, role);
      }
      await letOwnerActForDefiners(client);
      await letBackupReadEverything(client, warnings);
      await ensureDatabase(client, options.database);
    } finally {
      await client.query('select pg_advisory_unlock($1)', [BOOTSTRAP_LOCK]);
    }
  });
  warnings.push(...(await secureDatabase(options.superUrl, options.database)));
  return { warnings };
}

/**
 * The part of bootstrap that belongs to one database: who owns it, and what PUBLIC may no longer do there. `CREATE DATABASE … TEMPLATE`
 * copies neither, so a clone of a test needs this call and nothing else.
 */
export async function secureDatabase(superUrl: string, database: string): Promise<string[]> {
  const warnings: string[] = [];
  await withClient(withDatabase(superUrl, database), async (client) => {
    await attempt(warnings, `the database ${database} keeps its owner`, async () => {
      await ddl(client, 'alter database %I owner to %I', database, OWNER_ROLE);
    });
    await attempt(warnings, `the schema public of ${database} keeps its owner`, async () => {
      await ddl(client, 'alter schema public owner to %I', OWNER_ROLE);
    });
    // A temporary table outlives the tenant on a pooled connection, and a function in public could shadow ours (rls-lint E21).
    await ddl(client, 'revoke temporary on database %I from public', database);
    await ddl(client, 'revoke create on schema public from public');
    await ddl(client, 'grant usage on schema public to %I, %I, %I', APP_ROLE, PLATFORM_ROLE, BACKUP_ROLE);
    await ddl(client, 'grant connect on database %I to %I, %I, %I, %I', database, OWNER_ROLE, APP_ROLE, PLATFORM_ROLE, BACKUP_ROLE);
    await ddl(client, 'grant create on database %I to %I', database, OWNER_ROLE); // the queue's schema, where the owner stayed another
  });
  return warnings;
}

async function ensureRole(client: pg.Client, role: string, password: string | null, warnings: string[]): Promise<void> {
  const { rows } = await client.query<{ too_much: boolean }>(
    'select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as too_much from pg_roles where rolname = $1',
    [role],
  );
  if (rows[0] === undefined) await ddl(client, 'create role %I', role);
  // Only a superuser may even say NOSUPERUSER, so it is said only where there is something to take away.
  else if (rows[0].too_much && role !== BACKUP_ROLE) {
    await attempt(warnings, `${role} keeps more rights than it may have`, async () => {
      await ddl(client, 'alter role %I nosuperuser nobypassrls nocreaterole nocreatedb noreplication', role);
    });
  }
  if (password === null) await ddl(client, 'alter role %I nologin', role);
  else await ddl(client, 'alter role %I login password %L', role, scramVerifier(password));
}

async function applySettings(client: pg.Client, role: string): Promise<void> {
  await ddl(client, 'alter role %I set search_path = %I', role, SEARCH_PATH);
  for (const [name, value] of Object.entries(SETTINGS[role] ?? {})) await ddl(client, 'alter role %I set %I = %L', role, name, value);
}

/** A function can be given to a role only by a member of it. It is the owner who is the member, never the other way round. */
async function letOwnerActForDefiners(client: pg.Client): Promise<void> {
  for (const role of Object.values(DEFINER_ROLES)) await ddl(client, 'grant %I to %I', role, OWNER_ROLE);
}

/** A dump under row-level security fails, or is silently a part: the backup role is the one exception. */
async function letBackupReadEverything(client: pg.Client, warnings: string[]): Promise<void> {
  const dumpInstead = `${BACKUP_ROLE} may not bypass row-level security: dump as ${PLATFORM_ROLE} with --enable-row-security`;
  await attempt(warnings, dumpInstead, async () => {
    await ddl(client, 'alter role %I bypassrls', BACKUP_ROLE);
  });
  await attempt(warnings, `${BACKUP_ROLE} is not a member of pg_read_all_data: grant it SELECT by hand`, async () => {
    await ddl(client, 'grant pg_read_all_data to %I', BACKUP_ROLE);
  });
}

async function ensureDatabase(client: pg.Client, database: string): Promise<void> {
  const { rows } = await client.query('select 1 from pg_database where datname = $1', [database]);
  if (rows.length > 0) return;
  // Whoever is no superuser can give a database only to a role it is a member of.
  const { rows: me } = await client.query<{ rolsuper: boolean }>('select rolsuper from pg_roles where rolname = current_user');
  if (!me[0]?.rolsuper) await ddl(client, 'grant %I to current_user', OWNER_ROLE);
  await ddl(client, 'create database %I owner %I', database, OWNER_ROLE);
}

/** Runs what a managed server may refuse, and turns its "insufficient privilege" into a warning that says what follows from it. */
async function attempt(warnings: string[], otherwise: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '42501') throw error;
    warnings.push(`${otherwise} (${error.message})`);
  }
}

/** DDL takes no parameters, so the server itself quotes them: %I a name, %L a literal. */
async function ddl(client: pg.Client, template: string, ...values: string[]): Promise<void> {
  const { rows } = await client.query<{ text: string }>('select format($1, variadic $2::text[]) as text', [template, values]);
  await client.query(rows[0]?.text ?? '');
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'tenantry-bootstrap' });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
