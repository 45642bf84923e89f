import type pg from 'pg';
import { runCommand } from '../../apps/api/src/boot/commands.js';
import { CORE_PERMISSIONS } from '../../libs/contracts/permissions.js';
import { readConfig } from '../../libs/platform/config/index.js';
import { MIGRATIONS } from '../../migrations/index.js';
import type { TestDatabase } from '../support/database.js';
import { dropDatabase, emptyDatabase, schemaDump, withClient } from '../support/migrate.js';

jest.setTimeout(60_000);

const NAMES = MIGRATIONS.map((migration) => new migration().name);
const NEWEST = NAMES.at(-1) ?? '';

let database: TestDatabase;
beforeEach(async () => {
  database = await emptyDatabase('commands');
});
afterEach(() => dropDatabase(database));

interface Outcome {
  readonly code: number;
  readonly lines: readonly string[];
}
/** `tenantry <line>` on the database of this test. */
async function tenantry(line: string): Promise<Outcome> {
  const { superUrl, ownerUrl, appUrl, platformUrl } = database;
  const { config } = readConfig({
    NODE_ENV: 'test', DATABASE_URL: superUrl, DATABASE_OWNER_URL: ownerUrl, DATABASE_APP_URL: appUrl, DATABASE_PLATFORM_URL: platformUrl,
    JWT_SECRET: 'jwt-secret-of-the-commands-0123456789abcdef', ENCRYPTION_KEY: 'cd'.repeat(32), TENANTRY_BUILD: 'test', TENANTRY_DATA: `.data/commands-${process.pid}`,
  }); // prettier-ignore
  const lines: string[] = [];
  const code = await runCommand(line.split(' '), config, (text) => lines.push(text));
  return { code, lines };
}
const asSuper = <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => withClient(database.superUrl, work);
const count = (table: string): Promise<number> =>
  asSuper(async (client) => Number((await client.query<{ n: string }>(`select count(*) as n from ${table}`)).rows[0]?.n));
const ending = ({ code, lines }: Outcome): readonly unknown[] => [code, ...lines.slice(-2)];

describe.each(['db migrate', 'migrate-all'])('tenantry %s', (command) => {
  it('[000-03] [003-02] applies all that is pending, without any tenant; a second run has nothing to do and ends with 0', async () => {
    expect(ending(await tenantry(command))).toEqual([0, `${NAMES.length} migrations applied`, `Schema version: ${NEWEST}`]);
    const schema = await asSuper(schemaDump);
    expect(ending(await tenantry(command))).toEqual([0, 'Nothing to do: the schema is up to date', `Schema version: ${NEWEST}`]);
    expect(await asSuper(schemaDump)).toEqual(schema);
    expect(await count('tenants')).toBe(0);
  });

  it('[000-02] with --dry-run lists what is pending and changes nothing', async () => {
    const before = await asSuper(schemaDump);
    const { code, lines } = await tenantry(`${command} --dry-run`);
    expect([code, lines.at(-1)]).toEqual([0, `${NAMES.length} pending; nothing was changed`]);
    for (const name of NAMES) expect(lines.join('\n')).toContain(`-- ${name}\n`);
    expect(await asSuper(schemaDump)).toEqual(before);
  });
});

describe('tenantry migrate-all', () => {
  it('makes stores, invitations, memberships with their store scope, and the logs, on an empty database', async () => {
    await tenantry('migrate-all');
    const columns = await asSuper((client) =>
      client.query<{ name: string }>(
        `select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'public'`,
      ),
    );
    expect(columns.rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'stores.store_id', 'invitations.email', 'invitation_stores.store_id', 'memberships.user_id', 'role_assignments.all_stores',
        'assignment_stores.store_id', 'audit_events.action', 'rbac_audit_log.permission',
      ]), // prettier-ignore
    );
  });

  it('[003-03] is not in the way of a type of another program, nor that of it', async () => {
    await asSuper((client) => client.query(`create type public.cashiershiftstatus as enum ('open', 'closed')`));
    expect((await tenantry('migrate-all')).code).toBe(0);
    expect((await tenantry('migrate-all')).lines).toContain('Nothing to do: the schema is up to date');
    const where = `SELECT n.nspname, t.typname FROM pg_type t JOIN pg_namespace n ON t.typnamespace = n.oid WHERE t.typname = 'cashiershiftstatus'`;
    expect((await asSuper((client) => client.query(where))).rows).toEqual([{ nspname: 'public', typname: 'cashiershiftstatus' }]);
  });

  it('[003-05] twice at once: one applies everything, the other waits for it and finds nothing left', async () => {
    const both = await Promise.all([tenantry('migrate-all'), tenantry('migrate-all')]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both.map(({ lines }) => lines.at(-2)).sort()).toEqual([
      `${NAMES.length} migrations applied`,
      'Nothing to do: the schema is up to date',
    ]);
  });
});

describe('tenantry db status and db rollback', () => {
  it('[001-04] [003-04] show which migration is the newest that ran, before, after, and one step back', async () => {
    expect((await tenantry('db status')).lines.at(-1)).toBe('Schema version: none');
    await tenantry('db migrate');
    const { lines } = await tenantry('db status');
    expect(lines.slice(0, -1).map((line) => line.split('  ').at(-1))).toEqual(NAMES);
    expect(lines.at(-1)).toBe(`Schema version: ${NEWEST}`);
    expect((await tenantry('db rollback --accept-data-loss')).lines.at(-1)).toBe(`Schema version: ${NAMES.at(-2)}`);
    expect((await tenantry('db status')).lines.at(-2)).toMatch(/^pending /);
    expect(ending(await tenantry('db migrate'))).toEqual([0, '1 migration applied', `Schema version: ${NEWEST}`]);
  });
});

describe('tenantry seed roles', () => {
  it('[004-03] [004-04] gives a fresh install one tenant with the four roles and the 24 permissions, and a second run nothing more', async () => {
    await tenantry('db migrate');
    const { code, lines } = await tenantry('seed roles');
    expect(code).toBe(0);
    expect(lines).toEqual(
      expect.arrayContaining(['[Seed] Seeded 24 permissions', '[Seed] Seeded 4 default roles', '[Seed] Default tenant made']),
    );
    const state = () =>
      asSuper(async (client) => ({
        tenants: (await client.query('select slug, status, template_code from tenants join tenant_state using (tenant_id)')).rows,
        roles: (await client.query<{ name: string }>('select name from roles order by name')).rows.map(({ name }) => name),
        core: (await client.query<{ name: string }>('select permission_id as name from permissions where is_core')).rows.length,
        stores: (await client.query('select code, is_default from stores')).rows,
      }));
    const first = await state();
    expect(first).toEqual({
      tenants: [{ slug: 'default', status: 'active', template_code: 'inventory' }],
      roles: ['Admin', 'Analyst', 'Auditor', 'Manager'],
      core: CORE_PERMISSIONS.length,
      stores: [{ code: 'MAIN', is_default: true }],
    });
    expect(await count('provisioning_jobs')).toBe(1);

    expect((await tenantry('seed roles')).lines).toContain('[Seed] There is a tenant already: no default tenant made');
    expect(await state()).toEqual(first);
    expect(await count('provisioning_jobs')).toBe(1);
  });
});
