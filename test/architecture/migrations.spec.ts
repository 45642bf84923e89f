import pg from 'pg';
import type { QueryRunner } from 'typeorm';
import { MIGRATIONS } from '../../migrations/index.js';
import {
  changed,
  MigrationRunner,
  tenantTable,
  withRows,
  type Migration,
  type MigrationClass,
  type MigrationRunnerOptions,
} from '../../libs/platform/db/migrations/index.js';
import { bootstrap, checkRole, derivedPassword, deriveUrls } from '../../libs/platform/db/roles.js';
import { testServer, type TestDatabase } from '../support/database.js';
import { dropDatabase, emptyDatabase, schemaDump, withClient } from '../support/migrate.js';

const NAMES = MIGRATIONS.map((migration) => new migration().name);
/** The first one, with everything a small rehearsal needs: triggers, partitions. */
const GROUND = MIGRATIONS.slice(0, 1);

let database: TestDatabase;
beforeEach(async () => {
  database = await emptyDatabase('migrate');
});
afterEach(() => dropDatabase(database));

const runner = (migrations: readonly MigrationClass[] = MIGRATIONS, more: Partial<MigrationRunnerOptions> = {}): MigrationRunner =>
  new MigrationRunner({ ownerUrl: database.ownerUrl, migrations, ...more });
const asSuper = <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => withClient(database.superUrl, work);
const dump = (): Promise<string[]> => asSuper(schemaDump);

/** A migration made for one test; its time puts it after all real ones. */
function rehearsal(
  up: (db: QueryRunner) => Promise<unknown>,
  down: (db: QueryRunner) => Promise<unknown> = async () => undefined,
  phase: Migration['phase'] = 'expand',
): MigrationClass {
  return class Rehearsal1999999999999 implements Migration {
    readonly name = 'Rehearsal1999999999999';
    readonly phase = phase;
    async up(db: QueryRunner): Promise<void> {
      await up(db);
    }
    async down(db: QueryRunner): Promise<void> {
      await down(db);
    }
  };
}

describe('the migrations', () => {
  it('go up, down and up again to the same schema', async () => {
    await runner().up();
    const first = await dump();
    expect(await runner().down({ to: null, accept_data_loss: true })).toEqual([...NAMES].reverse());
    const bare = (await dump()).filter((line) => !/ migrations(_|\b|\.)/.test(line) && !line.startsWith('schema public'));
    expect(bare).toEqual([]);
    expect(await runner().up()).toEqual(NAMES);
    expect(await dump()).toEqual(first);
  }, 30_000);

  it('go back one by one: each down leaves what its up found', async () => {
    const states: string[][] = [];
    for (const name of NAMES) {
      await runner().up({ to: name });
      states.push(await dump());
    }
    for (let index = NAMES.length - 2; index >= 0; index--) {
      await runner().down({ to: NAMES[index] ?? '', accept_data_loss: true });
      expect(await dump()).toEqual(states[index]);
    }
  }, 30_000);

  it('[000-03] are a no-op the second time', async () => {
    expect(await runner().up()).toEqual(NAMES);
    const before = await dump();
    expect(await runner().up()).toEqual([]);
    expect(await dump()).toEqual(before);
  });

  it('[003-05] run once when two runners start together', async () => {
    const both = await Promise.all([runner().up(), runner().up()]);
    expect(both.map((names) => names.length).sort((a, b) => a - b)).toEqual([0, NAMES.length]);
  });

  it('show in status which have run and when', async () => {
    expect((await runner().status()).map((one) => one.applied_at)).toEqual(NAMES.map(() => null));
    await runner().up({ to: NAMES[1] ?? '' });
    const status = await runner().status();
    expect(status.map((one) => one.name)).toEqual(NAMES);
    expect(status.filter((one) => one.applied_at instanceof Date)).toHaveLength(2);
  });

  it('are named by time and file, in order', () => {
    expect(NAMES).toEqual([...NAMES].sort((a, b) => Number(a.slice(-13)) - Number(b.slice(-13))));
    expect(new Set(NAMES).size).toBe(NAMES.length);
  });
});

describe('plan', () => {
  it('prints the SQL of what is pending and changes nothing', async () => {
    const before = await dump();
    const lines: string[] = [];
    const plan = await runner(MIGRATIONS, { log: (line) => lines.push(line) }).plan();
    expect(plan.map((one) => one.name)).toEqual(NAMES);
    expect(lines.join('\n')).toContain('create table tenants');
    expect(await dump()).toEqual(before);
  });

  it('refuses a migration that speaks past query()', async () => {
    const odd = rehearsal((db) => db.dropTable('tenants'));
    await expect(runner([odd]).plan()).rejects.toThrow('query() alone');
  });
});

describe('a migration that fails', () => {
  it('[003-04] leaves the state before it, and the next run goes on from there', async () => {
    const broken = rehearsal(async (db) => {
      await db.query('create table half (id int)');
      await db.query('select 1 / 0');
    });
    await runner(GROUND).up();
    const before = await dump();
    await expect(runner([...GROUND, broken]).up()).rejects.toThrow('Rehearsal1999999999999 failed: division by zero');
    expect(await dump()).toEqual(before);
    expect(await runner([...GROUND, rehearsal((db) => db.query('select 1'))]).up()).toEqual(['Rehearsal1999999999999']);
  });
});

describe('down', () => {
  it('refuses to drop a table until somebody accepts the loss', async () => {
    await runner(GROUND).up();
    await expect(runner(GROUND).down({ to: null })).rejects.toThrow('accept_data_loss');
    expect(await runner(GROUND).status()).toMatchObject([{ applied_at: expect.any(Date) }]);
  });

  it('refuses a name that no migration has', async () => {
    await expect(runner(GROUND).down({ to: 'CreateNothing' })).rejects.toThrow('no migration is called CreateNothing');
  });
});

describe('up', () => {
  it('runs one phase only, when asked', async () => {
    const contract = rehearsal(
      (db) => db.query('create table contracted (id int)'),
      () => Promise.resolve(),
      'contract',
    );
    expect(await runner([...GROUND, contract]).up({ phase: 'expand' })).toEqual([NAMES[0]]);
    expect(await runner([...GROUND, contract]).up({ phase: 'contract' })).toEqual(['Rehearsal1999999999999']);
  });

  it('ends with the steps it was given, each in a transaction', async () => {
    const step = { name: 'seed', run: (db: QueryRunner) => db.query('create table seeded (id int)').then(() => undefined) };
    const failing = {
      name: 'fail',
      run: (db: QueryRunner) => db.query('create table unseeded (id int)').then(() => db.query('select 1 / 0')),
    };
    await expect(runner(GROUND, { finish: [step, failing] }).up()).rejects.toThrow('division by zero');
    expect((await dump()).filter((line) => /^relation \w*seeded /.test(line))).toEqual([expect.stringMatching(/^relation seeded /)]);
  });

  it('waits for a table that is in use by trying again, so that no reader waits behind it', async () => {
    await runner(GROUND).up();
    await withClient(database.ownerUrl, async (reader) => {
      await reader.query('begin');
      await reader.query('select from partition_plans');
      const migration = runner([...GROUND, rehearsal((db) => db.query('alter table partition_plans add column note text'))]).up();
      for (let round = 0; round < 5; round++) {
        const began = Date.now();
        await withClient(database.platformUrl, (client) => client.query('select table_name from partition_plans'));
        expect(Date.now() - began).toBeLessThan(1_000);
      }
      await reader.query('commit');
      await expect(migration).resolves.toEqual(['Rehearsal1999999999999']);
    });
  });

  it('gives up after its patience, and says on what', async () => {
    await runner(GROUND).up();
    await withClient(database.ownerUrl, async (reader) => {
      await reader.query('begin');
      await reader.query('select from partition_plans');
      const impatient = runner([...GROUND, rehearsal((db) => db.query('alter table partition_plans add column note text'))], {
        patience_ms: 300,
      });
      await expect(impatient.up()).rejects.toThrow('Rehearsal1999999999999 failed: canceling statement due to lock timeout');
      await reader.query('rollback');
    });
  });
});

describe('rows of tenants', () => {
  const tenant = '01900000-0000-7000-8000-00000000000a';
  const notes = rehearsalTable('notes');
  function rehearsalTable(table: string) {
    return (db: QueryRunner): Promise<void> =>
      tenantTable(db, table, {
        columns: 'note_id uuid not null, store_id uuid, text text',
        key: ['note_id'],
        stores: true,
        app: 'select, insert, update(text)',
      });
  }
  const run = (up: (db: QueryRunner) => Promise<unknown>): Promise<string[]> => {
    class Touch2000000000000 implements Migration {
      readonly name = 'Touch2000000000000';
      readonly phase = 'expand';
      up = async (db: QueryRunner): Promise<void> => void (await up(db));
      down = (): Promise<void> => Promise.resolve();
    }
    return runner([...GROUND, rehearsal(notes), Touch2000000000000]).up();
  };
  const update = (db: QueryRunner) => (): Promise<number> => changed(db, `update notes set text = 'b'`);

  beforeEach(async () => {
    await runner([...GROUND, rehearsal(notes)]).up();
    await withClient(database.platformUrl, (client) =>
      client.query(
        'insert into notes (tenant_id, note_id, store_id, text) values ($1, gen_random_uuid(), null, $2), ($1, gen_random_uuid(), $1, $2)',
        [tenant, 'a'],
      ),
    );
  });

  it('cannot be touched outside withRows: an error, where FORCE alone would change nothing in silence', async () => {
    await expect(run((db) => db.query(`update notes set text = 'b'`))).rejects.toThrow('row-level security');
    await expect(run((db) => db.query('select count(*) from notes'))).rejects.toThrow('row-level security');
    await expect(run((db) => db.query(`create table copies as select * from notes`))).rejects.toThrow('row-level security');
  });

  it('are changed inside it when the number is the one expected', async () => {
    await run((db) => withRows(db, ['notes'], { expect: `select count(*) from notes where text = 'a'` }, update(db)));
    const { rows } = await withClient(database.platformUrl, (client) => client.query('select distinct text from notes'));
    expect(rows).toEqual([{ text: 'b' }]);
  });

  it('stay when it is another', async () => {
    await expect(run((db) => withRows(db, ['notes'], { expect: 3 }, update(db)))).rejects.toThrow('notes: 2 rows changed, 3 expected');
    const { rows } = await withClient(database.platformUrl, (client) => client.query('select distinct text from notes'));
    expect(rows).toEqual([{ text: 'a' }]);
  });

  it('stay when the owner would not see them all', async () => {
    await withClient(database.ownerUrl, (client) => client.query('drop policy owner_all on notes'));
    await expect(run((db) => withRows(db, ['notes'], { expect: 0 }, update(db)))).rejects.toThrow('notes has no policy owner_all');
  });

  it('are secured again after the work', async () => {
    const up = async (db: QueryRunner): Promise<void> => {
      await withRows(db, ['notes'], { expect: 2 }, update(db));
      await db.query(`update notes set text = 'c'`);
    };
    await expect(run(up)).rejects.toThrow('row-level security');
  });

  it('are shown to the app role by tenant and by store', async () => {
    const seen = async (stores: string | null): Promise<number> =>
      withClient(database.appUrl, async (client) => {
        await client.query('begin');
        await client.query(`select set_config('app.tenant_id', $1, true)`, [tenant]);
        if (stores !== null) await client.query(`select set_config('app.store_scope', $1, true)`, [stores]);
        const { rows } = await client.query<{ seen: number }>('select count(*)::int as seen from notes');
        return rows[0]?.seen ?? -1;
      });
    expect([
      await seen(null),
      await seen(''),
      await seen('*'),
      await seen(tenant),
      await seen(`${tenant},01900000-0000-7000-8000-00000000000b`),
    ]).toEqual([1, 1, 2, 2, 2]);
    expect(await seen('01900000-0000-7000-8000-00000000000b')).toBe(1);
    await withClient(database.appUrl, async (client) => {
      await client.query('begin');
      await client.query(`select set_config('app.tenant_id', $1, true), set_config('app.store_scope', '', true)`, [tenant]);
      await expect(
        client.query('insert into notes (tenant_id, note_id, store_id) values ($1, gen_random_uuid(), $1)', [tenant]),
      ).rejects.toThrow('row-level security');
    });
  });
});

describe('bootstrap', () => {
  const password = (url: string): string => decodeURIComponent(new URL(url).password);
  const passwords = () => {
    const { urls } = testServer();
    return {
      owner: password(urls.ownerUrl),
      app: password(urls.appUrl),
      platform: password(urls.platformUrl),
      backup: password(urls.backupUrl),
    };
  };

  it('may run again, and twice at once', async () => {
    const options = { superUrl: testServer().superUrl, database: database.name, roles: passwords() };
    const reports = await Promise.all([bootstrap(options), bootstrap(options)]);
    expect(reports).toEqual([{ warnings: [] }, { warnings: [] }]);
    await expect(runner(GROUND).up()).resolves.toHaveLength(1);
  });

  it('[002-11] leaves pools nothing too much, and a check that says what is', async () => {
    const check = (url: string, role: string): Promise<string[]> => withClient(url, (client) => checkRole(client, role));
    expect(await check(database.appUrl, 'tenantry_app')).toEqual([]);
    expect(await check(database.platformUrl, 'tenantry_platform')).toEqual([]);
    expect((await check(database.superUrl, 'tenantry_app'))[0]).toMatch(/not of tenantry_app/);
    expect((await check(database.appUrl, 'tenantry_stranger'))[0]).toMatch(/does not exist/);
    await asSuper(async (client) => {
      await client.query('begin');
      await client.query('alter role tenantry_app bypassrls createdb');
      await client.query('grant tenantry_platform to tenantry_app');
      await client.query('grant create on schema public to tenantry_app');
      await client.query('create table planted (id int)');
      await client.query('alter table planted owner to tenantry_app');
      const found = await checkRole(client, 'tenantry_app');
      await client.query('rollback');
      for (const right of ['bypass row-level', 'create databases', 'member of tenantry_platform', 'planted', 'schema public'])
        expect(found.join('\n')).toContain(right);
    });
  });

  it('sets the timeouts and the search path by role', async () => {
    const setting = async (url: string): Promise<unknown> =>
      withClient(url, async (client) => {
        const { rows } = await client.query(
          `select current_setting('statement_timeout') || ' ' || current_setting('lock_timeout') || ' ' ||
                  current_setting('idle_in_transaction_session_timeout') || ' ' || current_setting('search_path') as set`,
        );
        return (rows[0] as { set: string }).set;
      });
    expect(await setting(database.appUrl)).toBe('5s 2s 10s public');
    expect(await setting(database.platformUrl)).toBe('30s 2s 10s public');
    expect(await setting(database.ownerUrl)).toBe('0 0 0 public');
  });

  it('lets nobody create or make temporary tables, and keeps passwords out of what a server logs', async () => {
    for (const url of [database.appUrl, database.platformUrl]) {
      await expect(withClient(url, (client) => client.query('create temporary table t (id int)'))).rejects.toMatchObject({ code: '42501' });
      await expect(withClient(url, (client) => client.query('create table t (id int)'))).rejects.toMatchObject({ code: '42501' });
    }
    const { rows } = await asSuper((client) => client.query(`select rolpassword from pg_authid where rolname = 'tenantry_app'`));
    expect(rows[0]).toEqual({ rolpassword: expect.stringMatching(/^SCRAM-SHA-256\$4096:/) });
  });

  it('derives the same URLs from the same DATABASE_URL, and another password for each role and database', () => {
    const urls = deriveUrls('postgres://admin:s%40cret@db.example:5433/shop?sslmode=require');
    expect(urls).toEqual(deriveUrls('postgres://admin:s%40cret@db.example:5433/shop?sslmode=require'));
    const app = new URL(urls.appUrl);
    expect([app.username, app.host, app.pathname, app.search]).toEqual(['tenantry_app', 'db.example:5433', '/shop', '?sslmode=require']);
    expect(app.password).toBe(derivedPassword('s@cret', 'shop', 'tenantry_app'));
    expect(new Set([...Object.values(urls).map(password), derivedPassword('s@cret', 'other', 'tenantry_app')]).size).toBe(5);
    expect(app.password).toBe('ZoRJmRw6yypOwdK1AuFlUBLpngU-u98UhIKhk3jdKFU'); // computed apart, by another HKDF
    expect(() => deriveUrls('postgres://admin@db.example/shop')).toThrow('needs a password');
  });
});
