import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { ERRORS, type ErrorCode } from '../../libs/contracts/errors.js';
import { RouteTable } from '../../libs/platform/auth/index.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { listSpecOf } from '../../libs/platform/http/list.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/migrate.js';
import { rawGet, rawHttp } from '../support/raw-http.js';
import type { StaffClient } from '../support/test-staff.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

/** What HTTP itself promises, whatever the module: bodies, paths, headers, lists, repeated requests, health. */
jest.setTimeout(30_000);
let w: World;
let acme: TestTenant;
let owner: TestUser;
let staff: StaffClient;
let port: number;
let database: pg.Client;

beforeAll(async () => {
  w = await world();
  await w.app.listen(0, '127.0.0.1');
  port = (w.app.getHttpServer().address() as AddressInfo).port;
  acme = await w.tenant();
  owner = await acme.user();
  staff = await w.staff();
  database = new pg.Client({ connectionString: w.database.superUrl });
  await database.connect();
}, 60_000);
afterAll(() => database?.end());

let n = 0;
const product = (over: object = {}) => ({ name: 'Tea', sku: `SKU-${++n}-${newId().slice(-6)}`, price_minor: 450, ...over });
const withToken = (method: 'get' | 'post' | 'patch' | 'put' | 'delete', path: string) =>
  w.request()[method](path).set('host', 'localhost').set('authorization', `Bearer ${owner.token}`);
const text = (path: string, body: string, type = 'application/json') => withToken('post', path).set('content-type', type).send(body);
const productsNamed = async (name: string): Promise<number> => {
  const { rows } = await database.query<{ n: number }>('select count(*)::int as n from products where tenant_id = $1 and name = $2', [
    acme.tenant_id,
    name,
  ]);
  return rows[0]?.n ?? 0;
};
const isProblem = (body: Record<string, unknown>, code: ErrorCode): void => {
  expect(body).toMatchObject({ type: `urn:tenantry:problem:${code}`, title: ERRORS[code].sentence, status: ERRORS[code].status, code });
};

describe('bodies', () => {
  it('[002-18] [002-19] names each field that does not exist or has another type, by JSON pointer and without its value', async () => {
    const { body } = await owner
      .post('/products', product({ price_minor: 'free-canary', colour: 'red-canary', track_stock: 1 }))
      .expect(400);
    isProblem(body, 'validation_failed');
    const errors = body.errors as { field: string; code: string; message: string }[];
    expect(errors.map(({ field, code }) => `${field} ${code}`)).toEqual(
      expect.arrayContaining(['/colour unknown_field', '/price_minor is_int', '/track_stock is_boolean']),
    );
    expect(JSON.stringify(body)).not.toContain('canary');
  });

  it('[002-19] points into nested values', async () => {
    const { body } = await staff
      .post('/platform/tenants', { name: 'X', subdomain: 'x', owner: { email: 'nobody', role: 'admin' } })
      .expect(400);
    const fields = (body.errors as { field: string }[]).map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(['/owner/email', '/owner/role']));
  });

  it.each([
    ['nothing', ''],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['a number', '1'],
    ['null', 'null'],
    ['true', 'true'],
  ])('refuses %s where an object is expected', async (_, body) => {
    isProblem((await text('/api/v1/products', body).expect(400)).body, 'validation_failed');
  });

  it.each([
    ['half an object', '{'],
    ['a trailing comma', '{"a":1,}'],
    ['single quotes', "{'a':1}"],
    ['something behind it', '{"a":1}x'],
    ['NaN', '{"a":NaN}'],
    ['a byte order mark', '\uFEFF{}'],
    ['a key that occurs twice', '{"name":"a","name":"b"}'],
    ['the same key, escaped', '{"name":"a","n\\u0061me":"b"}'],
    ['__proto__', '{"__proto__":{"admin":true}}'],
    ['a nested __proto__', '{"name":{"__proto__":{}}}'],
    ['constructor', '{"constructor":{"prototype":{}}}'],
    ['nesting deeper than 20', `{"name":${'['.repeat(30)}${']'.repeat(30)}}`],
  ])('refuses %s as malformed', async (_, body) => {
    isProblem((await text('/api/v1/products', body).expect(400)).body, 'malformed_json');
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('takes 100 kB and refuses more, announced or not', async () => {
    const padded = (size: number): string => {
      const json = JSON.stringify(product({ description: '' }));
      return json + ' '.repeat(size - json.length);
    };
    await text('/api/v1/products', padded(100_000)).expect(201);
    isProblem((await text('/api/v1/products', padded(100_001)).expect(413)).body, 'body_too_large');
    const chunk = 'x'.repeat(60_000);
    const hex = chunk.length.toString(16);
    const head = `POST /api/v1/products HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${owner.token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const answer = await rawHttp(port, `${head}${hex}\r\n${chunk}\r\n${hex}\r\n${chunk}\r\n0\r\n\r\n`);
    expect(answer.status).toBe(413);
    isProblem(JSON.parse(answer.body) as Record<string, unknown>, 'body_too_large');
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/jsonx',
    'garbage',
  ])('refuses a body of type %s', async (type) => {
    isProblem((await text('/api/v1/products', '{}', type).expect(415)).body, 'unsupported_media_type');
  });

  it('takes application/json with a charset', async () => {
    await text('/api/v1/products', JSON.stringify(product()), 'application/json; charset=utf-8').expect(201);
  });

  it.each([
    ['NUL', 'a\u0000b'],
    ['half a surrogate pair', 'a\ud800b'],
    ['the other half', '\udc00'],
  ])('refuses %s in a text: no table and no log can hold it', async (_, name) => {
    isProblem((await text('/api/v1/products', JSON.stringify(product({ name }))).expect(400)).body, 'malformed_json');
    isProblem((await owner.put('/me/preferences', { note: [{ deep: name }] }).expect(400)).body, 'malformed_json');
    isProblem((await owner.put('/me/preferences', { [`key ${name}`]: 1 }).expect(400)).body, 'malformed_json');
  });

  it('keeps any other text as it came, four-byte characters and right-to-left too', async () => {
    const name = '茶 🫖 شاي \u202e x \u0301';
    const { body } = await owner.post('/products', product({ name })).expect(201);
    expect((await owner.get(`/products/${body.product_id}`).expect(200)).body.name).toBe(name);
  });

  it('refuses bytes that are no UTF-8', async () => {
    const json = Buffer.concat([
      Buffer.from('{"name":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from(`","sku":"u${newId()}","price_minor":1}`),
    ]);
    const head = `POST /api/v1/products HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${owner.token}\r\nContent-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n`;
    const answer = await rawHttp(port, Buffer.concat([Buffer.from(head), json]));
    expect(answer.status).toBe(400);
    isProblem(JSON.parse(answer.body) as Record<string, unknown>, 'malformed_json');
  });
});

describe('paths', () => {
  it.each([
    '1',
    'abc',
    '00000000-0000-0000-0000-00000000000',
    "'; drop table products; --",
    '..%2f..%2fetc%2fpasswd',
    '%00',
    '%c0%ae',
    '{product_id}',
    'x'.repeat(180),
  ])('answers 404 to %s where an id stands, before any query', async (id) => {
    const { body } = await owner.get(`/products/${id.includes('%') ? id : encodeURIComponent(id)}`).expect(404);
    isProblem(body, 'not_found');
  });

  it('takes an id in either case', async () => {
    const { body } = await owner.post('/products', product()).expect(201);
    await owner.get(`/products/${body.product_id.toUpperCase()}`).expect(200);
  });

  it('answers 400 to an id of another form in body and query, with the place', async () => {
    const inBody = await owner.post(`/tenants/${acme.tenant_id}/users`, { user_id: '1', role: 'viewer' }).expect(400);
    expect(inBody.body.errors).toEqual([expect.objectContaining({ field: '/user_id' })]);
    const inQuery = await owner.get('/admin/members?store_id=1').expect(400);
    expect(inQuery.body.errors).toEqual([expect.objectContaining({ field: '/query/store_id' })]);
  });

  it.each(['/api/v1/products/%E0%A4%A', '/api/v1/products/%', '/api/v1/%zz', '/%ff%fe'])(
    'answers bad percent-encoding %s with a problem',
    async (path) => {
      const answer = await rawHttp(port, rawGet(path, `Authorization: Bearer ${owner.token}`));
      expect([400, 404]).toContain(answer.status);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(JSON.parse(answer.body)).toHaveProperty('request_id', answer.headers['x-request-id']);
    },
  );

  it.each([
    '/api/v1/nope',
    '/api/nope',
    '/api/v2/products',
    '/api/v1',
    '/api',
    '/nope.php',
    '/assets/nope.js',
    '/api/v1/products/x/y/z',
    '/.env',
    '/.git/config',
  ])('answers 404 with a problem to %s', async (path) => {
    const answer = await w.request().get(path).set('host', 'localhost').set('accept', 'application/json').expect(404);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    isProblem(answer.body, 'not_found');
  });

  it.each([
    ['delete', '/api/v1/products', 'POST'],
    ['put', '/api/v1/tenant', 'GET, PATCH'],
    ['post', '/api/v1/roles/0190b2f0-0000-7000-8000-000000000000', 'DELETE, GET, PATCH'],
    ['patch', '/api/roles', 'GET, POST'],
  ] as const)('answers 405 to %s %s and says what exists', async (method, path, allow) => {
    const answer = await withToken(method, path).expect(405);
    expect(answer.headers['allow']).toBe(allow);
    isProblem(answer.body, 'method_not_allowed');
  });

  it('answers /api/x as /api/v1/x, with and without a slash at the end', async () => {
    const bodies = await Promise.all(
      ['/api/v1/roles?limit=3', '/api/roles?limit=3', '/api/v1/roles/?limit=3'].map(
        async (path) => (await withToken('get', path).expect(200)).body as unknown,
      ),
    );
    expect(bodies[1]).toEqual(bodies[0]);
    expect(bodies[2]).toEqual(bodies[0]);
  });

  it('answers an address that is too long, and headers that are, with a problem', async () => {
    const long = await rawHttp(port, rawGet(`/api/v1/inventory?q=${'x'.repeat(20_000)}`));
    expect([400, 414, 431]).toContain(long.status);
    const headers = await rawHttp(port, rawGet('/api/v1/inventory', `X-Filler: ${'x'.repeat(20_000)}`));
    expect(headers.status).toBe(431);
    expect(headers.headers['content-type']).toContain('application/problem+json');
  });
});

describe('queries', () => {
  it.each([
    ['/inventory?nope=1', '/query/nope'],
    ['/inventory?limit=0', '/query/limit'],
    ['/inventory?limit=101', '/query/limit'],
    ['/inventory?limit=-1', '/query/limit'],
    ['/inventory?limit=1e2', '/query/limit'],
    ['/inventory?limit=10&limit=20', '/query/limit'],
    ['/inventory?status=gone', '/query/status'],
    [`/inventory?q=${'x'.repeat(65)}`, '/query/q'],
    ['/inventory?q=%00', '/query/q'],
    ['/inventory?status[]=active', '/query/status[]'],
    ['/audit-logs?from=yesterday', '/query/from'],
    ['/audit-logs?from=2026-13-01', '/query/from'],
    ['/inventory?__proto__=1', '/query/__proto__'],
    ['/inventory?constructor=1', '/query/constructor'],
  ])('refuses %s and names it', async (path, field) => {
    const { body } = await owner.get(path).expect(400);
    isProblem(body, 'validation_failed');
    expect(body.errors).toEqual([expect.objectContaining({ field })]);
  });

  it('reads signs of LIKE as themselves', async () => {
    const name = `100% pure_${newId().slice(-6)}`;
    await owner.post('/products', product({ name, sku: `P%_${newId().slice(-6)}` })).expect(201);
    const found = async (q: string): Promise<number> =>
      ((await owner.get(`/inventory?q=${encodeURIComponent(q)}`).expect(200)).body as { data: object[] }).data.length;
    expect(await found('100% pure_')).toBe(1);
    expect(await found('100_ pure%')).toBe(0);
    expect(await found('\\')).toBe(0);
  });

  it.each([
    "' or '1'='1",
    "'; drop table products; --",
    '1 union select version()',
    '") or 1=1 --',
    '$1',
    '{{7*7}}',
    '<script>alert(1)</script>',
  ])('[004-44] finds nothing for %s, and breaks nothing', async (probe) => {
    for (const path of [
      '/inventory?q=',
      '/roles?q=',
      '/stores?q=',
      '/admin/members?q=',
      '/audit-logs?action=',
      '/audit-logs?target_id=',
      '/admin/members?role=',
    ]) {
      const { body } = await owner.get(path + encodeURIComponent(probe)).expect(200);
      expect(body.data).toEqual([]);
    }
    await owner.post('/products', product({ name: probe })).expect(201);
  });
});

describe('X-Tenant-Id', () => {
  const FORMS: readonly (readonly [string, string])[] = [
    ['an empty value', 'X-Tenant-Id:'],
    ['a comma list', 'X-Tenant-Id: acme,other'],
    ['two headers', 'X-Tenant-Id: acme\r\nX-Tenant-Id: acme'],
    ['a space', 'X-Tenant-Id: acme other'],
    ['a tab', 'X-Tenant-Id: acme\tother'],
    ['capitals', 'X-Tenant-Id: ACME'],
    ['a path', 'X-Tenant-Id: ../acme'],
    ['a statement', "X-Tenant-Id: '; drop table tenants; --"],
    ['an encoded NUL', 'X-Tenant-Id: acme%00'],
    ['letters beyond ASCII', 'X-Tenant-Id: caf\u00e9'],
    ['64 letters', `X-Tenant-Id: ${'a'.repeat(64)}`],
    ['null', 'X-Tenant-Id: null,'],
  ];
  it.each(FORMS)('refuses %s', async (_, lines) => {
    const answer = await rawHttp(port, Buffer.from(rawGet('/api/v1/tenant', `Authorization: Bearer ${owner.token}`, lines), 'latin1'));
    expect(answer.status).toBe(400);
    isProblem(JSON.parse(answer.body) as Record<string, unknown>, 'tenant_hint_invalid');
  });

  it.each(['\u0000', '\u0001', '\u007f', '\u001b[2J'])('refuses the control character %j', async (control) => {
    const answer = await rawHttp(
      port,
      Buffer.from(rawGet('/api/v1/tenant', `Authorization: Bearer ${owner.token}`, `X-Tenant-Id: acme${control}`), 'latin1'),
    );
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  it('takes the id in either case and the slug of the tenant of the credential', async () => {
    for (const hint of [acme.tenant_id, acme.tenant_id.toUpperCase(), acme.slug])
      await withToken('get', '/api/v1/tenant').set('x-tenant-id', hint).expect(200);
  });

  it('is never a credential', async () => {
    const { body } = await w.request().get('/api/v1/tenant').set('host', 'localhost').set('x-tenant-id', acme.tenant_id).expect(401);
    isProblem(body, 'unauthenticated');
  });
});

describe('headers', () => {
  it('[002-58] makes the request id itself: one that a client sends is not taken over', async () => {
    const answer = await withToken('get', '/api/v1/tenant').set('x-request-id', 'client-made-request-id').expect(200);
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    const line = w.logs.parsed().find((entry) => entry['request_id'] === answer.headers['x-request-id'] && entry['msg'] === 'request');
    expect(line).toMatchObject({ method: 'GET', route: '/api/v1/tenant', status: 200, tenant_id: acme.tenant_id, user_id: owner.user_id });
    expect(w.logs.lines.filter((entry) => entry.includes('client-made-request-id'))).toEqual([]);
  });

  it('[002-23] sets the same security headers on every answer', async () => {
    const answers = await Promise.all([
      withToken('get', '/api/v1/tenant').expect(200),
      withToken('get', '/api/v1/nope').expect(404),
      withToken('put', '/api/v1/tenant').expect(405),
      w.request().get('/api/v1/tenant').set('host', 'localhost').expect(401),
      text('/api/v1/products', ' '.repeat(100_001)).expect(413),
      text('/api/v1/products', '{').expect(400),
      w.request().get('/health').set('host', 'localhost').expect(200),
    ]);
    const expected = {
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=()'),
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-app-build': 'test',
    };
    for (const { headers } of answers) {
      expect(headers).toMatchObject(expected);
      expect(headers['x-powered-by']).toBeUndefined();
      expect(headers['server']).toBeUndefined();
    }
  });

  it('lets nothing of the API be stored', async () => {
    for (const answer of [
      await withToken('get', '/api/v1/inventory'),
      await withToken('get', '/api/roles'),
      await withToken('get', '/api/v1/nope'),
    ])
      expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('[002-45] compresses from 257 bytes on, and only for whoever takes gzip', async () => {
    const whole = await withToken('get', '/api/v1/roles').set('accept-encoding', 'gzip').buffer(true).parse(binary).expect(200);
    expect(whole.headers['content-encoding']).toBe('gzip');
    expect(whole.headers['vary']).toContain('accept-encoding');
    const plain = await withToken('get', '/api/v1/roles').set('accept-encoding', 'identity').expect(200);
    expect(plain.headers['content-encoding']).toBeUndefined();
    const small = await w.request().get('/healthz').set('host', 'localhost').set('accept-encoding', 'gzip').expect(200);
    expect(small.headers['content-encoding']).toBeUndefined();
  });

  it('[002-22] allows no origin that is not configured', async () => {
    const answer = await withToken('get', '/api/v1/tenant').set('origin', 'https://evil.example').expect(200);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('Idempotency-Key', () => {
  const keyed = (key: string, body: object, user: TestUser = owner) => user.post('/products', body).set('idempotency-key', key);
  const newKey = (): string => `key-${newId()}`;

  it('answers the second call with the first answer, in any order of fields, and does the work once', async () => {
    const key = newKey();
    const body = product({ name: `Once ${key}` });
    const first = await keyed(key, body).expect(201);
    const second = await keyed(key, Object.fromEntries(Object.entries(body).reverse())).expect(201);
    expect(second.body).toEqual(first.body);
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(await productsNamed(body.name)).toBe(1);
  });

  it('does the work once for ten calls at a time', async () => {
    const key = newKey();
    const body = product({ name: `Parallel ${key}` });
    const answers = await Promise.all(Array.from({ length: 10 }, () => keyed(key, body)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map((answer) => (answer.body as { product_id: string }).product_id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(9);
    expect(await productsNamed(body.name)).toBe(1);
  });

  it('refuses another body or another route under the same key', async () => {
    const key = newKey();
    await keyed(key, product()).expect(201);
    isProblem((await keyed(key, product()).expect(409)).body, 'idempotency_conflict');
    isProblem(
      (
        await owner
          .post('/roles', { name: `R ${key}`, permissions: [] })
          .set('idempotency-key', key)
          .expect(409)
      ).body,
      'idempotency_conflict',
    );
  });

  it('belongs to whoever sent it', async () => {
    const key = newKey();
    const other = await acme.user();
    const first = await keyed(key, product()).expect(201);
    const second = await keyed(key, product(), other).expect(201);
    expect(second.headers['idempotency-replayed']).toBeUndefined();
    expect((second.body as { product_id: string }).product_id).not.toBe((first.body as { product_id: string }).product_id);
  });

  it('keeps nothing of a call that was refused', async () => {
    const key = newKey();
    const taken = product();
    await owner.post('/products', taken).expect(201);
    await keyed(key, { ...taken }).expect(409);
    await keyed(key, product({ price_minor: -1 })).expect(400);
    await keyed(key, product()).expect(201);
  });

  it('stores the answer sealed: the database alone cannot read it, and does not know the key', async () => {
    const key = newKey();
    const name = `Sealed-canary-${newId()}`;
    await keyed(key, product({ name })).expect(201);
    const { rows } = await database.query<{ row: string; sealed: Buffer }>(
      'select t::text as row, response_sealed as sealed from idempotency_keys t order by created_at desc limit 1',
    );
    const [stored] = rows;
    expect(stored?.sealed.length).toBeGreaterThan(50);
    for (const secret of [name, key]) {
      expect(stored?.row).not.toContain(secret);
      expect(stored?.sealed.toString('latin1')).not.toContain(secret);
      expect(Buffer.from(stored?.sealed.toString() ?? '', 'base64').toString('latin1')).not.toContain(secret);
    }
  });

  it.each(['short', 'x'.repeat(129), 'has spaces in the middle', 'ünïcödé-key-of-length', 'semi;colon;key;long'])(
    'refuses the key %s',
    async (key) => {
      const answer = await rawHttp(
        port,
        Buffer.from(
          `POST /api/v1/products HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${owner.token}\r\nIdempotency-Key: ${key}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
          'latin1',
        ),
      );
      expect(answer.status).toBe(400);
      isProblem(JSON.parse(answer.body) as Record<string, unknown>, 'idempotency_key_invalid');
    },
  );

  it('makes one tenant for a call of staff that is repeated, also in parallel', async () => {
    const key = newKey();
    const body = { name: `Idem ${key}`, subdomain: `idem-${newId().slice(-10)}`, template_code: 'business' };
    const send = () => staff.post('/platform/tenants', body).set('idempotency-key', key);
    const answers = await Promise.all(Array.from({ length: 5 }, send));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect((await send().expect(201)).headers['idempotency-replayed']).toBe('true');
    const { rows } = await database.query('select 1 from provisioning_jobs where tenant_id = $1', [
      answers.map((answer) => (answer.body as { tenant_id: string }).tenant_id)[0],
    ]);
    expect(rows).toHaveLength(1);
    isProblem(
      (
        await staff
          .post('/platform/tenants', { ...body, name: 'Other' })
          .set('idempotency-key', key)
          .expect(409)
      ).body,
      'idempotency_conflict',
    );
    const other = await w.staff();
    isProblem((await other.post('/platform/tenants', body).set('idempotency-key', key).expect(409)).body, 'slug_taken');
    const stored = await database.query<{ row: string }>('select t::text as row from platform_idempotency_keys t');
    expect(stored.rows.filter(({ row }) => row.includes(body.subdomain) || row.includes(body.name) || row.includes(key))).toEqual([]);
  });
});

describe('lists', () => {
  let shelf: TestTenant;
  let keeper: TestUser;
  beforeAll(async () => {
    shelf = await w.tenant();
    keeper = await shelf.user();
    for (let i = 0; i < 30; i++) await keeper.post('/products', product({ name: `Shelf ${i}` })).expect(201);
  });
  const page = async (path: string, user = keeper) =>
    (await user.get(path).expect(200)).body as { data: { variant_id: string; product_id: string }[]; next_cursor: string | null };

  it('[002-41] give 25 rows when not asked, 100 at most', async () => {
    expect((await page('/inventory')).data).toHaveLength(25);
    expect((await page('/inventory?limit=100')).data).toHaveLength(30);
    const lists = w.app
      .get(RouteTable)
      .routes.filter(({ handler, access, path }) => listSpecOf(handler) && access.kind === 'requires' && !path.includes('/:'));
    expect(lists.length).toBeGreaterThan(6);
    for (const { path } of lists) for (const limit of ['0', '101']) await keeper.get(`${path}?limit=${limit}`).expect(400);
  });

  it('show every old row once while rows come and go', async () => {
    const before = (await page('/inventory?limit=100')).data;
    const seen: string[] = [];
    let cursor: string | null = null;
    for (let round = 0; ; round++) {
      const { data, next_cursor } = await page(`/inventory?limit=7${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      seen.push(...data.map((row) => row.variant_id));
      await keeper.post('/products', product({ name: 'Newcomer' })).expect(201);
      const gone = before[round * 7 + 1];
      if (gone)
        await database.query(
          'with gone as (delete from variants where tenant_id = $1 and product_id = $2) delete from products where tenant_id = $1 and product_id = $2',
          [shelf.tenant_id, gone.product_id],
        );
      if (!next_cursor) break;
      cursor = next_cursor;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(before.map((row) => row.variant_id).filter((id) => !seen.includes(id))).toEqual([]);
  });

  it('refuse a cursor that was changed, or belongs to another list, filter or tenant', async () => {
    const { next_cursor } = await page('/inventory?limit=5');
    const cursor = next_cursor ?? '';
    const [version, payload = '', mac = ''] = cursor.split('.');
    const forged = Buffer.from(JSON.stringify([newId()])).toString('base64url');
    const changed = [
      'x',
      'c1..',
      `${cursor}.`,
      `c2.${payload}.${mac}`,
      `${version}.${forged}.${mac}`,
      `${version}.${payload}.`,
      `${version}.${payload}.${mac.slice(1)}`,
      `${version}.${payload}.${flip(mac)}`,
      `${version}.${flip(payload)}.${mac}`,
      '%00',
      '../../x',
      `'; drop table products; --`,
    ];
    for (const bad of changed)
      isProblem((await keeper.get(`/inventory?limit=5&cursor=${encodeURIComponent(bad)}`).expect(400)).body, 'cursor_invalid');
    for (const path of ['/inventory?status=active', '/inventory?q=shelf', '/roles', '/stores'])
      isProblem(
        (await keeper.get(`${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`).expect(400)).body,
        'cursor_invalid',
      );
    isProblem((await owner.get(`/inventory?limit=5&cursor=${encodeURIComponent(cursor)}`).expect(400)).body, 'cursor_invalid');
    await keeper.get(`/inventory?limit=9&cursor=${encodeURIComponent(cursor)}`).expect(200);
  });
});

describe('routes that are not of the API', () => {
  it.each(['/healthz', '/api/v1/health', '/api/health'])('[001-16] %s says that the process lives', async (path) => {
    const { body } = await w.request().get(path).set('host', 'localhost').expect(200);
    expect(body).toEqual({ status: 'ok' });
  });

  it('[003-06] /healthz and /api/v1/health answer 200 without a database; what needs one says so', async () => {
    const alone = await world({ own_database: `alone_${process.pid}` });
    const get = (path: string) => alone.request().get(path).set('host', 'localhost');
    await withClient(w.database.superUrl, async (client) => {
      await client.query(`alter database ${client.escapeIdentifier(alone.database.name)} allow_connections false`);
      await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [alone.database.name]);
    });
    expect((await get('/readyz').expect(503)).body).toEqual({ status: 'unavailable', reasons: ['database_down'] });
    for (const path of ['/healthz', '/api/v1/health']) expect((await get(path).expect(200)).body).toEqual({ status: 'ok' });
    await alone.close();
  });

  it.each(['/readyz', '/api/v1/health/ready', '/api/health/ready'])('[003-07] %s says that it may have traffic', async (path) => {
    const { body } = await w.request().get(path).set('host', 'localhost').expect(200);
    expect(body).toEqual({ status: 'ready', reasons: [] });
  });

  it('[002-55] [004-54] /health has the fields of both seeds and no others', async () => {
    // A check has a second: on a machine that is busy with other tests one may be late, and the answer is kept for two.
    const body = await eventually(async () => {
      const answer = await w.request().get('/health').set('host', 'localhost').expect(200);
      expect(answer.body.status).toBe('ok');
      return answer.body as object;
    }, 15_000);
    expect(body).toEqual({
      status: 'ok',
      app: 'tenantry',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      timestamp: expect.stringMatching(/Z$/),
      uptime: expect.any(Number),
      checks: { database: 'healthy', redis: 'disabled', storage: 'healthy', queue: 'healthy', clamav: 'disabled', smtp: 'disabled' },
      realtime: { websocket: 0, feedbackStream: false, forecastWorker: false, modelsLoaded: 0 },
    });
  });

  it('tells version, commit and schema at /version', async () => {
    const { body } = await w.request().get('/version').set('host', 'localhost').expect(200);
    expect(body).toEqual({ version: expect.any(String), commit: 'test', schema: expect.stringMatching(/\d{13}$/) });
  });

  it('[004-55] has no /metrics on the public port', async () => {
    for (const path of ['/metrics', '/api/v1/metrics', '/api/metrics']) await w.request().get(path).set('host', 'localhost').expect(404);
  });
});

describe('GET /client-config', () => {
  const config = (host = 'localhost') => w.request().get('/api/v1/client-config').set('host', host);

  it('says what the SPA needs before anybody signs in, and names no tenant', async () => {
    const { body, headers } = await config().expect(200);
    expect(body).toMatchObject({
      product_name: 'Tenantry',
      build: 'test',
      host_kind: 'any',
      root_domain: null,
      tenant: null,
      client: 'web',
      demo: null,
      invitation_ttl_hours: 48,
    });
    expect(JSON.stringify(body)).not.toContain(acme.slug);
    expect(headers['cache-control']).toBe('no-cache');
  });

  it('is not sent again to whoever has it', async () => {
    const { headers } = await config().expect(200);
    const again = await config().set('if-none-match', String(headers['etag'])).expect(304);
    expect(again.text).toBe('');
  });

  it('knows the native app and the kind of host', async () => {
    expect((await config().set('x-client', 'native').expect(200)).body.client).toBe('native');
    expect((await config('api.example.org').expect(200)).body.host_kind).toBe('app');
  });
});

describe('POST /csp-reports', () => {
  const report = (body: unknown, type = 'application/csp-report') =>
    w.request().post('/api/v1/csp-reports').set('host', 'localhost').set('content-type', type).send(JSON.stringify(body));

  it('takes both forms in which browsers report, and logs directive and origin without path and query', async () => {
    const lines = w.logs.lines.length;
    await report({
      'csp-report': { 'effective-directive': 'script-src', 'blocked-uri': 'https://evil.example/path-canary?query-canary=1' },
    }).expect(204);
    await report(
      [{ type: 'csp-violation', body: { effectiveDirective: 'img-src', blockedURL: 'https://cdn.example/x' } }],
      'application/reports+json',
    ).expect(204);
    const logged = w.logs.lines.slice(lines).filter((line) => line.includes('csp_violation'));
    expect(logged.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ channel: 'security', directive: 'script-src', blocked: 'https://evil.example' }),
      expect.objectContaining({ channel: 'security', directive: 'img-src', blocked: 'https://cdn.example' }),
    ]);
    expect(logged.join()).not.toContain('canary');
  });

  it('refuses what is no report, is too long, or comes too often', async () => {
    await w
      .request()
      .post('/api/v1/csp-reports')
      .set('host', 'localhost')
      .set('content-type', 'application/csp-report')
      .send('{')
      .expect(400);
    await report({ 'csp-report': { filler: 'x'.repeat(17_000) } }).expect(413);
    await report({}).expect(204);
    const answers = await Promise.all(Array.from({ length: 25 }, () => report({})));
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(3);
    expect(answers.find(({ status }) => status === 429)?.headers['retry-after']).toMatch(/^\d+$/);
  });
});

const flip = (base64: string): string => (base64.startsWith('A') ? 'B' : 'A') + base64.slice(1);

/** The bytes as they came: superagent would unpack them. */
function binary(response: unknown, done: (error: Error | null, body: unknown) => void): void {
  const stream = response as NodeJS.ReadableStream; // superagent hands over Node's own message
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => {
    const bytes = Buffer.concat(chunks);
    done(null, JSON.parse(bytes[0] === 0x1f ? gunzipSync(bytes).toString() : bytes.toString()));
  });
}
