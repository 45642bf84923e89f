import type { Route } from '../../libs/platform/auth/index.js';
import { RouteTable } from '../../libs/platform/auth/index.js';
import { LIBRARY_ROLES, type LibraryRole } from '../../libs/contracts/roles.js';
import { STAFF_ROLES } from '../../libs/contracts/permissions.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { StreamTopics } from '../../libs/platform/stream/index.js';
import { SessionActivity } from '../../apps/api/src/modules/identity/session-activity.js';
import { TenantTokens } from '../../apps/api/src/modules/identity/token-realms.js';
import { RbacDecisionLog } from '../../apps/api/src/modules/rbac/index.js';
import { TenantChecksums, type Checksums } from '../support/checksums.js';
import type { TestUser } from '../support/test-tenant.js';
import type { StaffClient } from '../support/test-staff.js';
import { CRON_KEY, OPS_KEY, world, type World } from '../support/world.js';
import { plant, withLibraryRole, type Ground } from './fixtures/ground.js';
import { idPlaces, withValueAt, type IdPlace } from './fixtures/id-places.js';
import { TENANT_ROUTES, type Valid } from './fixtures/tenant-routes.js';
import { essence, Wire, type Got, type Sent } from './fixtures/wire.js';

/**
 * Every tenant route against every id it takes, every credential and every role, generated from the route table: a new route is in it,
 * or fails it by name. A is the tenant that must not be seen, B the one that asks.
 */
jest.setTimeout(60_000);

const WORKER_KEY = 'second-name-of-the-cron-key-0123456789';

let w: World;
let wire: Wire;
let a: Ground;
let b: Ground;
let staff: StaffClient;
let checksums: TenantChecksums;
let tenantRoutes: readonly Route[];
let platformRoutes: readonly Route[];

beforeAll(async () => {
  w = await world({
    own_database: `matrix_${process.pid}`,
    env: {
      ROOT_DOMAIN: 'tenantry.test',
      TENANT_SUBDOMAIN_ENABLED: 'true',
      PLATFORM_HOSTS: 'localhost',
      PROVISIONING_WORKER_KEY: WORKER_KEY,
      // Levers that were in the seeds: they change nothing, so all of this file passes with them.
      ALLOW_DEFAULT_TENANT: 'true',
      TENANT_ISOLATION_STRICT: 'false',
    },
  });
  wire = await Wire.open(w);
  w.app.get(StreamTopics, { strict: false }).register('matrix', ({ kind }) => kind === 'tenant'); // one that needs no permission
  a = await plant(w, 'quokka');
  b = await plant(w, 'tapir');
  staff = await w.staff('ops_viewer');
  checksums = await TenantChecksums.open(w.database.superUrl);
  const { routes } = w.app.get(RouteTable);
  tenantRoutes = routes.filter(({ access }) => access.kind === 'requires' || access.kind === 'signed_in');
  platformRoutes = routes.filter(({ access }) => access.kind === 'platform' || access.kind === 'machine');
  await settle();
}, 60_000);
afterAll(async () => {
  wire?.close();
  await checksums?.close();
});

/** What is written off the request path, now. */
async function settle(): Promise<void> {
  await w.app.get(RbacDecisionLog, { strict: false }).flush();
  await w.app.get(SessionActivity, { strict: false }).flush();
}

const fixtureOf = (route: Route) => {
  const fixture = TENANT_ROUTES[route.id];
  if (!fixture) throw new Error(`${route.id} has no fixture`);
  return fixture;
};

const answerOf = (route: Route): number => fixtureOf(route).answer ?? route.answer.status;

function requestOf(route: Route, valid: Valid, token?: string): Sent {
  const path = route.path.replace(/:([A-Za-z_]+)/g, (_, name: string) => {
    const value = valid.path?.[name];
    if (value === undefined) throw new Error(`the fixture of ${route.id} does not say :${name}`);
    return encodeURIComponent(value);
  });
  const query = new URLSearchParams(valid.query ?? {}).toString();
  return {
    method: route.method,
    path: query ? `${path}?${query}` : path,
    ...(token === undefined ? {} : { token }),
    ...(valid.body === undefined ? {} : { body: valid.body }),
  };
}

/** The request with another id in one place. */
function withId(route: Route, valid: Valid, place: IdPlace, id: string): Valid {
  if (place.kind === 'path') return { ...valid, path: { ...valid.path, [place.at]: id } };
  if (place.kind === 'query') return { ...valid, query: { ...valid.query, [place.at]: id } };
  const body = withValueAt(valid.body, place.at, id);
  if (body === null) throw new Error(`the fixture of ${route.id} leaves ${place.at} out of its body`);
  return { ...valid, body };
}

/** What an answer to B says of A: its marker, its slug, one of its ids. */
function tracesOf(ground: Ground, got: Got): string[] {
  const text = `${got.text}\n${JSON.stringify(got.headers)}`;
  return [ground.marker, ...Object.values(ground.ids).flat()].filter((trace) => text.includes(trace));
}

it('has a fixture for every tenant route, and none for a route that is gone', () => {
  const ids = tenantRoutes.map((route) => route.id);
  expect(ids.filter((id) => !TENANT_ROUTES[id])).toEqual([]);
  expect(Object.keys(TENANT_ROUTES).filter((id) => !ids.includes(id))).toEqual([]);
});

it('answers the owner of a tenant as declared, on every route', async () => {
  const failures: string[] = [];
  for (const route of tenantRoutes) {
    const valid = await fixtureOf(route).valid(b);
    const got = await wire.send(requestOf(route, valid, (valid.as ?? b.owner).token));
    if (got.status !== answerOf(route)) failures.push(`${route.id}: ${got.status} ${got.text.slice(0, 200)}`);
  }
  expect(failures).toEqual([]);
});

it('shows a tenant its own marker on every route that has names, so that its absence elsewhere says something', async () => {
  const blind: string[] = [];
  for (const route of tenantRoutes.filter(({ method }) => method === 'GET')) {
    const fixture = fixtureOf(route);
    const got = await wire.send(requestOf(route, await fixture.valid(b), b.owner.token));
    if (got.text.includes(b.marker) === (fixture.plain !== undefined)) blind.push(`${route.id}: ${fixture.plain ?? 'no marker'}`);
  }
  expect(blind).toEqual([]);
});

it('[004-43] answers an id of another tenant like one that does not exist, changes nothing there and tells nothing of it', async () => {
  const findings: string[] = [];
  let cases = 0;
  const lines = w.logs.lines.length;
  let before: Checksums = await checksums.of(a.tenant.tenant_id);
  expect(Object.keys(before).length).toBeGreaterThan(25);

  for (const route of tenantRoutes) {
    const fixture = fixtureOf(route);
    for (const place of idPlaces(route, fixture.ids)) {
      const foreign = a.ids[place.name];
      if (!foreign) throw new Error(`${route.id} takes ${place.name}, and fixtures/ground.ts has no such id`);
      for (const id of foreign) {
        cases += 1;
        const valid = await fixture.valid(b);
        const token = (valid.as ?? b.owner).token;
        const absent = await wire.send(requestOf(route, withId(route, valid, place, newId()), token));
        const got = await wire.send(requestOf(route, withId(route, valid, place, id), token));
        const where = `${route.id} ${place.kind} ${place.at}`;
        if (essence(got) !== essence(absent))
          findings.push(`${where}: ${essence(got)} is not the answer for an absent id, ${essence(absent)}`);
        const expected =
          fixture.per_item && place.kind === 'body'
            ? [200]
            : place.name === 'tenant_id'
              ? [403]
              : place.typed && place.kind !== 'query'
                ? [404]
                : [200, 400, 404];
        if (!expected.includes(got.status)) findings.push(`${where}: ${got.status} ${got.text.slice(0, 200)}`);
        const traces = tracesOf(a, got);
        if (traces.length) findings.push(`${where}: tells ${traces.join(', ')}`);
        await settle();
        const after = await checksums.of(a.tenant.tenant_id);
        const changed = Object.keys(after).filter((table) => after[table] !== before[table]);
        if (changed.length) findings.push(`${where}: changed ${changed.join(', ')}`);
        before = after;
      }
    }
  }
  expect(findings).toEqual([]);
  expect(cases).toBeGreaterThan(25);
  expect(w.logs.lines.slice(lines).filter((line) => line.includes(a.marker))).toEqual([]);
});

it('shows nothing of one tenant in the lists of another', async () => {
  const findings: string[] = [];
  for (const route of tenantRoutes.filter(({ method }) => method === 'GET')) {
    const got = await wire.send(requestOf(route, await fixtureOf(route).valid(b), b.owner.token));
    const traces = tracesOf(a, got);
    if (traces.length) findings.push(`${route.id}: ${traces.join(', ')}`);
  }
  expect(findings).toEqual([]);
});

it('[001-20] refuses X-Tenant-Id of another tenant with one body, whether that tenant exists or not', async () => {
  const findings: string[] = [];
  const before = await checksums.of(a.tenant.tenant_id);
  for (const route of tenantRoutes) {
    const valid = await fixtureOf(route).valid(b);
    const request = requestOf(route, valid, (valid.as ?? b.owner).token);
    const named = async (hint: string): Promise<Got> => wire.send({ ...request, headers: { 'x-tenant-id': hint } });
    const answers = await Promise.all([a.tenant.tenant_id, a.tenant.slug, newId(), 'no-such-tenant'].map(named));
    const [first] = answers.map(essence);
    if (answers.some((got) => got.status !== 403 || got.code !== 'tenant_mismatch'))
      findings.push(`${route.id}: ${answers.map((got) => `${got.status} ${got.code}`).join(', ')}`);
    if (answers.some((got) => essence(got) !== first)) findings.push(`${route.id}: the answers differ`);
    if (answers.some((got) => tracesOf(a, got).length)) findings.push(`${route.id}: tells of the other tenant`);
    const own = await wire.send({ ...request, headers: { 'x-tenant-id': b.tenant.slug } });
    if (own.status !== answerOf(route)) findings.push(`${route.id}: refuses its own slug with ${own.code}`);
  }
  expect(findings).toEqual([]);
  await settle();
  expect(await checksums.of(a.tenant.tenant_id)).toEqual(before);
});

it('[003-35] refuses a token of one tenant on the host of another, and lets it in on its own', async () => {
  const findings: string[] = [];
  for (const route of tenantRoutes) {
    const valid = await fixtureOf(route).valid(b);
    const request = requestOf(route, valid, (valid.as ?? b.owner).token);
    const foreign = await wire.send({ ...request, headers: { host: `${a.tenant.slug}.tenantry.test` } });
    const invented = await wire.send({ ...request, headers: { host: 'nobody.tenantry.test' } });
    const own = await wire.send({ ...request, headers: { host: `${b.tenant.slug}.tenantry.test` } });
    if (foreign.code !== 'tenant_mismatch') findings.push(`${route.id} on the other's host: ${foreign.status} ${foreign.code}`);
    if (invented.code !== 'not_found') findings.push(`${route.id} on a host that names nobody: ${invented.status} ${invented.code}`);
    if (own.status !== answerOf(route)) findings.push(`${route.id} on its own host: ${own.status} ${own.code}`);
  }
  expect(findings).toEqual([]);
});

it('opens no tenant route without a credential of a tenant', async () => {
  const tokens = w.app.get(TenantTokens, { strict: false });
  const claims = { sub: b.owner.user_id, sid: b.owner.session_id, tid: b.tenant.tenant_id };
  const [, payload = '', signature = ''] = b.owner.token.split('.');
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
  const credentials: Readonly<Record<string, readonly [string | undefined, string]>> = {
    nothing: [undefined, 'unauthenticated'],
    garbage: ['garbage', 'unauthenticated'],
    'alg none': [`${none}.${payload}.`, 'unauthenticated'],
    'alg none with the old signature': [`${none}.${payload}.${signature}`, 'unauthenticated'],
    'another signature': [`${b.owner.token.slice(0, -4)}AAAA`, 'unauthenticated'],
    'no tenant in the token': [tokens.sign({ sub: claims.sub, sid: claims.sid }, 900), 'unauthenticated'],
    'an expired token': [tokens.sign(claims, -1), 'token_expired'],
    'a session that does not exist': [tokens.sign({ ...claims, sid: newId() }, 900), 'session_revoked'],
    'somebody else’s session': [tokens.sign({ ...claims, sid: a.owner.session_id }, 900), 'session_revoked'],
    'another tenant in the token': [tokens.sign({ ...claims, tid: a.tenant.tenant_id }, 900), 'not_found'],
    'a tenant that does not exist': [tokens.sign({ ...claims, tid: newId() }, 900), 'not_found'],
    'a token of staff': [staff.token, 'wrong_realm'],
  };
  const findings: string[] = [];
  for (const route of tenantRoutes) {
    const valid = await fixtureOf(route).valid(b);
    for (const [name, [token, code]] of Object.entries(credentials)) {
      const got = await wire.send(requestOf(route, valid, token));
      if (got.code !== code) findings.push(`${route.id} with ${name}: ${got.status} ${got.code}, not ${code}`);
    }
    for (const header of ['x-ops-key', 'x-cron-key']) {
      const got = await wire.send({ ...requestOf(route, valid), headers: { [header]: header === 'x-ops-key' ? OPS_KEY : CRON_KEY } });
      if (got.status !== 401) findings.push(`${route.id} with ${header}: ${got.status}`);
    }
  }
  expect(findings).toEqual([]);
});

it('answers a POST that is repeated under its Idempotency-Key with the first answer, and does nothing twice', async () => {
  // What a person does to their own way of signing in is proved by password or code each time: no key stands for that.
  // A host that is verified is verified again without a transaction: DNS is asked before one.
  const unkeyed = ['password_change', 'email_change', 'mfa_enrol', 'mfa_confirm', 'mfa_step', 'mfa_renewCodes', 'hosts_verify'];
  const findings: string[] = [];
  for (const route of tenantRoutes.filter(({ method, id }) => method === 'POST' && !unkeyed.includes(id))) {
    if (fixtureOf(route).answer !== undefined) continue; // refused on purpose: nothing was done that could be repeated
    const valid = await fixtureOf(route).valid(b);
    const request = { ...requestOf(route, valid, (valid.as ?? b.owner).token), headers: { 'idempotency-key': `matrix-${newId()}` } };
    const first = await wire.send(request);
    await settle();
    const before = await checksums.of(b.tenant.tenant_id);
    const second = await wire.send(request);
    if (first.status !== answerOf(route)) findings.push(`${route.id}: ${essence(first)}`);
    if (second.text !== first.text || second.status !== first.status || second.headers['idempotency-replayed'] !== 'true')
      findings.push(`${route.id}: ${essence(second)}, not ${essence(first)}`);
    await settle();
    const after = await checksums.of(b.tenant.tenant_id);
    // That somebody asked is a decision of its own each time.
    const changed = Object.keys(after).filter((table) => after[table] !== before[table] && table !== 'rbac_audit_log');
    if (changed.length) findings.push(`${route.id}: the repetition changed ${changed.join(', ')}`);
  }
  expect(findings).toEqual([]);
});

describe('roles', () => {
  it.each(Object.keys(LIBRARY_ROLES) as LibraryRole[])('lets %s do what its permissions say, and nothing else', async (library) => {
    const person = await withLibraryRole(b, library);
    const held = new Set<string>(LIBRARY_ROLES[library].permissions);
    const findings: string[] = [];
    for (const route of tenantRoutes) {
      if (route.access.kind !== 'requires') continue;
      const lacks = route.access.permissions.find((permission) => !held.has(permission));
      const got = await wire.send(requestOf(route, await fixtureOf(route).valid(b), person.token));
      // A refusal of the route's own (the grant rule, say) is an answer as well: which ones it may give is checked against x-codes.
      const wanted = lacks ? 'permission_denied' : 'its answer';
      const told =
        got.code === 'permission_denied'
          ? `permission_denied ${(JSON.parse(got.text) as { permission?: string }).permission}`
          : String(got.code ?? got.status);
      if (lacks ? told !== `permission_denied ${lacks}` : got.code === 'permission_denied' || got.status >= 500 || got.status === 401)
        findings.push(`${route.id}: ${told}, not ${wanted}`);
    }
    expect(findings).toEqual([]);
  });

  it('lets whoever is signed in use the routes that need no permission', async () => {
    const nobody = await withoutPermissions(b);
    const findings: string[] = [];
    for (const route of tenantRoutes) {
      const valid = await fixtureOf(route).valid(b);
      if (route.id === 'rbac_explain') continue; // about oneself only; with another's id it needs users:read
      const got = await wire.send(requestOf(route, valid, (route.access.kind === 'signed_in' ? (valid.as ?? nobody) : nobody).token));
      const wanted = route.access.kind === 'signed_in' ? route.answer.status : 403;
      if (got.status !== wanted) findings.push(`${route.id}: ${got.status} ${got.code}`);
    }
    expect(findings).toEqual([]);
  });
});

async function withoutPermissions(ground: Ground): Promise<TestUser> {
  const { body } = await ground.owner.post('/roles', { name: `${ground.marker} guest ${newId().slice(-6)}`, permissions: [] }).expect(201);
  return ground.tenant.user({ role: (body as { code: string }).code, email: `guest.${ground.marker}.${newId().slice(-8)}@example.com` });
}

/** Who reaches a platform route, on which host. What a route then answers to an empty request is its own affair. */
describe('platform routes', () => {
  const HOSTS = { platform: 'localhost', neutral: 'api.example.org' } as const;
  interface Caller {
    readonly name: string;
    readonly sent: Pick<Sent, 'token' | 'headers'>;
    expects(route: Route, host: keyof typeof HOSTS | 'tenant'): string;
  }
  const PASSES = 'passes';
  const person =
    (permissions: readonly string[]): Caller['expects'] =>
    (route, host) => {
      if (host === 'tenant') return 'platform_host_required';
      if (route.access.kind === 'machine') return 'unauthenticated';
      if (host === 'neutral') return 'platform_host_required';
      return route.access.kind === 'platform' && route.access.permission !== null && !permissions.includes(route.access.permission)
        ? 'permission_denied'
        : PASSES;
    };
  const stranger =
    (code: string): Caller['expects'] =>
    (route, host) => {
      if (host === 'tenant') return 'platform_host_required';
      if (route.access.kind === 'machine') return 'unauthenticated';
      return host === 'neutral' ? 'platform_host_required' : code;
    };
  const key =
    (opens: (route: Route) => boolean): Caller['expects'] =>
    (route, host) =>
      host === 'tenant' ? 'platform_host_required' : opens(route) ? PASSES : 'unauthenticated';
  const isOps = ({ access }: Route): boolean => access.kind === 'platform' && access.ops_key;
  const isCron = ({ access }: Route): boolean => access.kind === 'machine';
  const wrong =
    (opens: (route: Route) => boolean): Caller['expects'] =>
    (route, host) =>
      host === 'tenant' ? 'platform_host_required' : opens(route) ? 'invalid_credentials' : 'unauthenticated';

  const callers = async (): Promise<Caller[]> => [
    { name: 'nobody', sent: {}, expects: (_, host) => (host === 'tenant' ? 'platform_host_required' : 'unauthenticated') },
    { name: 'the owner of a tenant', sent: { token: b.owner.token }, expects: stranger('wrong_realm') },
    { name: 'a bearer of garbage', sent: { token: 'garbage' }, expects: stranger('unauthenticated') },
    { name: 'ops_viewer', sent: { token: staff.token }, expects: person(STAFF_ROLES.ops_viewer) },
    { name: 'ops_admin', sent: { token: (await w.staff('ops_admin')).token }, expects: person(STAFF_ROLES.ops_admin) },
    {
      name: 'ops_viewer naming a tenant', // a member of its own: each changes at most 60 things a minute
      sent: { token: (await w.staff('ops_viewer')).token, headers: { 'x-tenant-id': a.tenant.tenant_id } },
      expects: person(STAFF_ROLES.ops_viewer),
    },
    { name: 'x-ops-key', sent: { headers: { 'x-ops-key': OPS_KEY } }, expects: key(isOps) },
    { name: 'x-cron-key', sent: { headers: { 'x-cron-key': CRON_KEY } }, expects: key(isCron) },
    { name: 'PROVISIONING_WORKER_KEY', sent: { headers: { 'x-cron-key': WORKER_KEY } }, expects: key(isCron) },
    { name: 'a wrong x-ops-key', sent: { headers: { 'x-ops-key': `${OPS_KEY}x` } }, expects: wrong(isOps) },
    { name: 'a short x-cron-key', sent: { headers: { 'x-cron-key': 'short' } }, expects: wrong(isCron) },
    { name: 'the cron key as x-ops-key', sent: { headers: { 'x-ops-key': CRON_KEY } }, expects: wrong(isOps) },
  ];

  it.each(['platform', 'neutral', 'tenant'] as const)(
    '[000-07] [000-08] [000-64] [003-12] [003-15] open on a %s host to those whom the table names',
    async (kind) => {
      const host = kind === 'tenant' ? `${a.tenant.slug}.tenantry.test` : HOSTS[kind];
      const findings: string[] = [];
      for (const caller of await callers()) {
        for (const route of platformRoutes) {
          const path = route.path.replace(/:[A-Za-z_]+/g, () => newId());
          const query = route.answer.body === 'stream' ? '?topics=jobs' : '';
          const got = await wire.send({
            method: route.method,
            path: `${path}${query}`,
            ...caller.sent,
            headers: { host, ...caller.sent.headers },
            ...(route.mutating ? { body: {} } : {}),
          });
          const wanted = caller.expects(route, kind);
          const passed = got.status !== 401 && got.status !== 403;
          if (wanted === PASSES ? !passed : got.code !== wanted)
            findings.push(`${caller.name} at ${route.method} ${route.path}: ${got.status} ${got.code}, not ${wanted}`);
        }
      }
      expect(findings).toEqual([]);
    },
  );
});

it('was never answered with what the OpenAPI document does not declare', () => {
  expect([...wire.undeclared].sort()).toEqual([]);
});
