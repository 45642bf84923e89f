import { RouteTable, type Route } from '../../libs/platform/auth/index.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { LIBRARY_ROLES } from '../../libs/contracts/roles.js';
import { rawGet, rawHttp } from '../support/raw-http.js';
import type { StaffClient } from '../support/test-staff.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { CRON_KEY, OPS_KEY, world, type World } from '../support/world.js';

/** What the server says of addresses that name a tenant or a console, before any page is drawn. */
jest.setTimeout(30_000);

let w: World;
let staff: StaffClient;
let meadow: TestTenant;
let admin: TestUser;
beforeAll(async () => {
  w = await world();
  staff = await w.staff();
  meadow = await w.tenant({ template: 'cockpit' });
  admin = await meadow.user({ role: 'admin' });
}, 60_000);

/** The same tenants and people, by a process that was told otherwise. */
const told = (env: Readonly<Record<string, string>>): Promise<World> => world({ database: w.database, env });
const bearer = (token: string) => ['authorization', `Bearer ${token}`] as const;
const sendTo = (here: World, { method, path }: Pick<Route, 'method' | 'path'>) =>
  here
    .request()
    [method.toLowerCase() as 'get'](
      `/api/v1${path.replace(/:[A-Za-z_]+/g, (name) => (name === ':tenant_id' ? meadow.tenant_id : newId()))}`,
    )
    .set('host', 'localhost');

describe('a page whose address names a tenant', () => {
  const HOSTILE = ["'; DROP TABLE tenants; --", '../../etc/passwd', '<script>alert(1)</script>', 'a\u0000b', '%00', '{{7*7}}'];
  const page = async (path: string): Promise<number> => {
    const { port } = (await listening()).address() as { port: number };
    return (await rawHttp(port, rawGet(path, 'Accept: text/html'))).status;
  };
  const listening = async () => {
    const server = w.app.getHttpServer();
    if (!server.listening) await w.app.listen(0, '127.0.0.1');
    return server;
  };
  const warnings = (from: number) =>
    w.logs.parsed().slice(from).filter(({ channel, level }) => channel === 'security' && level === 'warn'); // prettier-ignore

  it.each(HOSTILE)('[001-19] by %j is 404, with a warning in the security log and nothing asked of the database', async (name) => {
    const asked = jest.spyOn(w.runtime.platformDb, 'query');
    const from = w.logs.lines.length;
    for (const path of [`/en/cockpit/${encodeURIComponent(name)}`, `/t/${encodeURIComponent(name)}/team`])
      expect(await page(path)).toBe(404);
    expect(warnings(from).map(({ code }) => code)).toEqual(['not_found', 'not_found']);
    expect(w.logs.parsed().slice(from).filter(({ level }) => level === 'error')).toEqual([]); // prettier-ignore
    expect(w.logs.lines.slice(from).join('')).not.toContain(name);
    expect(asked).not.toHaveBeenCalled();
    asked.mockRestore();
  });

  it('[001-19] by a path that climbs is 404 as it was sent, too', async () => {
    const from = w.logs.lines.length;
    expect(await page('/en/cockpit/../../etc/passwd')).toBe(404);
    expect(warnings(from)).toHaveLength(1);
  });

  it('[001-19] in the API is answered like the name of somebody else: no error, no difference', async () => {
    const from = w.logs.lines.length;
    const answers = await Promise.all([...HOSTILE, 'nobody'].map((name) => admin.get(`/tenants/${encodeURIComponent(name)}`).expect(403)));
    for (const { body } of answers)
      expect({ ...(body as object), request_id: '' }).toEqual({ ...(answers[0]?.body as object), request_id: '' });
    expect(answers[0]?.body.code).toBe('tenant_mismatch');
    expect(w.logs.parsed().slice(from).filter(({ level }) => level === 'error')).toEqual([]); // prettier-ignore
  });
});

it('[001-13] without TENANT_ROUTING_ENABLED the pages of a cockpit are 404; the tenant is reached as before', async () => {
  const off = await told({ TENANT_ROUTING_ENABLED: 'false' });
  const get = (path: string) => off.request().get(path).set('host', 'localhost');
  for (const path of [`/en/cockpit/${meadow.slug}`, `/en/cockpit/${meadow.slug}/admin`])
    await get(path).set('accept', 'text/html').expect(404);
  expect((await get('/api/v1/client-config').expect(200)).body.features).toEqual(['admin_console']);
  const names = [meadow.slug, meadow.tenant_id];
  for (const name of names) {
    await get(`/api/v1/tenants/${name}`).set(...bearer(admin.token)).expect(200); // prettier-ignore
    await get('/api/v1/tenant').set(...bearer(admin.token)).set('x-tenant-id', name).expect(200); // prettier-ignore
  }
  await get('/api/v1/platform/tenants').set(...bearer(staff.token)).expect(200); // prettier-ignore
  await off.close();
});

describe('ADMIN_CONSOLE_ENABLED', () => {
  it('[001-11] when false makes every route of the console 404 to people, and leaves keys and tenants as they are', async () => {
    const { body: made } = await admin.post('/api-keys', { name: 'reader', scopes: ['tenants:read'] }).expect(201);
    const off = await told({ ADMIN_CONSOLE_ENABLED: 'false', BOOTSTRAP_TOKEN: 'bootstrap-token-of-the-tests-0123456789' });
    const { routes } = off.app.get(RouteTable);
    const console_ = routes.filter(({ access, path }) => access.kind === 'platform' || path.startsWith('/platform/'));
    expect(console_.length).toBeGreaterThan(40);
    const bodies = new Map([
      ['/platform/auth/login', { email: staff.email, password: 'Whatever-it-is-1!' }],
      ['/platform/auth/mfa/verify', { challenge: 'x'.repeat(43), code: '123456' }],
      ['/platform/auth/password/forgot', { email: staff.email }],
      ['/platform/auth/password/reset', { token: 'x'.repeat(43), new_password: 'Whatever-it-is-1!' }],
    ]);
    const open: string[] = [];
    for (const route of console_) {
      for (const token of [staff.token, 'bootstrap-token-of-the-tests-0123456789', 'garbage']) {
        const request = sendTo(off, route).set(...bearer(token));
        const { status, body } = await (route.method === 'GET' ? request : request.send(bodies.get(route.path) ?? {}));
        if (status !== 404 || body.code !== 'not_found') open.push(`${route.method} ${route.path}: ${status} ${body.code}`);
      }
    }
    expect(open).toEqual([]);
    for (const path of ['/platform', '/platform/login', `/en/cockpit/${meadow.slug}/admin`])
      await off.request().get(path).set('host', 'localhost').set('accept', 'text/html').expect(404);
    const get = (path: string) => off.request().get(`/api/v1${path}`).set('host', 'localhost');
    expect((await get('/client-config').expect(200)).body.features).toEqual(['tenant_routing']);
    await get('/ops/tenants').set('x-ops-key', OPS_KEY).expect(200);
    await get('/provisioning/worker').set('x-cron-key', CRON_KEY).expect(200);
    await get('/tenant').set('x-api-key', made.api_key.secret).expect(200);
    await get('/roles').set(...bearer(admin.token)).expect(200); // prettier-ignore
    await off.close();
  });
});

describe('the roles of a cockpit', () => {
  /** Every route that asks for what the viewer of the library does not hold. */
  const adminRoutes = (): { route: Route; lacks: string }[] => {
    const held: readonly string[] = LIBRARY_ROLES.viewer.permissions;
    return w.app.get(RouteTable).routes.flatMap((route) => {
      if (route.access.kind !== 'requires') return [];
      const lacks = route.access.permissions.find((permission) => !held.includes(permission));
      return lacks ? [{ route, lacks }] : [];
    });
  };

  it('[001-21] a Viewer is refused every admin route with 403 and the permission that is missing; an Admin is not', async () => {
    const viewer = await meadow.user({ role: 'viewer' });
    const routes = adminRoutes();
    expect(routes.length).toBeGreaterThan(40);
    const findings: string[] = [];
    for (const { route, lacks } of routes) {
      const ask = async (token: string): Promise<{ status: number; code?: string; permission?: string }> => {
        const request = sendTo(w, route).set(...bearer(token));
        const { status, body } = await (route.method === 'GET' ? request : request.send({}));
        return { status, ...(body as object) };
      };
      const got = await ask(viewer.token);
      // A module that is off says so before it speaks of rights.
      if (got.status !== 403 || (got.code === 'permission_denied' ? got.permission !== lacks : got.code !== 'module_disabled'))
        findings.push(`viewer at ${route.method} ${route.path}: ${got.status} ${got.code} ${got.permission}`);
      if (route.method === 'GET' && (await ask(admin.token)).code === 'permission_denied') findings.push(`admin at ${route.path}`);
    }
    expect(findings).toEqual([]);
  });
});
