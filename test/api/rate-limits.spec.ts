import type supertest from 'supertest';
import { RouteTable, type Route } from '../../libs/platform/auth/index.js';
import { sql } from '../../libs/platform/db/index.js';
import { platformScope } from '../../libs/platform/queue/index.js';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { redisMissing, startRedisServer, type RedisServer } from '../support/redis-server.js';
import { clientOf, type TestTenant, type TestUser } from '../support/test-tenant.js';
import { CRON_KEY, OPS_KEY, world, type World } from '../support/world.js';

const BEHIND_PROXY = { TRUST_PROXY: '127.0.0.1,::1' };
/** The limits as they are where nobody sets anything. */
const DEFAULTS = { ...BEHIND_PROXY, RATE_LIMIT_API: '' };
/** A round of background leases and a little more. */
const LEASED_MS = 60;

const countLeases = sql`select sum(seen_us)::text as n from rate_limits`;

let database: TestDatabase;
let w: World;
let addresses = 0;
const newAddress = (): string => `198.51.${(addresses >> 8) & 255}.${addresses++ & 255}`;

beforeAll(async () => {
  database = await cloneDatabase(`limits_${process.pid}`);
  w = await world({ database, env: DEFAULTS });
}, 120_000);

const plans = (ip: string, at: World = w): supertest.Test =>
  at.request().get('/api/v1/plans').set('host', 'localhost').set('x-forwarded-for', ip);
const leased = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LEASED_MS));
const until429 = async (send: () => supertest.Test, most: number): Promise<{ passed: number; refused: supertest.Response }> => {
  for (let passed = 0; passed <= most; passed++) {
    const refused = await send();
    if (refused.status === 429) return { passed, refused };
  }
  throw new Error(`${most} requests and no 429`);
};
const refusals = async (scope: string, at: World = w): Promise<number> => {
  const text = await at.runtime.metrics.expose();
  return Number(new RegExp(`^rate_limited_total\\{scope="${scope}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
};
/** What the plan of a tenant includes, as staff agree it with a customer. */
async function includes(tenant: TestTenant, limits: Readonly<Record<string, number | null>>, at: World = w): Promise<void> {
  const staff = await at.staff();
  const overrides = Object.entries(limits).map(([code, value]) => ({ kind: 'limit', code, value }));
  await staff.put(`/platform/tenants/${tenant.tenant_id}/entitlements`, { reason: 'Agreed on the phone', overrides }).expect(200);
}
async function tenantWith(limits: Readonly<Record<string, number | null>>): Promise<{ tenant: TestTenant; owner: TestUser }> {
  const tenant = await w.tenant();
  await includes(tenant, limits);
  return { tenant, owner: await tenant.user() };
}

describe('an anonymous client', () => {
  it('[002-15] gets 100 requests in 15 minutes by address, with what is left on each answer, then 429 with Retry-After', async () => {
    const ip = newAddress();
    const before = await refusals('anonymous');
    for (let i = 0; i < 100; i++) {
      const { headers } = await plans(ip).expect(200);
      expect(headers['ratelimit-limit']).toBe('100');
      expect(headers['ratelimit-remaining']).toBe(String(99 - i));
      expect(headers['x-ratelimit-remaining']).toBe(headers['ratelimit-remaining']);
      expect(Number(headers['ratelimit-reset'])).toBeLessThanOrEqual(9 * (i + 1));
    }
    const { body, headers } = await plans(ip).expect(429);
    expect(body).toMatchObject({ code: 'rate_limited', scope: 'anonymous' });
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(9);
    expect(headers).toMatchObject({
      'ratelimit-limit': '100', 'ratelimit-remaining': '0', 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': headers['ratelimit-reset'],
    }); // prettier-ignore
    expect(Number(headers['ratelimit-reset'])).toBeGreaterThan(880);
    expect(await refusals('anonymous')).toBe(before + 1);
    await plans(newAddress()).expect(200);
  });

  it('[002-15] is one customer in a whole /64, and a credential that is refused counts as nobody', async () => {
    const refused = (host: string): supertest.Test =>
      w.request().get('/api/v1/stores').set('host', 'localhost').set('x-forwarded-for', `2001:db8:7:7::${host}`).set('authorization', 'Bearer no.such.token'); // prettier-ignore
    for (let i = 0; i < 100; i++) await refused(i.toString(16)).expect(401);
    expect((await refused('ffff').expect(429)).body.code).toBe('rate_limited');
    await plans('2001:db8:7:7::1').expect(429);
    await plans('2001:db8:7:8::1').expect(200);
  });

  it('asks for no lease while it is refused', async () => {
    const ip = newAddress();
    for (let i = 0; i < 100; i++) await plans(ip).expect(200);
    await leased();
    const count = async (): Promise<string | undefined> =>
      (await w.runtime.platformDb.query<{ n: string }>(platformScope('test'), countLeases, []))[0]?.n;
    const before = await count();
    for (let i = 0; i < 20; i++) await plans(ip).expect(429);
    expect(await count()).toBe(before);
  });

  it('reaches sessions that go on though the address has spent the rest', async () => {
    const ip = newAddress();
    for (let i = 0; i < 100; i++) await plans(ip).expect(200);
    await plans(ip).expect(429);
    const { headers } = await w.request().post('/api/v1/auth/refresh').set('host', 'localhost').set('x-forwarded-for', ip).send({ refresh_token: 'unknown' }).expect(401); // prettier-ignore
    expect(headers['ratelimit-limit']).toBe('1000');
  });
});

describe('somebody who is signed in', () => {
  it('[002-15] has what the plan includes: per minute and per day', async () => {
    const tenant = await w.tenant({ plan: 'standard' });
    const owner = await tenant.user();
    const { headers } = await owner.get('/stores').expect(200);
    expect(headers).toMatchObject({ 'ratelimit-limit': '300', 'ratelimit-remaining': '299' });
    await includes(tenant, { requests_per_minute: 1_000, requests_per_day: 5 });
    await owner.get('/stores').expect(200); // remembered rights learn the new number by the request that they let in
    const { passed, refused } = await until429(() => owner.get('/stores'), 6);
    expect(passed).toBe(5);
    expect(refused.body).toMatchObject({ code: 'rate_limited', scope: 'tenant_day' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(17_000);
  });

  it('[002-15] has 1,000 in 15 minutes where the plan names no number, an API key too', async () => {
    const { owner } = await tenantWith({ requests_per_minute: null, requests_per_day: null });
    const { headers } = await owner.get('/stores').expect(200);
    expect(headers).toMatchObject({ 'ratelimit-limit': '1000', 'ratelimit-remaining': '999' });
    const { body } = await owner.post('/api-keys', { name: 'Till', scopes: ['stores:read'] }).expect(201);
    const key = await w.request().get('/api/v1/stores').set('host', 'localhost').set('x-api-key', body.api_key.secret).expect(200);
    expect(key.headers).toMatchObject({ 'ratelimit-limit': '1000', 'ratelimit-remaining': '999' });
  });

  it('[002-16] shares the limit of the tenant with its people and keys; another tenant is not touched', async () => {
    const { tenant, owner } = await tenantWith({ requests_per_minute: 12 });
    const colleague = await tenant.user();
    const { owner: neighbour } = await tenantWith({ requests_per_minute: 12 });
    for (let i = 0; i < 6; i++) {
      await owner.get('/stores').expect(200);
      await colleague.get('/stores').expect(200);
    }
    for (const one of [owner, colleague]) {
      const { body, headers } = await one.get('/stores').expect(429);
      expect(body).toMatchObject({ code: 'rate_limited', scope: 'tenant' });
      expect(headers).toMatchObject({ 'x-ratelimit-limit': '12', 'x-ratelimit-remaining': '0' });
      expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(5);
    }
    const { headers } = await neighbour.get('/stores').expect(200);
    expect(headers['x-ratelimit-remaining']).toBe('11');
  });

  it('[002-16] at the limit costs the database nothing, so nobody else waits for it', async () => {
    const { owner } = await tenantWith({ requests_per_minute: 3 });
    await until429(() => owner.get('/stores'), 4);
    const lines = w.logs.lines.length;
    for (let i = 0; i < 20; i++) await owner.get('/stores').expect(429);
    const answered = w.logs.lines.slice(lines).map((line) => JSON.parse(line) as { status?: number; db_trips?: number });
    const trips = answered.filter(({ status }) => status === 429).map(({ db_trips }) => db_trips ?? 0);
    expect(trips).toEqual(Array<number>(20).fill(0));
  });

  it('lets one more in when Retry-After is over, and with it the others when the plan includes more', async () => {
    const { tenant, owner } = await tenantWith({ requests_per_minute: 60 });
    const burst = await Promise.all(Array.from({ length: 70 }, () => owner.get('/stores')));
    expect(burst.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(60);
    const { refused } = await until429(() => owner.get('/stores'), 10);
    await new Promise((resolve) => setTimeout(resolve, Number(refused.headers['retry-after']) * 1_000 + 50));
    await owner.get('/stores').expect(200);
    await includes(tenant, { requests_per_minute: 100_000 });
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    await owner.get('/stores').expect(200); // the one that is let in again, from which the new number is learnt
    expect((await owner.get('/stores').expect(200)).headers['ratelimit-limit']).toBe('100000');
  });

  it('without any plan still reaches what is open to it: 1,000 in 15 minutes', async () => {
    const { owner } = await tenantWith({ requests_per_minute: 0, requests_per_day: 0 });
    expect((await owner.get('/me/entitlements').expect(200)).headers['ratelimit-limit']).toBe('1000');
  });

  it('a session that has ended draws nothing from the tenant', async () => {
    const { tenant, owner } = await tenantWith({ requests_per_minute: 20 });
    const gone = await tenant.user();
    await gone.post('/auth/logout', {}).expect(204);
    for (let i = 0; i < 5; i++) await gone.get('/stores').expect(401);
    expect((await owner.get('/stores').expect(200)).headers['ratelimit-remaining']).toBe('19');
  });
});

describe('staff and machines', () => {
  it('have 600 a minute, each member and each kind of key', async () => {
    const [one, another] = [await w.staff(), await w.staff()];
    expect((await one.get('/platform/tenants').expect(200)).headers).toMatchObject({
      'ratelimit-limit': '600',
      'ratelimit-remaining': '599',
    });
    expect((await another.get('/platform/tenants').expect(200)).headers['ratelimit-remaining']).toBe('599');
  });

  it('change at most 60 things a minute', async () => {
    const staff = await w.staff();
    const { passed, refused } = await until429(() => staff.post('/platform/tenants', {}), 62);
    expect(passed).toBeGreaterThanOrEqual(60);
    expect(refused.body.scope).toBe('ops_mutation');
    await staff.get('/platform/tenants').expect(200);
  });
});

describe('RATE_LIMIT_API', () => {
  let few: World;
  beforeAll(async () => {
    few = await world({ database, env: { ...BEHIND_PROXY, RATE_LIMIT_API: '3/1h' } });
  }, 60_000);

  it('[002-15] gives one number to all: a stranger, a person, a key, staff', async () => {
    const ip = newAddress();
    for (let i = 0; i < 3; i++) expect((await plans(ip, few).expect(200)).headers['ratelimit-limit']).toBe('3');
    await plans(ip, few).expect(429);

    const tenant = await few.tenant();
    const callers = [await tenant.user(), await tenant.user()].map(({ token }) => clientOf(few, token));
    for (const caller of callers) {
      const { passed, refused } = await until429(() => caller.get('/stores'), 4);
      expect([passed, refused.body.scope]).toEqual([3, 'principal']);
    }
    const staff = await few.staff();
    expect((await until429(() => staff.get('/platform/tenants'), 4)).refused.body.scope).toBe('staff');
  });

  it('[004-47] every endpoint is limited: whoever calls it too often is refused, whatever it is', async () => {
    const unlimited: string[] = [];
    for (const route of few.app.get(RouteTable).routes) {
      const ip = newAddress();
      const statuses: number[] = [];
      while (statuses.length < 25 && statuses.at(-1) !== 429) statuses.push((await call(few, route, ip)).status);
      if (statuses.at(-1) !== 429) unlimited.push(`${route.method} ${route.path}: ${statuses.join(' ')}`);
    }
    expect(unlimited).toEqual([]);
  }, 120_000);

  it('[004-47] limits machines with a key, too', async () => {
    const routes = few.app.get(RouteTable).routes;
    const ops = routes.find(({ access, method }) => access.kind === 'platform' && access.ops_key && method === 'GET');
    const cron = routes.find(({ access }) => access.kind === 'machine');
    for (const [route, name, key] of [
      [ops, 'x-ops-key', OPS_KEY],
      [cron, 'x-cron-key', CRON_KEY],
    ] as const) {
      if (!route) continue;
      const { refused } = await until429(() => call(few, route, newAddress()).set(name, key), 4);
      expect(refused.body.scope).toBe('machine');
    }
  });

  it('leaves health, the reference and files of the page outside', async () => {
    for (const path of ['/healthz', '/readyz', '/health', '/version', '/api/v1/health', '/api-docs']) {
      for (let i = 0; i < 5; i++) {
        const { status, headers } = await few.request().get(path).set('host', 'localhost').set('x-forwarded-for', '198.18.0.1');
        expect(status).not.toBe(429);
        expect(headers).not.toHaveProperty('ratelimit-limit');
      }
    }
  });
});

function call(at: World, { method, path }: Route, ip: string): supertest.Test {
  const url = `/api/v1${path.replace(/:[A-Za-z_]+/g, '0195f0c0-0000-7000-8000-000000000000')}`;
  const request = at.request()[method.toLowerCase() as 'get'](url).set('host', 'localhost').set('x-forwarded-for', ip);
  return method === 'GET' ? request : request.send({});
}

const missing = redisMissing();
if (missing) console.warn(`the Redis half of these tests is skipped: ${missing}`);
describe.each(missing ? (['postgres'] as const) : (['postgres', 'redis'] as const))('two processes over %s', (kind) => {
  let redis: RedisServer | null = null;
  let one: World;
  let two: World;
  beforeAll(async () => {
    if (kind === 'redis') redis = await startRedisServer();
    const env = { ...DEFAULTS, ...(redis ? { REDIS_URL: redis.url, QUEUE_URL: database.platformUrl } : {}) };
    one = await world({ database, env });
    two = await world({ database, env });
  }, 60_000);
  afterAll(async () => {
    await one?.close();
    await two?.close();
    await redis?.stop();
  });

  it('[002-15] share one limit', async () => {
    const ip = newAddress();
    let passed = 0;
    for (let i = 0; i < 110; i++) if ((await plans(ip, i % 2 ? one : two)).status === 200) passed += 1;
    expect(passed).toBeLessThanOrEqual(101); // it takes more than nine seconds on a slow machine, and then one more fits
    expect(passed).toBeGreaterThanOrEqual(94);
  });

  if (kind === 'redis')
    it('[002-15] go on with a part of it each while Redis is gone, and are never open', async () => {
      for (const at of [one, two]) await plans(newAddress(), at).expect(200);
      await leased();
      await redis?.kill();
      const ip = newAddress();
      const { passed } = await until429(() => plans(ip, one), 110);
      expect(passed).toBeGreaterThanOrEqual(30);
      expect(passed).toBeLessThanOrEqual(51);
    });
});
