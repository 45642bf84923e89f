import type supertest from 'supertest';
import type { TenantId } from '#contracts/ids.js';
import { newId, PasswordHasher, sha256 } from '#platform/crypto/index.js';
import { sql, type Sql, type Param } from '#platform/db/index.js';
import { platformScope } from '#platform/queue/index.js';
import { SessionActivity } from '../../apps/api/src/modules/identity/session-activity.js';
import { TenantTokens, StaffTokens } from '../../apps/api/src/modules/identity/token-realms.js';
import { Tidy } from '../../apps/api/src/modules/identity/tidy.js';
import { PLATFORM_SCOPE_ID } from '../../apps/api/src/modules/audit/index.js';
import { Users } from '../../apps/api/src/modules/identity/index.js';
import { withClient } from '../support/migrate.js';
import { clientOf, type TestTenant, type TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

const PASSWORD = 'Harbour-crane-42!';
const OTHER = 'Quiet-lantern-77?';
const MINUTE = 60_000;

let w: World;
let acme: TestTenant;
let bolt: TestTenant;

beforeAll(async () => {
  // The proxy lets each test come from an address of its own, as the limits count addresses.
  w = await world({
    env: {
      TRUST_PROXY: '127.0.0.1,::1', CORS_ORIGIN: 'https://shop.example', ROOT_DOMAIN: 'tenantry.test', TENANT_SUBDOMAIN_ENABLED: 'true',
      PLATFORM_HOSTS: 'localhost,console.tenantry.example',
    },
  }); // prettier-ignore
  acme = await w.tenant();
  bolt = await w.tenant();
}, 60_000);

let address = 0;
const newAddress = (): string => `198.51.100.${++address}`;
let ip: string;
beforeEach(() => {
  ip = newAddress();
});

type Body = Record<string, unknown>;
const post = (path: string, body?: Body): supertest.Test => {
  const request = w.request().post(`/api/v1${path}`).set('host', 'localhost').set('x-forwarded-for', ip);
  return body === undefined ? request : request.send(body);
};
const login = (email: string, password = PASSWORD, more: Body = {}): supertest.Test => post('/auth/login', { email, password, ...more });
const query = <R = Body>(statement: Sql, params: readonly Param[] = []): Promise<R[]> =>
  w.runtime.platformDb.query<R>(platformScope('test'), statement, params);
const person = (tenant = acme, options: Parameters<TestTenant['user']>[0] = {}): Promise<TestUser> =>
  tenant.user({ password: PASSWORD, ...options });
/** A member of both tenants. */
const inBoth = async (): Promise<TestUser> => {
  const user = await person(acme);
  await bolt.user({ email: user.email });
  return user;
};
const me = (token: string): supertest.Test => clientOf(w, token).get('/auth/me');

const auditRows = sql`select tenant_id, action, outcome, actor_type, actor_id, targets, canonical from audit_events where action = $1 and targets @> $2 order by audit_event_id`;
const auditOf = (
  action: string,
  target: string,
): Promise<{ tenant_id: string; outcome: string; actor_type: string; canonical: string }[]> =>
  query(auditRows, [action, JSON.stringify([{ id: target }])]);
const setTenant = sql`update tenants set status = $2 where tenant_id = $1`;
const setMember = sql`update memberships set status = $3 where tenant_id = $1 and user_id = $2`;
const setUser = sql`update users set status = $2 where user_id = $1`;
const setHash = sql`update user_credentials set password_hash = $2 where user_id = $1`;
const mustChange = sql`update users set must_change_password = true where user_id = $1`;
const sessionOf = sql`select revoked_at, revoked_reason, last_tenant_id, client, last_seen_at, expires_at from sessions where session_id = $1`;
const sidOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sid: string }).sid;
/** Without what differs from one request to the next. */
const bare = ({ request_id: _, ...body }: Body): Body => body;

describe('POST /auth/login', () => {
  it('[003-08] takes e-mail and password and answers with a bearer token', async () => {
    const user = await person();
    const { body } = await login(user.email.toUpperCase()).expect(200);
    expect(body).toEqual({
      token: expect.any(String), access_token: body.token, token_type: 'Bearer', expires_in: 900, refresh_token: expect.stringMatching(/^[\w-]{43}$/),
      user: { user_id: user.user_id, email: user.email, display_name: expect.any(String), locale: null, time_zone: null },
      tenant: { tenant_id: acme.tenant_id, slug: acme.slug, name: expect.any(String), status: 'active' },
      tenants: [{ tenant_id: acme.tenant_id, slug: acme.slug, name: expect.any(String), status: 'active', roles: [{ role_id: expect.any(String), code: 'owner', name: 'Owner' }] }],
      next: null,
    }); // prettier-ignore
    await me(body.token).expect(200);
    const [row] = await auditOf('auth.login', user.user_id);
    expect(row).toMatchObject({ tenant_id: acme.tenant_id, outcome: 'success', actor_type: 'user' });
    expect(await query(sessionOf, [sidOf(body.token)])).toMatchObject([
      { client: 'api', last_tenant_id: acme.tenant_id, revoked_at: null },
    ]);
  });

  it('[000-14] answers a wrong password and an unknown address alike, in the same time, and audits both', async () => {
    const user = await person();
    const stranger = `nobody-${newId()}@example.com`;
    const wrong = await login(user.email, 'wrong').expect(401);
    const unknown = await login(stranger, 'wrong').expect(401);
    expect(wrong.body.code).toBe('invalid_credentials');
    expect(bare(unknown.body)).toEqual(bare(wrong.body));
    expect(Object.keys(unknown.headers).sort()).toEqual(Object.keys(wrong.headers).sort());

    expect(await auditOf('auth.login_failed', user.user_id)).toMatchObject([
      { tenant_id: acme.tenant_id, outcome: 'failed', actor_type: 'system' },
    ]);
    const [row] = await query<{ tenant_id: string; canonical: string }>(
      sql`select tenant_id, canonical from audit_events where request_id = $1`,
      [unknown.body.request_id],
    );
    expect(row?.tenant_id).toBe(PLATFORM_SCOPE_ID);
    expect(row?.canonical).not.toContain(stranger);

    const fastest = async (email: () => string): Promise<number> => {
      const times: number[] = [];
      for (let i = 0; i < 4; i++) {
        ip = newAddress();
        const started = performance.now();
        await login(email(), 'wrong').expect(401);
        times.push(performance.now() - started);
      }
      return Math.min(...times);
    };
    const imported = await person();
    await query(setHash, [imported.user_id, '$2b$10$abcdefghijklmnopqrstuuTymf/lQJSnQFBIupeBt1k8s9Nzzy/li']);
    // Answers leave on a grid of half a second; on a machine that is busy one of them may miss a slot, so there are several rounds.
    const differences: number[] = [];
    while (differences.length < 6 && !differences.some((difference) => difference < 0.2)) {
      const [known, brought, none] = [
        await fastest(() => user.email),
        await fastest(() => imported.email),
        await fastest(() => `nobody-${newId()}@example.com`),
      ];
      differences.push((Math.max(known, brought, none) - Math.min(known, brought, none)) / known);
    }
    expect(Math.min(...differences)).toBeLessThan(0.2);
  }, 90_000);

  it('[002-13] refuses the sixth try of an account from one address with Retry-After, though it is the right password', async () => {
    const user = await person();
    for (let i = 0; i < 5; i++) await login(user.email, 'wrong').expect(401);
    const { body, headers } = await login(user.email).expect(429);
    expect(body.code).toBe('too_many_attempts');
    expect(Number(headers['retry-after'])).toBeGreaterThan(100);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(180);
    ip = newAddress();
    await login(user.email).expect(200);
  });

  it('lets the sixth try in when its time has come, and forgets failures after a right password', async () => {
    const user = await person();
    for (let i = 0; i < 5; i++) await login(user.email, 'wrong').expect(401);
    w.clock.advance(3 * MINUTE + 1_000);
    await login(user.email).expect(200);
    for (let i = 0; i < 5; i++) await login(user.email, 'wrong').expect(401);
    await login(user.email, 'wrong').expect(429);
  });

  it('counts parallel tries before they are hashed', async () => {
    const user = await person();
    const answers = await Promise.all(Array.from({ length: 12 }, () => login(user.email, 'wrong')));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(7);
  });

  it('refuses the 21st call of an address in 15 minutes, whatever the account', async () => {
    for (let i = 0; i < 20; i++) await post('/auth/password/reset', { token: `unknown-${i}`, new_password: PASSWORD }).expect(404);
    const { body } = await post('/auth/password/reset', { token: 'unknown', new_password: PASSWORD }).expect(429);
    expect(body.code).toBe('too_many_attempts');
    const rows = await query<{ throttle_key: string }>(sql`select throttle_key from throttle`);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.some(({ throttle_key }) => throttle_key.includes(ip) || throttle_key.includes('@'))).toBe(false);
  });

  it('tells who belongs nowhere so, only after the right password', async () => {
    const user = await person();
    await query(setMember, [acme.tenant_id, user.user_id, 'removed']);
    expect((await login(user.email, 'wrong').expect(401)).body.code).toBe('invalid_credentials');
    expect((await login(user.email).expect(403)).body.code).toBe('no_membership');
    expect(await auditOf('auth.login_failed', user.user_id)).toMatchObject([
      { outcome: 'failed' },
      { tenant_id: PLATFORM_SCOPE_ID, outcome: 'denied' },
    ]);
  });

  it('lets a member of two tenants choose: no default, a token after the choice', async () => {
    const user = await inBoth();
    const { body } = await login(user.email).expect(200);
    expect(body).toMatchObject({
      token: null,
      access_token: null,
      expires_in: 0,
      tenant: null,
      next: 'choose_tenant',
      refresh_token: expect.any(String),
    });
    expect(body.tenants.map((tenant: { slug: string }) => tenant.slug)).toEqual([acme.slug, bolt.slug]);
    expect(await auditOf('auth.login', user.user_id)).toMatchObject([{ tenant_id: PLATFORM_SCOPE_ID }]);

    const chosen = await post('/auth/switch-tenant', { tenant: bolt.slug, refresh_token: body.refresh_token }).expect(200);
    expect(chosen.body).toMatchObject({ tenant: { slug: bolt.slug }, next: null });
    expect(chosen.body.refresh_token).toBeUndefined();
    expect((await me(chosen.body.token).expect(200)).body.tenant.tenant_id).toBe(bolt.tenant_id);
    expect(await auditOf('auth.tenant_switched', user.user_id)).toMatchObject([{ tenant_id: bolt.tenant_id }]);
  });

  it.each([
    ['body, slug', () => [{ tenant: bolt.slug }, {}]],
    ['body, slug in capitals', () => [{ tenant: bolt.slug.toUpperCase() }, {}]],
    ['body, id', () => [{ tenant: bolt.tenant_id }, {}]],
    ['X-Tenant-Id', () => [{}, { 'x-tenant-id': bolt.slug }]],
    ['both, the same', () => [{ tenant: bolt.tenant_id }, { 'x-tenant-id': bolt.slug }]],
  ] as [string, () => [Body, Record<string, string>]][])('goes to the tenant that is named: %s', async (_, named) => {
    const user = await inBoth();
    const [body, headers] = named();
    const answer = await login(user.email, PASSWORD, body).set(headers).expect(200);
    expect(answer.body).toMatchObject({ tenant: { tenant_id: bolt.tenant_id }, next: null });
  });

  it('answers a right password and another tenant with one 404, whether or not that tenant exists', async () => {
    const user = await person();
    const foreign = await login(user.email, PASSWORD, { tenant: bolt.slug }).expect(404);
    const invented = await login(user.email, PASSWORD, { tenant: 'no-such-tenant' }).expect(404);
    expect(bare(invented.body)).toEqual(bare(foreign.body));
    await login(user.email, PASSWORD, { tenant: acme.slug }).set('x-tenant-id', bolt.slug).expect(404);
    expect((await login(user.email, 'wrong', { tenant: bolt.slug }).expect(401)).body.code).toBe('invalid_credentials');
  });

  it('lets the host narrow as well; a host of nobody and one of the console sign nobody in', async () => {
    const user = await inBoth();
    const on = (host: string, password = PASSWORD): supertest.Test => login(user.email, password).set('host', host);
    expect((await on(`${bolt.slug}.tenantry.test`).expect(200)).body).toMatchObject({ tenant: { slug: bolt.slug }, next: null });
    const stranger = await person(acme);
    expect((await login(stranger.email).set('host', `${bolt.slug}.tenantry.test`).expect(404)).body.code).toBe('not_found');
    await on(`${bolt.slug}.tenantry.test`).set('x-tenant-id', acme.slug).expect(404);
    expect((await on('nobody.tenantry.test', 'wrong').expect(404)).body.code).toBe('not_found');
    expect((await on('console.tenantry.example').expect(403)).body.code).toBe('tenant_host_required');
  });

  it('refuses hints that cannot be one', async () => {
    const user = await person();
    expect((await login(user.email).set('x-tenant-id', 'a,b').expect(400)).body.code).toBe('tenant_hint_invalid');
    expect((await login(user.email, PASSWORD, { tenant: '../x' }).expect(400)).body).toMatchObject({
      code: 'validation_failed',
      errors: [{ field: '/tenant' }],
    });
    expect((await post('/auth/login', { email: user.email, password: PASSWORD, admin: true }).expect(400)).body.errors).toMatchObject([
      { field: '/admin', code: 'unknown_field' },
    ]);
  });

  it('[003-11] answers 503 with reason and step while the tenant is not ready', async () => {
    const tenant = await w.tenant();
    const user = await person(tenant);
    await query(setTenant, [tenant.tenant_id, 'provisioning']);
    const { body, headers } = await login(user.email).expect(503);
    expect(body).toMatchObject({ code: 'tenant_not_ready', reason: 'provisioning', step: expect.any(String) });
    expect(headers['retry-after']).toBe('5');
    await query(setTenant, [tenant.tenant_id, 'failed']);
    expect((await login(user.email).expect(503)).body.reason).toBe('provisioning_failed');
    expect((await login(user.email, 'wrong').expect(401)).body.reason).toBeUndefined();

    const behind = await world({ own_database: 'behind' });
    await withClient(behind.database.ownerUrl, (client) => client.query('alter table memberships rename column joined_at to joined'));
    const email = `u-${newId()}@example.com`;
    await behind.runtime.platformDb.run(platformScope('test'), async (tx) => {
      const password_hash = await new PasswordHasher().hash(PASSWORD);
      await behind.app.get(Users, { strict: false }).create(tx, { email, display_name: 'Ana', password_hash });
    });
    const outdated = await behind
      .request()
      .post('/api/v1/auth/login')
      .set('host', 'localhost')
      .send({ email, password: PASSWORD })
      .expect(503);
    expect(outdated.body).toMatchObject({ code: 'tenant_not_ready', reason: 'schema_outdated' });
    await behind.close();
  }, 30_000);

  it('refuses a suspended or archived tenant, a suspended membership and a disabled account', async () => {
    const tenant = await w.tenant();
    const user = await person(tenant, { role: 'manager' });
    for (const [status, code] of [
      ['suspended', 'tenant_suspended'],
      ['archived', 'tenant_archived'],
    ] as const) {
      await query(setTenant, [tenant.tenant_id, status]);
      expect((await login(user.email).expect(403)).body.code).toBe(code);
    }
    await query(setTenant, [tenant.tenant_id, 'active']);
    await query(setMember, [tenant.tenant_id, user.user_id, 'suspended']);
    expect((await login(user.email).expect(403)).body.code).toBe('membership_suspended');
    await query(setMember, [tenant.tenant_id, user.user_id, 'active']);
    await query(setUser, [user.user_id, 'disabled']);
    expect((await login(user.email).expect(401)).body.code).toBe('invalid_credentials');
  });

  it('[003-10] logs start and end with the status, counts the result, and says neither password nor address', async () => {
    const user = await person();
    const before = w.logs.lines.length;
    await login(user.email, 'Wrong-canary-13!').expect(401);
    await login(user.email).expect(200);
    const lines = w.logs.parsed().slice(before).filter(({ msg }) => String(msg).startsWith('login ')); // prettier-ignore
    expect(lines.map(({ msg, status, result }) => [msg, status, result])).toEqual([
      ['login start', undefined, undefined],
      ['login end', 401, 'invalid_credentials'],
      ['login start', undefined, undefined],
      ['login end', 200, 'success'],
    ]);
    expect(lines.every(({ request_id, account }) => typeof request_id === 'string' && /^[0-9a-f]{16}$/.test(String(account)))).toBe(true);
    const text = w.logs.lines.slice(before).join('');
    for (const canary of ['Wrong-canary-13!', PASSWORD, user.email]) expect(text).not.toContain(canary);
    const scrape = await w.runtime.metrics.expose();
    expect(scrape).toMatch(/login_attempts_total\{result="success"\} [1-9]/);
    expect(scrape).toMatch(/login_attempts_total\{result="invalid_credentials"\} [1-9]/);
  });
});

describe('POST /auth/refresh', () => {
  const refresh = (token: string, more: Body = {}): supertest.Test => post('/auth/refresh', { refresh_token: token, ...more });
  const signedIn = async (): Promise<{ user: TestUser; token: string; refresh: string }> => {
    const user = await person();
    const { body } = await login(user.email).expect(200);
    return { user, token: body.token, refresh: body.refresh_token };
  };

  it('[002-02] rotates; racing tabs get one successor; a token that comes back later ends the session for both', async () => {
    const { user, token, refresh: first } = await signedIn();
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(first)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    const [successor, ...others] = [...new Set(answers.map(({ body }) => body.refresh_token as string))];
    expect(others).toEqual([]);
    expect(successor).not.toBe(first);
    const rows = await query(sql`select r.token_hash from refresh_tokens r where r.session_id = $1`, [sidOf(token)]);
    expect(rows).toHaveLength(2);

    w.clock.advance(31_000);
    expect((await refresh(first).expect(401)).body.code).toBe('session_revoked');
    expect((await refresh(String(successor)).expect(401)).body.code).toBe('session_revoked');
    expect((await me(token).expect(401)).body.code).toBe('session_revoked');
    expect(await query(sessionOf, [sidOf(token)])).toMatchObject([{ revoked_reason: 'reuse' }]);
    expect(await auditOf('auth.refresh_reused', sidOf(token))).toMatchObject([{ tenant_id: acme.tenant_id, outcome: 'denied' }]);
    expect((await w.mail.latest(user.email)).template).toBe('identity.session_reuse');
  });

  it('gives a straggler the newest token, not one that is used itself', async () => {
    const { refresh: t0 } = await signedIn();
    const t1 = (await refresh(t0).expect(200)).body.refresh_token;
    const t2 = (await refresh(t1).expect(200)).body.refresh_token;
    expect((await refresh(t0).expect(200)).body.refresh_token).toBe(t2);
    w.clock.advance(14 * MINUTE);
    await refresh(t2).expect(200);
  });

  it('[002-01] keeps an access token for 15 minutes, and stores no raw token', async () => {
    const { token, refresh: raw } = await signedIn();
    const next = (await refresh(raw).expect(200)).body.refresh_token as string;
    const rows = await query<{ token_hash: Buffer; successor_sealed: Buffer | null }>(
      sql`select token_hash, successor_sealed from refresh_tokens where session_id = $1`,
      [sidOf(token)],
    );
    expect(rows.map(({ token_hash }) => token_hash.toString('hex')).sort()).toEqual(
      [raw, next].map((text) => sha256(text).toString('hex')).sort(),
    );
    expect(rows.some(({ successor_sealed }) => successor_sealed?.toString().includes(next))).toBe(false);

    await me(token).expect(200);
    w.clock.advance(15 * MINUTE + 1_000);
    expect((await me(token).expect(401)).body.code).toBe('token_expired');
    const { body } = await refresh(next).expect(200);
    await me(body.token).expect(200);
  });

  it('ends after seven days without use, and thirty days after the sign-in at the latest', async () => {
    const { refresh: raw } = await signedIn();
    let current = raw;
    for (let day = 0; day < 28; day += 6) {
      w.clock.advance(6 * 24 * 60 * MINUTE);
      const answer = await refresh(current);
      if (day < 24) expect(answer.status).toBe(200);
      else expect(answer.body.code).toBe('refresh_invalid');
      current = answer.body.refresh_token ?? current;
    }
    const again = await signedIn();
    w.clock.advance(7 * 24 * 60 * MINUTE + 1_000);
    expect((await refresh(again.refresh).expect(401)).body.code).toBe('refresh_invalid');
    expect((await refresh('x'.repeat(43)).expect(401)).body.code).toBe('refresh_invalid');
    expect((await post('/auth/refresh').expect(401)).body.code).toBe('refresh_invalid');
  });

  it('uses nothing up when the tenant refuses', async () => {
    const { refresh: raw } = await signedIn();
    await refresh(raw, { tenant: bolt.slug }).expect(404);
    w.clock.advance(60_000);
    const { body } = await refresh(raw, { tenant: acme.slug }).expect(200);
    expect(body).toMatchObject({ tenant: { slug: acme.slug }, next: null });
  });

  it('asks a member of two tenants again, unless one is named', async () => {
    const user = await inBoth();
    const { body } = await login(user.email, PASSWORD, { tenant: acme.slug }).expect(200);
    const unnamed = await refresh(body.refresh_token).expect(200);
    expect(unnamed.body).toMatchObject({ token: null, next: 'choose_tenant', tenants: [{}, {}] });
    expect((await refresh(unnamed.body.refresh_token, { tenant: bolt.slug }).expect(200)).body.tenant.slug).toBe(bolt.slug);
  });
});

describe('a browser', () => {
  const ORIGIN = 'http://localhost';
  const web = (path: string, body: Body, cookie?: string): supertest.Test => {
    const request = post(path, body).set('x-client', 'web').set('origin', ORIGIN);
    return cookie ? request.set('cookie', cookie) : request;
  };
  const cookieOf = (response: { headers: Record<string, unknown> }): string =>
    String((response.headers['set-cookie'] as string[] | undefined)?.[0] ?? '').split(';')[0] ?? '';
  const signIn = async () => {
    const user = await person();
    const response = await web('/auth/login', { email: user.email, password: PASSWORD }).expect(200);
    return { user, response, cookie: cookieOf(response) };
  };

  it('[001-63] keeps its refresh token in a cookie that no script sees: HttpOnly, SameSite, and on https Secure with __Host-', async () => {
    const { response } = await signIn();
    expect(response.body.refresh_token).toBeUndefined();
    expect(response.headers['set-cookie']).toEqual([
      expect.stringMatching(/^tenantry_refresh=[\w-]{43}; Max-Age=604\d{3}; Path=\/; HttpOnly; SameSite=Strict$/),
    ]);
    const user = await person();
    const secure = await web('/auth/login', { email: user.email, password: PASSWORD }).set('x-forwarded-proto', 'https').expect(200);
    expect(secure.headers['set-cookie']).toEqual([
      expect.stringMatching(/^__Host-tenantry_refresh=[\w-]{43}; Max-Age=604\d{3}; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
    ]);
  });

  it('[000-16] survives a reload by its cookie; sign-out ends it: access and refresh token are 401', async () => {
    const { user, cookie } = await signIn();
    const reloaded = await web('/auth/refresh', {}, cookie).expect(200);
    expect(reloaded.body.refresh_token).toBeUndefined();
    await me(reloaded.body.token).expect(200);
    const current = cookieOf(reloaded);

    const out = await web('/auth/logout', {}, current).expect(204);
    expect(out.headers['set-cookie']).toEqual([
      expect.stringMatching(/^tenantry_refresh=; Max-Age=0; Path=\/; HttpOnly; SameSite=Strict$/),
    ]);
    expect((await me(reloaded.body.token).expect(401)).body.code).toBe('session_revoked');
    expect((await web('/auth/refresh', {}, current).expect(401)).body.code).toBe('session_revoked');
    expect(await auditOf('auth.logout', user.user_id)).toMatchObject([{ tenant_id: acme.tenant_id }]);
    await web('/auth/logout', {}, current).expect(204);
    expect(await auditOf('auth.logout', user.user_id)).toHaveLength(1);
  });

  it('takes a cookie only from a page of ours', async () => {
    const { cookie } = await signIn();
    const calls = (origin: string | null) =>
      [
        ['/auth/refresh', {}],
        ['/auth/switch-tenant', { tenant: acme.slug }],
        ['/auth/logout', {}],
      ].map(([path, body]) => {
        const request = post(path as string, body as Body).set('cookie', cookie);
        return origin === null ? request : request.set('origin', origin);
      });
    for (const origin of ['https://evil.example', 'http://localhost:4000', 'null', null]) {
      for (const call of calls(origin)) expect((await call.expect(403)).body.code).toBe('origin_refused');
    }
    const { body } = await post('/auth/switch-tenant', { tenant: acme.slug })
      .set('cookie', cookie)
      .set('origin', 'https://shop.example')
      .expect(200);
    expect(body.tenant.slug).toBe(acme.slug);
  });

  it('loses its cookie with its session, and with nothing else', async () => {
    const { user, cookie } = await signIn();
    const refused = await web('/auth/refresh', { tenant: bolt.slug }, cookie).expect(404);
    expect(refused.headers['set-cookie']).toBeUndefined();
    const unknown = await web('/auth/refresh', {}, 'tenantry_refresh=unknown').expect(401);
    expect(unknown.headers['set-cookie']).toBeUndefined();
    await query(setUser, [user.user_id, 'disabled']);
    const ended = await web('/auth/refresh', {}, cookie).expect(401);
    expect(ended.body.code).toBe('session_revoked');
    expect(ended.headers['set-cookie']).toEqual([expect.stringContaining('Max-Age=0')]);
  });
});

describe('POST /auth/switch-tenant', () => {
  it('gives a second token of the same session; both work side by side', async () => {
    const user = await inBoth();
    const { body } = await login(user.email, PASSWORD, { tenant: acme.slug }).expect(200);
    const other = await post('/auth/switch-tenant', { tenant: bolt.slug }).set('authorization', `Bearer ${body.token}`).expect(200);
    expect(sidOf(other.body.token)).toBe(sidOf(body.token));
    expect((await me(body.token).expect(200)).body.tenant.slug).toBe(acme.slug);
    expect((await me(other.body.token).expect(200)).body.tenant.slug).toBe(bolt.slug);
  });

  it('[003-37] asks for a tenant where none is named, and knows none that does not exist; nothing is chosen then', async () => {
    const user = await inBoth();
    const { body } = await login(user.email, PASSWORD, { tenant: acme.slug }).expect(200);
    const one = await person();
    for (const token of [body.token, one.token]) {
      const go = (to: Body): supertest.Test => post('/auth/switch-tenant', to).set('authorization', `Bearer ${token}`);
      expect((await go({}).expect(400)).body.code).toBe('tenant_required');
      expect((await go({ tenant: 'no-such-tenant' }).expect(404)).body.code).toBe('not_found');
      expect((await go({ tenant: newId() }).expect(404)).body.code).toBe('not_found');
      expect((await go({ tenant: acme.slug }).set('x-tenant-id', 'no-such-tenant').expect(404)).body.code).toBe('not_found');
    }
    expect((await post('/auth/switch-tenant', { refresh_token: body.refresh_token }).expect(400)).body.code).toBe('tenant_required');
    expect((await post('/auth/switch-tenant', {}).expect(401)).body.code).toBe('unauthenticated');
    expect(await auditOf('auth.tenant_switched', user.user_id)).toEqual([]);
    const byHeader = await post('/auth/switch-tenant', {})
      .set('authorization', `Bearer ${body.token}`)
      .set('x-tenant-id', bolt.slug)
      .expect(200);
    expect(byHeader.body.tenant.slug).toBe(bolt.slug);
  });

  it('refuses tenants of others, suspended ones, and who has no session', async () => {
    const user = await person();
    const asUser = (tenant: string): supertest.Test => post('/auth/switch-tenant', { tenant }).set('authorization', `Bearer ${user.token}`);
    const foreign = await asUser(bolt.slug).expect(404);
    expect(bare((await asUser('no-such-tenant').expect(404)).body)).toEqual(bare(foreign.body));
    expect((await post('/auth/switch-tenant', { tenant: acme.slug }).expect(401)).body.code).toBe('unauthenticated');
    const tenant = await w.tenant();
    await tenant.user({ email: user.email });
    await query(setTenant, [tenant.tenant_id, 'suspended']);
    expect((await asUser(tenant.slug).expect(403)).body.code).toBe('tenant_suspended');
  });
});

describe('POST /auth/logout', () => {
  it('[002-04] ends the session of a bearer token too; without any it is done as well', async () => {
    const user = await person();
    await post('/auth/logout').set('authorization', `Bearer ${user.token}`).expect(204);
    expect((await me(user.token).expect(401)).body.code).toBe('session_revoked');
    await post('/auth/logout').expect(204);
    await post('/auth/logout').set('authorization', 'Bearer nonsense').expect(204);
    await post('/auth/logout', { refresh_token: 'unknown' }).expect(204);
  });
});

describe('a bearer token', () => {
  it('is refused without tenant, from the other realm, with a foreign signature, and beside an API key', async () => {
    const user = await person();
    const sign = (claims: object, tokens = w.app.get(TenantTokens, { strict: false })): string =>
      tokens.sign({ sub: user.user_id, sid: user.session_id, ...claims } as never, 900);
    expect((await me(sign({})).expect(401)).body.code).toBe('unauthenticated');
    expect((await me(sign({ tid: acme.tenant_id, lim: 'something' })).expect(401)).body.code).toBe('unauthenticated');
    expect((await me(sign({ tid: acme.tenant_id }, w.app.get(StaffTokens, { strict: false }) as never)).expect(401)).body.code).toBe(
      'wrong_realm',
    );
    const [head, body] = user.token.split('.');
    expect((await me(`${head}.${body}.${'A'.repeat(43)}`).expect(401)).body.code).toBe('unauthenticated');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    expect((await me(`${none}.${body}.`).expect(401)).body.code).toBe('unauthenticated');
    expect((await me(user.token).set('x-api-key', 'tn_live_x').expect(401)).body.code).toBe('unauthenticated');
    expect((await w.request().get('/api/v1/auth/me').set('host', 'localhost').expect(401)).body.code).toBe('unauthenticated');
  });

  it('[003-37] of a tenant that does not exist is 404, whatever is asked, before the route looks at it', async () => {
    const user = await person();
    const token = w.app.get(TenantTokens, { strict: false }).sign({ sub: user.user_id, sid: user.session_id, tid: newId() }, 900);
    const ask = (method: 'get' | 'post', path: string, body?: object): supertest.Test =>
      w.request()[method](`/api/v1${path}`).set('host', 'localhost').set('authorization', `Bearer ${token}`).send(body);
    // Each of these is refused for what it says, once the tenant is known.
    const asked = [
      me(token),
      ask('get', '/inventory?limit=none'),
      ask('post', '/products', { nothing: true }),
      ask('get', `/roles/${newId()}`),
    ];
    for (const request of asked) expect((await request.expect(404)).body.code).toBe('not_found');
  });

  it('[003-35] names a tenant, and no other than its host', async () => {
    const user = await person();
    const none = w.app.get(TenantTokens, { strict: false }).sign({ sub: user.user_id, sid: user.session_id }, 900);
    expect((await me(none).expect(401)).body.code).toBe('unauthenticated');
    await me(user.token).set('host', `${acme.slug}.tenantry.test`).expect(200);
    expect((await me(user.token).set('host', `${bolt.slug}.tenantry.test`).expect(403)).body.code).toBe('tenant_mismatch');
  });

  it('is seen: session and member get their time by a timer, not by the request', async () => {
    const user = await person();
    w.clock.advance(2 * MINUTE);
    await me(user.token).expect(200);
    await w.app.get(SessionActivity, { strict: false }).flush();
    const [session] = await query<{ last_seen_at: Date }>(sessionOf, [user.session_id]);
    expect(Math.abs((session?.last_seen_at.getTime() ?? 0) - w.clock.now().getTime())).toBeLessThan(5_000);
    const seen = await query<{ last_seen_at: Date }>(
      sql`select last_seen_at from principal_activity where tenant_id = $1 and principal_id = $2`,
      [acme.tenant_id, user.user_id],
    );
    expect(seen).toHaveLength(1);
  });
});

describe('GET /auth/me and GET /me', () => {
  it('[003-09] echoes user, roles, permissions and tenant', async () => {
    const user = await person(acme, { role: 'manager' });
    const { body } = await user.get('/auth/me').expect(200);
    expect(body).toEqual({
      user: {
        user_id: user.user_id,
        email: user.email,
        display_name: expect.any(String),
        locale: null,
        time_zone: null,
        email_verified_at: expect.any(String),
        mfa_enabled: false,
      },
      tenant: { tenant_id: acme.tenant_id, slug: acme.slug, name: expect.any(String), status: 'active', access: 'full' },
      roles: [{ role_id: expect.any(String), code: 'manager', name: 'Manager', store_scope: { mode: 'all', store_ids: [] } }],
      permissions: expect.arrayContaining(['inventory:read', 'inventory:write']),
      store_scope: { mode: 'all', store_ids: [] },
      session: {
        session_id: user.session_id,
        created_at: expect.any(String),
        expires_at: expect.any(String),
        client: 'native',
        mfa: false,
      },
    });
    expect(body.permissions).toEqual([...body.permissions].sort());
    expect(body.permissions).not.toContain('users:read');
  });

  it('says to the SPA all that it draws from, in the words of the guard', async () => {
    const tenant = await w.tenant({ stores: ['NORTH', 'SOUTH'] });
    const north = String(tenant.stores['NORTH']);
    const user = await tenant.user({ role: 'manager', store_scope: { mode: 'selected', store_ids: [north] } });
    const { body } = await user.get('/me').expect(200);
    expect(body.abilities['inventory:read']).toEqual([north]);
    expect(body.abilities['users:read']).toBeUndefined();
    expect(Object.keys(body.abilities)).toEqual(body.permissions);
    expect(body.store_scope).toEqual({ mode: 'selected', store_ids: [north] });
    expect(body.modules).toMatchObject({ identity: 'on', catalog: 'on', stock: 'locked' });
    expect(body.nav).toEqual(['home', 'inventory', 'stores']);
    expect(body.entitlements).toEqual({ plan_code: 'enterprise', status: 'active', trial_ends_at: null, grace_until: null });
    expect(body.tenants).toEqual([
      {
        tenant_id: tenant.tenant_id,
        slug: tenant.slug,
        name: expect.any(String),
        status: 'active',
        roles: [{ role_id: expect.any(String), code: 'manager', name: 'Manager' }],
      },
    ]);
    expect(body.tenant).toMatchObject({
      branding: {},
      time_zone: expect.any(String),
      locale: expect.any(String),
      currency: 'EUR',
      read_only: false,
    });
    expect(body).toMatchObject({ impersonation: null, next: null, features: expect.any(Array) });
    const owner = await tenant.user();
    expect((await owner.get('/me').expect(200)).body.nav).toEqual([
      'home',
      'inventory',
      'team',
      'roles',
      'stores',
      'webhooks',
      'api_keys',
      'audit',
      'settings',
    ]);
  });

  it('has a version: 304 while nothing changed, another one after a change of rights, of the tenant or of the person', async () => {
    const tenant = await w.tenant();
    const user = await tenant.user({ role: 'manager' });
    let last = '';
    const next = async (): Promise<void> => {
      const { body, headers } = await user.get('/me').set('if-none-match', last).expect(200);
      expect(headers['etag']).toBe(`"${body.version}"`);
      expect(headers['cache-control']).toBe('private, no-cache');
      const again = await user
        .get('/me')
        .set('if-none-match', headers['etag'] as string)
        .expect(304);
      expect(again.text).toBe('');
      last = headers['etag'] as string;
    };
    await next();
    await query(sql`update tenant_modules set enabled = false where tenant_id = $1 and module_code = 'catalog'`, [tenant.tenant_id]);
    await next();
    await query(sql`update role_assignments set expires_at = '2100-01-01' where tenant_id = $1 and user_id = $2`, [
      tenant.tenant_id,
      user.user_id,
    ]);
    await next();
    await query(sql`update tenants set name = 'Another name' where tenant_id = $1`, [tenant.tenant_id]);
    await next();
    await user.patch('/auth/me', { display_name: 'Zoë' }).expect(200);
    await next();
  });

  it('answers in a suspended tenant, where the rest is 403', async () => {
    const tenant = await w.tenant();
    const user = await tenant.user();
    await query(setTenant, [tenant.tenant_id, 'suspended']);
    expect((await user.get('/auth/me').expect(200)).body.tenant).toMatchObject({ status: 'suspended', access: 'restricted' });
    await user.get('/me').expect(200);
    expect((await user.get('/auth/sessions').expect(403)).body.code).toBe('tenant_suspended');
  });
});

describe("one's own account", () => {
  it('PATCH /auth/me changes name, language and time zone, copies the name to every tenant, and audits it', async () => {
    const user = await inBoth();
    const { body } = await user.patch('/auth/me', { display_name: ' Ana Cruz ', locale: 'de-at', time_zone: 'Europe/Vienna' }).expect(200);
    expect(body).toMatchObject({ user_id: user.user_id, display_name: 'Ana Cruz', locale: 'de-AT', time_zone: 'Europe/Vienna' });
    const copies = await query<{ display_name: string }>(sql`select display_name from memberships where user_id = $1`, [user.user_id]);
    expect(copies.map(({ display_name }) => display_name)).toEqual(['Ana Cruz', 'Ana Cruz']);
    const [row] = await auditOf('auth.profile_updated', user.user_id);
    expect(row?.tenant_id).toBe(acme.tenant_id);
    expect(row?.canonical).not.toContain('Ana Cruz');
    await user.patch('/auth/me', { display_name: 'Ana Cruz' }).expect(200);
    expect(await auditOf('auth.profile_updated', user.user_id)).toHaveLength(1);
    for (const patch of [{ locale: 'english!' }, { time_zone: 'Mars/Olympus' }, { display_name: '   ' }, { email: 'x@example.com' }])
      expect((await user.patch('/auth/me', patch).expect(400)).body.code).toBe('validation_failed');
  });

  it('keeps preferences of up to 16 KiB, whole', async () => {
    const user = await person();
    expect((await user.get('/me/preferences').expect(200)).body).toEqual({});
    await user.put('/me/preferences', { columns: ['sku'], dense: true }).expect(200);
    const { body } = await user.put('/me/preferences', { theme: 'dark' }).expect(200);
    expect(body).toEqual({ theme: 'dark' });
    expect((await user.get('/me/preferences').expect(200)).body).toEqual(body);
    expect((await user.put('/me/preferences', { text: 'x'.repeat(16_384) }).expect(413)).body.code).toBe('body_too_large');
    expect((await user.put('/me/preferences', ['a']).expect(400)).body.code).toBe('validation_failed');
    const bob = await person();
    expect((await bob.get('/me/preferences').expect(200)).body).toEqual({});
  });

  it('lists and ends sign-ins: one, all others, never those of somebody else', async () => {
    const user = await person();
    const others = [
      (await login(user.email).expect(200)).body,
      (await login(user.email).expect(200)).body,
      (await login(user.email).expect(200)).body,
    ];
    const { body } = await user.get('/auth/sessions').expect(200);
    expect(body.next_cursor).toBeNull();
    expect(body.data).toHaveLength(4);
    expect(body.data.filter((session: { current: boolean }) => session.current)).toMatchObject([
      { session_id: user.session_id, client: 'native' },
    ]);
    expect(body.data.find((session: { session_id: string }) => session.session_id === sidOf(others[0].token))).toMatchObject({
      ip,
      client: 'api',
      current: false,
    });

    await user.delete(`/auth/sessions/${sidOf(others[0].token)}`).expect(204);
    await me(others[0].token).expect(401);
    await user.delete(`/auth/sessions/${sidOf(others[0].token)}`).expect(404);
    const bob = await person();
    await bob.delete(`/auth/sessions/${user.session_id}`).expect(404);
    expect((await user.delete('/auth/sessions').expect(200)).body).toEqual({ revoked: 2 });
    await me(others[2].token).expect(401);
    await user.get('/auth/me').expect(200);
    expect(await auditOf('auth.session_revoked', sidOf(others[0].token))).toHaveLength(1);
  });
});

describe('POST /auth/password/change', () => {
  const change = (token: string, current_password: string, new_password: string): supertest.Test =>
    post('/auth/password/change', { current_password, new_password }).set('authorization', `Bearer ${token}`);

  it('[002-03] ends every other session and gives this one new tokens', async () => {
    const user = await person();
    const here = (await login(user.email).expect(200)).body;
    const there = (await login(user.email).expect(200)).body;
    const { body } = await change(here.token, PASSWORD, OTHER).expect(200);
    expect(sidOf(body.token)).toBe(sidOf(here.token));
    expect(body).toMatchObject({ tenant: { slug: acme.slug }, next: null });
    await me(body.token).expect(200);
    expect((await me(there.token).expect(401)).body.code).toBe('session_revoked');
    await post('/auth/refresh', { refresh_token: there.refresh_token }).expect(401);
    expect((await post('/auth/refresh', { refresh_token: here.refresh_token }).expect(401)).body.code).toBe('refresh_invalid');
    await post('/auth/refresh', { refresh_token: body.refresh_token }).expect(200);
    await login(user.email, OTHER).expect(200);
    expect(await query(sessionOf, [sidOf(there.token)])).toMatchObject([{ revoked_reason: 'password_changed' }]);
    expect(await auditOf('auth.password_changed', user.user_id)).toMatchObject([{ tenant_id: acme.tenant_id }]);
    expect((await w.mail.latest(user.email)).template).toBe('identity.password_changed');
  });

  it('asks for the current password, five times', async () => {
    const user = await person();
    for (let i = 0; i < 5; i++) expect((await change(user.token, 'wrong', OTHER).expect(401)).body.code).toBe('invalid_credentials');
    await change(user.token, PASSWORD, OTHER).expect(429);
  });

  it('[002-06] refuses weak passwords and names the rule', async () => {
    const user = await person();
    const rules = async (password: string): Promise<string[]> => {
      ip = newAddress();
      const { body } = await change(user.token, PASSWORD, password).expect(422);
      expect(body.code).toBe('password_refused');
      expect(body.errors.every((error: { field: string }) => error.field === '/new_password')).toBe(true);
      return body.errors.map((error: { code: string }) => error.code);
    };
    expect(await rules('Sh0rt!')).toContain('too_short');
    expect(await rules('alllowercase1')).toEqual(['classes_missing']);
    expect(await rules('Password1!')).toContain('too_common');
    expect(await rules('P4ssword!')).toContain('too_common');
    ip = newAddress();
    await change(user.token, PASSWORD, 'fourteen letters').expect(200); // long enough without classes
  });

  it('[002-08] refuses the last five passwords, the current one included', async () => {
    const user = await person();
    const passwords = [1, 2, 3, 4, 5].map((n) => `Lantern-number-${n}!`);
    let current = PASSWORD;
    for (const next of passwords) {
      ip = newAddress();
      await change(user.token, current, next).expect(200);
      current = next;
    }
    for (const used of passwords) {
      ip = newAddress();
      expect((await change(user.token, current, used).expect(422)).body.errors).toMatchObject([
        { field: '/new_password', code: 'used_before' },
      ]);
    }
    ip = newAddress();
    await change(user.token, current, PASSWORD).expect(200); // six changes ago
  }, 30_000);

  it('opens only this step while it is due', async () => {
    const user = await inBoth();
    await query(mustChange, [user.user_id]);
    const { body } = await login(user.email).expect(200);
    expect(body).toMatchObject({ next: 'change_password', token: expect.any(String), tenant: null });
    const limited = clientOf(w, body.token);
    expect((await limited.get('/me').expect(200)).body.next).toBe('change_password');
    await limited.get('/auth/me').expect(200);
    for (const path of ['/auth/sessions', '/me/preferences', '/roles'])
      expect((await limited.get(path).expect(403)).body.code).toBe('password_change_required');
    expect(
      (await post('/auth/switch-tenant', { tenant: bolt.slug }).set('authorization', `Bearer ${body.token}`).expect(403)).body.code,
    ).toBe('password_change_required');
    expect((await post('/auth/switch-tenant', { tenant: bolt.slug, refresh_token: body.refresh_token }).expect(403)).body.code).toBe(
      'password_change_required',
    );
    expect((await post('/auth/refresh', { refresh_token: body.refresh_token }).expect(200)).body.next).toBe('change_password');

    const done = await change(body.token, PASSWORD, OTHER).expect(200);
    expect(done.body).toMatchObject({ next: 'choose_tenant', token: null });
    const chosen = await post('/auth/refresh', { refresh_token: done.body.refresh_token, tenant: acme.slug }).expect(200);
    await clientOf(w, chosen.body.token).get('/auth/sessions').expect(200);
  });
});

describe('a forgotten password', () => {
  it('is set anew by a link that works once, and ends every session', async () => {
    const user = await person();
    await post('/auth/password/forgot', { email: user.email.toUpperCase() }).expect(202);
    const mail = await w.mail.latest(user.email);
    expect(mail.template).toBe('identity.password_reset');
    expect(mail.links[0]).toMatch(/^http:\/\/localhost:\d+\/reset#[\w-]{43}$/);
    const token = await w.mail.token(user.email);
    const [row] = await query<{ token_hash: Buffer }>(sql`select token_hash from user_tokens where user_id = $1`, [user.user_id]);
    expect(row?.token_hash).toEqual(sha256(token));

    expect((await post('/auth/password/reset', { token, new_password: 'weak' }).expect(422)).body.code).toBe('password_refused');
    expect((await post('/auth/password/reset', { token, new_password: PASSWORD }).expect(422)).body.errors).toMatchObject([
      { code: 'used_before' },
    ]);
    const [one, two] = await Promise.all([1, 2].map(() => post('/auth/password/reset', { token, new_password: OTHER })));
    expect([one?.status, two?.status].sort()).toEqual([204, 410]);
    expect((await post('/auth/password/reset', { token, new_password: 'Another-one-9!' }).expect(410)).body.code).toBe('reset_used');
    await me(user.token).expect(401);
    await login(user.email).expect(401);
    await login(user.email, OTHER).expect(200);
    expect(await auditOf('auth.password_changed', user.user_id)).toMatchObject([{ tenant_id: acme.tenant_id, actor_type: 'user' }]);
  });

  it('says nothing about an account: 202 for everybody, three mails an hour at most', async () => {
    const stranger = `nobody-${newId()}@example.com`;
    const user = await person();
    const { text } = await post('/auth/password/forgot', { email: stranger }).expect(202);
    expect((await post('/auth/password/forgot', { email: user.email }).expect(202)).text).toBe(text);
    expect(await w.mail.find(stranger)).toBeNull();
    for (let i = 0; i < 4; i++) await post('/auth/password/forgot', { email: user.email }).expect(202);
    const mails = await query(sql`select mail_message_id from mail_messages where to_email = $1`, [user.email]);
    expect(mails).toHaveLength(3);
    await query(setUser, [user.user_id, 'disabled']);
    w.clock.advance(60 * MINUTE);
    ip = newAddress();
    await post('/auth/password/forgot', { email: user.email }).expect(202);
    expect(await query(sql`select mail_message_id from mail_messages where to_email = $1`, [user.email])).toHaveLength(3);
  });

  it('refuses a link that is too old or unknown', async () => {
    const user = await person();
    await post('/auth/password/forgot', { email: user.email }).expect(202);
    const token = await w.mail.token(user.email);
    w.clock.advance(60 * MINUTE + 1_000);
    expect((await post('/auth/password/reset', { token, new_password: OTHER }).expect(410)).body.code).toBe('reset_expired');
    expect((await post('/auth/password/reset', { token: 'unknown', new_password: OTHER }).expect(404)).body.code).toBe('not_found');
  });

  it('GET /auth/password-policy tells the rules', async () => {
    const { body } = await w.request().get('/api/auth/password-policy').set('host', 'localhost').expect(200);
    expect(body).toEqual({ min_length: 8, max_length: 128, classes: 'all', history: 5, max_age_days: null });
  });
});

describe('what must not happen', () => {
  it('answers a text that no database can hold with 400', async () => {
    const user = await person();
    const name = { display_name: 'a\u0000b' };
    for (const answer of [
      post('/auth/login', { email: 'a\u0000@example.com', password: 'x' }),
      user.patch('/auth/me', name),
      user.put('/me/preferences', { text: '\ud800' }),
    ])
      expect((await answer.expect(400)).body.code).toBe('malformed_json');
  });

  it('lets the app role read neither accounts nor credentials', async () => {
    const user = await person();
    const { tenantDb } = w.runtime;
    const { makeTenantScope } = await import('#platform/db/scope-factory.js');
    const scope = makeTenantScope({
      tenant_id: acme.tenant_id as TenantId,
      actor: { type: 'user', id: user.user_id },
      stores: 'all',
      request_id: 'test',
    });
    for (const statement of [
      sql`select user_id from users`,
      sql`select user_id from user_credentials`,
      sql`select session_id from refresh_tokens`,
      sql`select throttle_key from throttle`,
      sql`select ip from sessions`,
    ])
      await expect(tenantDb.query(scope, statement)).rejects.toMatchObject({ code: '42501' });
  });

  it('hashes with argon2id, 19 MiB', async () => {
    const hash = await w.app.get(PasswordHasher, { strict: false }).hash(PASSWORD);
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('keeps counters, links and sessions that are over for ever', async () => {
    const user = await person();
    await login(user.email, 'wrong').expect(401);
    w.clock.advance(61 * 24 * 60 * MINUTE);
    const { processed } = await w.app.get(Tidy, { strict: false }).run(platformScope('test'));
    expect(processed).toBeGreaterThan(1);
    expect(await query(sessionOf, [user.session_id])).toEqual([]);
  });
});
