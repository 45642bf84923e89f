import pg from 'pg';
import { RouteTable, type Route } from '../../libs/platform/auth/index.js';
import { bodyClassOf } from '../../libs/platform/http/body.js';
import { listSpecOf } from '../../libs/platform/http/list.js';
import { openApiDocument } from '../../libs/platform/openapi/index.js';
import { Fuzz, type Schema } from '../support/fuzz.js';
import type { StaffClient } from '../support/test-staff.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { CRON_KEY, world, type World } from '../support/world.js';
import { Wire, type Sent } from '../isolation/fixtures/wire.js';

/** Input that nobody means, for every operation: made of its schema and of what is not in it. An answer may refuse it and may not break. */
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000);
const EACH = 200;
/** All of it, however slow the machine: an operation gets its share, and a few requests in any case. */
const BUDGET_MS = 18_000;
const AT_LEAST = 4;
const LANES = 4;

jest.setTimeout(120_000);
let w: World;
let wire: Wire;
let acme: TestTenant;
let staff: StaffClient;
let fuzz: Fuzz;
let schemas: Readonly<Record<string, Schema>>;
let database: pg.Client;
let person: TestUser | null = null;

beforeAll(async () => {
  w = await world();
  wire = await Wire.open(w);
  acme = await w.tenant({ stores: ['NORTH'] });
  staff = await w.staff();
  database = new pg.Client({ connectionString: w.database.superUrl });
  await database.connect();
  const owner = await acme.user();
  const { body: item } = await owner.post('/products', { name: 'Tea', sku: 'tea', price_minor: 1 }).expect(201);
  const { body: role } = await owner.post('/roles', { name: 'Own', permissions: ['inventory:read'] }).expect(201);
  const document = openApiDocument(w.app.get(RouteTable).routes, { title: 'fuzz', version: '0' });
  schemas = (document['components'] as { schemas: Record<string, Schema> }).schemas;
  fuzz = new Fuzz(SEED, schemas, [
    acme.tenant_id,
    owner.user_id,
    owner.session_id,
    item.product_id,
    item.variants[0].variant_id,
    role.role_id,
    ...Object.values(acme.stores),
  ]);
}, 60_000);
afterAll(async () => {
  wire?.close();
  await database?.end();
});

async function credentialFor(route: Route): Promise<Pick<Sent, 'token' | 'headers'>> {
  switch (route.access.kind) {
    case 'platform':
      return { token: staff.token };
    case 'machine':
      return { headers: { 'x-cron-key': CRON_KEY } };
    default:
      // A new one where an operation may end the session or the membership.
      if (/^\/(auth|me)\b/.test(route.path) && route.mutating) return { token: (await acme.user()).token };
      return { token: (person ??= await acme.user()).token };
  }
}

function requestFor(route: Route): Omit<Sent, 'token' | 'headers'> {
  const path = route.path.replace(/:([A-Za-z_]+)/g, (_, name: string) =>
    encodeURIComponent((name === 'tenant_id' ? acme.tenant_id : fuzz.id()) || 'x'),
  );
  const filters = Object.keys(listSpecOf(route.handler)?.filters ?? {});
  const names = filters.length ? [...filters, 'limit', 'cursor', 'topics', 'nope'] : ['topics', 'x'];
  const query = new URLSearchParams(
    fuzz.chance(0.8) && !route.mutating ? [[fuzz.pick(names), String(fuzz.value({ type: 'string', maxLength: 40 }))]] : [],
  ).toString();
  const dto = bodyClassOf(route.controller, route.handler_name);
  const schema = dto ? (schemas[dto.name] ?? {}) : null;
  return {
    method: route.method,
    path: query ? `${path}?${query}` : path,
    ...(schema ? { body: fuzz.value(schema) } : route.mutating ? { body: fuzz.value({ type: 'object' }) } : {}),
  };
}

const ODD_HEADERS = [
  { 'if-match': '"1"' },
  { 'if-match': '*' },
  { 'if-match': '"99999999999999999999"' },
  { 'idempotency-key': 'fuzz-0123456789abcdef' },
  { 'x-client': 'web' },
  { cookie: 'tenantry_refresh=x; a' },
  { origin: 'null' },
  { 'if-none-match': 'W/"x", *' },
  { accept: 'image/png' },
  { 'accept-encoding': 'br;q=x' },
] as const;

it('[002-18] answers no random input of any operation with a fault of ours', async () => {
  const { routes } = w.app.get(RouteTable);
  const share = BUDGET_MS / routes.length;
  const faults: string[] = [];
  const sent = new Map<string, number>();
  for (const route of routes) {
    await database.query('delete from throttle'); // else most of these would only find the limit of calls
    const credential = await credentialFor(route);
    const until = performance.now() + share;
    let count = 0;
    const lane = async (): Promise<void> => {
      while (count < EACH && (count < AT_LEAST || performance.now() < until)) {
        count += 1;
        const headers = fuzz.chance(0.2) ? fuzz.pick(ODD_HEADERS) : {};
        const request = { ...requestFor(route), ...credential, headers: { ...credential.headers, ...headers } };
        const got = await wire.send(request);
        if (got.status >= 500)
          faults.push(`${route.id} → ${got.status} ${got.code}: ${request.path} ${JSON.stringify(request.body)?.slice(0, 300)}`);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    sent.set(route.id, count);
  }
  expect({ seed: SEED, faults: faults.slice(0, 12) }).toEqual({ seed: SEED, faults: [] });
  expect(Math.min(...sent.values())).toBeGreaterThanOrEqual(AT_LEAST);
  expect({ seed: SEED, undeclared: [...wire.undeclared].sort() }).toEqual({ seed: SEED, undeclared: [] });
});
