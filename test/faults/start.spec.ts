import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { cloneDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/served-world.js';
import { freshRoot, gone, isRunning } from '../support/spawned-postgres.js';
import { endStarts, postgresOf, SpawnedStart } from '../support/spawned-start.js';

jest.setTimeout(60_000);

type Body = Record<string, unknown>;
interface SignIn {
  readonly email: string;
  readonly password: string;
}

const root = freshRoot();
const data = path.join(root, 'data');
/** A secret of a production start. */
const long = (name: string): string => `${name}-of-the-start-spec-0123456789abcdef`;
let port: number;

beforeAll(async () => {
  port = await freePort();
});
afterAll(async () => {
  await endStarts(data);
  fs.rmSync(root, { recursive: true, force: true });
});

const env = (): Record<string, string> => ({ TENANTRY_DATA: data, PORT: String(port) });
const begin = (flags: readonly string[] = [], more: Record<string, string> = {}): SpawnedStart =>
  new SpawnedStart({ flags, env: { ...env(), ...more } });
const refused = async (...how: Parameters<typeof begin>): Promise<SpawnedStart> => {
  const start = begin(...how);
  await start.ended;
  return start;
};
const post = (url: string, address: string, body: Body, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/api${address}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-client': 'native', ...headers },
    body: JSON.stringify(body),
  });
const signIn = async (url: string, { email, password }: SignIn): Promise<string> => {
  const answer = await post(url, email.startsWith('staff@') ? '/platform/auth/login' : '/auth/login', { email, password });
  expect([email, answer.status]).toEqual([email, 200]);
  return ((await answer.json()) as { token: string }).token;
};
/** The accounts that a start printed. */
const printed = (out: string): SignIn[] =>
  [...out.matchAll(/(\S+@\S+)\s+(\S+)$/gm)].map(([, email = '', password = '']) => ({ email, password }));
const seconds = (out: string): string => /\((\d+\.\d) s;/.exec(out)?.[1] ?? '?';

/** In this order: each start finds what the one before has left. */
describe('npm start', () => {
  let first: SpawnedStart;
  let accounts: SignIn[];
  let postgres: number;

  it('[003-01] on an empty machine prints one address, three sign-ins that work, where mails go, and nothing else', async () => {
    first = await begin().running();
    accounts = printed(first.out);
    const [staff, owner, cashier] = accounts;
    const columns = first.out.split('\n').map((line) =>
      line
        .replace(/\d+\.\d s/, '<n> s')
        .split(/ {2,}/)
        .filter(Boolean),
    );
    expect(columns).toEqual([
      ['Tenantry is running', `http://localhost:${port}`, '(<n> s; PostgreSQL embedded, queue on PostgreSQL)'],
      ['Platform staff', 'staff@tenantry.example', staff?.password],
      ['Owner of Harbour Retail', 'owner@harbour.example', owner?.password],
      ['Cashier of Harbour Retail', 'cashier@harbour.example', cashier?.password],
      ['Mail that the product sends', `http://localhost:${port}/platform/mailbox`, `API: http://localhost:${port}/api-docs`],
      [],
    ]);
    expect(first.said).toBe('');
    for (const account of accounts) await signIn(first.url, account);
    const { accounts: offered } = ((await (await fetch(`${first.url}/api/client-config`)).json()) as { demo: { accounts: SignIn[] } }).demo;
    for (const account of offered) await signIn(first.url, account);

    expect(fs.statSync(path.join(data, 'secrets.json')).mode & 0o777).toBe(0o600);
    for (const address of ['/', '/platform/mailbox', '/api-docs', '/healthz', '/readyz']) {
      const answer = await fetch(first.url + address, { headers: { accept: 'text/html' } });
      expect([address, answer.status]).toEqual([address, 200]);
    }
    console.log(`cold start: ${seconds(first.out)} s`);
  });

  it('a second time in the same directory ends with exit 3 and the address of the first', async () => {
    const second = await refused();
    expect([second.code, second.out]).toEqual([3, '']);
    expect(second.said).toContain(`Tenantry already runs in this directory (process ${first.pid}, ${first.url})`);
  });

  it('--fresh without --yes and without a terminal ends with exit 2, while it runs and at rest', async () => {
    const fresh = await refused(['--fresh']);
    expect([fresh.code, fresh.out]).toEqual([2, '']);
    expect(fresh.said).toContain('--yes');
    expect((await refused(['--fresh', '--yes'])).code).toBe(3); // the first one still lives on that data
    await signIn(first.url, accounts[0] as SignIn);
  });

  it('ends in order on SIGTERM, with exit 0, and leaves no PostgreSQL', async () => {
    postgres = postgresOf(data) ?? NaN;
    expect(isRunning(postgres)).toBe(true);
    expect(await first.stop()).toBe(0);
    expect(isRunning(postgres)).toBe(false);
    expect(postgresOf(data)).toBeNull();
  });

  it('a warm start finds its port taken, takes another one and says which; the sign-ins are the same', async () => {
    const occupant = net.createServer().listen(port, '127.0.0.1');
    try {
      const warm = await begin().running();
      expect(warm.url).not.toBe(`http://localhost:${port}`);
      expect(printed(warm.out)).toEqual(accounts);
      const token = await signIn(warm.url, accounts[1] as SignIn);
      const made = await post(
        warm.url,
        '/products',
        { name: 'Kept', sku: 'KEPT-1', price_minor: 100 },
        { authorization: `Bearer ${token}` },
      );
      expect(made.status).toBe(201);
      console.log(`warm start: ${seconds(warm.out)} s`);
      postgres = postgresOf(data) ?? NaN;
      await warm.kill();
      expect(isRunning(postgres)).toBe(true);
    } finally {
      occupant.close();
    }
  });

  it('after kill -9 the next start works on the same PostgreSQL, and the data is there', async () => {
    const next = await begin().running();
    expect(postgresOf(data)).toBe(postgres);
    const token = await signIn(next.url, accounts[1] as SignIn);
    const answer = await fetch(`${next.url}/api/inventory?q=KEPT-1`, { headers: { authorization: `Bearer ${token}` } });
    expect(((await answer.json()) as { data: unknown[] }).data).toHaveLength(1);
    expect(await next.stop()).toBe(0);
    await gone(postgres);
  });

  it('--fresh --yes --no-demo starts anew and empty, and says how the first sign-in is made', async () => {
    const fresh = await begin(['--fresh', '--yes', '--no-demo']).running();
    expect(fresh.out).toContain('FIRST_OWNER_EMAIL');
    expect(printed(fresh.out)).toEqual([]);
    expect((await post(fresh.url, '/auth/login', { ...(accounts[1] as SignIn) })).status).toBe(401);
    expect(((await (await fetch(`${fresh.url}/api/client-config`)).json()) as Body)['demo']).toBeNull();
    expect(await fresh.stop()).toBe(0);
  });
});

describe('npm start in production', () => {
  const production = { NODE_ENV: 'production' };
  let complete: Record<string, string>;

  beforeAll(async () => {
    const database = await cloneDatabase('start');
    complete = {
      ...production,
      DATABASE_URL: database.superUrl, DATABASE_APP_URL: database.appUrl, DATABASE_PLATFORM_URL: database.platformUrl, DATABASE_OWNER_URL: database.ownerUrl,
      JWT_SECRET: long('jwt'), ENCRYPTION_KEY: 'ab'.repeat(32), PLATFORM_HOSTS: 'console.shop.example', FRONTEND_URL: 'https://shop.example', ROOT_DOMAIN: 'shop.example',
      RESERVED_SUBDOMAINS: 'www', FIRST_OWNER_EMAIL: 'first@shop.example', FIRST_OWNER_PASSWORD: 'Lantern-over-water-91!', HOST: '127.0.0.1', TRUST_PROXY: '127.0.0.1',
    }; // prettier-ignore
  });

  it('[000-09] [002-64] [003-01] without its variables ends with exit 1 and names all of them at once', async () => {
    const start = await refused([], production);
    expect([start.code, start.out]).toEqual([1, '']);
    for (const name of [
      'DATABASE_URL',
      'JWT_SECRET',
      'ENCRYPTION_KEY',
      'PLATFORM_HOSTS',
      'FRONTEND_URL',
      'ROOT_DOMAIN',
      'RESERVED_SUBDOMAINS',
    ])
      expect(start.said).toContain(`${name} is required in production`);
    expect(fs.existsSync(path.join(data, 'postgres'))).toBe(true); // of the start before: production made none
  });

  it('[003-01] without a first owner, while nobody runs the platform, ends with exit 1 and names both variables', async () => {
    const start = await refused([], { ...complete, FIRST_OWNER_EMAIL: '', FIRST_OWNER_PASSWORD: '' });
    expect(start.code).toBe(1);
    for (const name of ['FIRST_OWNER_EMAIL', 'FIRST_OWNER_PASSWORD']) expect(start.said).toContain(`${name} is required`);
  });

  it.each([
    ['superuser', 'DATABASE_URL', 'DATABASE_APP_URL'],
    ['owner', 'DATABASE_OWNER_URL', 'DATABASE_APP_URL'],
    ['owner', 'DATABASE_OWNER_URL', 'DATABASE_PLATFORM_URL'],
  ])('[002-11] with the %s (%s) in the place of %s ends with exit 1 and says which right is too much', async (_who, from, to) => {
    const start = await refused([], { ...complete, [to]: complete[from] ?? '' });
    expect(start.code).toBe(1);
    expect(start.said).toMatch(/database_role_refused: tenantry_(app|platform) /);
  });

  it('[000-09] [002-27] [004-02] refuses placeholders, short secrets, demo data and every origin, each by its name', async () => {
    const start = await refused([], {
      ...complete, JWT_SECRET: 'only-thirty-one-characters-long', OPS_API_KEY: '<generate-strong-secret-min-32-chars>', CRON_API_KEY: 'changeme', ENCRYPTION_KEY: 'f'.repeat(63), DEMO_DATA: 'true', CORS_ORIGIN: '*',
    }); // prettier-ignore
    expect([start.code, start.out]).toEqual([1, '']);
    for (const words of [
      'JWT_SECRET is shorter than 32 bytes', 'OPS_API_KEY is a placeholder', 'CRON_API_KEY is a placeholder', 'ENCRYPTION_KEY does not have the form', 'DEMO_DATA=true is impossible in production', 'CORS_ORIGIN must not be *',
    ]) expect(start.said).toContain(words); // prettier-ignore
    expect(start.said).not.toContain('f'.repeat(63));
  });

  it('--fresh is refused where DATABASE_URL is set', async () => {
    const start = await refused(['--fresh', '--yes'], complete);
    expect([start.code, start.out]).toEqual([1, '']);
    expect(start.said).toContain('DATABASE_URL');
  });

  it('has neither mailbox nor demo accounts, and logs lines of JSON instead of a welcome', async () => {
    const start = begin([], complete);
    try {
      const url = `http://127.0.0.1:${port}`;
      await eventuallyUp(start, url);
      const via = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'console.shop.example', accept: 'application/json' };
      for (const [method, address] of [
        ['GET', '/dev/mailbox'],
        ['DELETE', '/dev/mailbox'],
        ['POST', '/dev/receiver'],
      ] as const) {
        // prettier-ignore
        const answer = await fetch(`${url}/api/v1${address}`, { method, headers: via });
        expect([method, address, answer.status, answer.headers.get('allow')]).toEqual([method, address, 404, null]);
      }
      expect(await (await fetch(`${url}/api/client-config`, { headers: via })).json()).toMatchObject({ demo: null });
      expect((await fetch(`${url}/api-docs`, { headers: via })).status).toBe(404);
      for (const line of start.out.split('\n').filter(Boolean)) expect(() => JSON.parse(line) as unknown).not.toThrow();
      expect(await start.stop()).toBe(0);
    } finally {
      if (start.code === undefined) await start.kill();
    }
  });

  const eventuallyUp = (start: SpawnedStart, url: string): Promise<unknown> =>
    eventually(async () => {
      if (start.code !== undefined) throw new Error(`it ended with ${start.code}: ${start.said}`);
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
    }, 20_000);
});
