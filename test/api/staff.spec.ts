import type supertest from 'supertest';
import { Config, ConfigRefused } from '#platform/config/index.js';
import { newId, PasswordHasher, sha256 } from '#platform/crypto/index.js';
import { sql, type Param, type Sql } from '#platform/db/index.js';
import { platformScope } from '#platform/queue/index.js';
import { STAFF_ROLES } from '../../libs/contracts/permissions.js';
import { PLATFORM_SCOPE_ID } from '../../apps/api/src/modules/audit/index.js';
import { ensureFirstOwner } from '../../apps/api/src/modules/ops/index.js';
import { FirstOwner } from '../../apps/api/src/modules/ops/staff-first-owner.js';
import { StaffTokens } from '../../apps/api/src/modules/identity/index.js';
import { clientOf, type TestTenant } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

const EMAIL = 'First.Owner@tenantry.example';
const PASSWORD = 'Bridge-keeper-42!';
const OTHER = 'Quiet-lantern-77?';
const MINUTE = 60_000;

let w: World;
let acme: TestTenant;

beforeAll(async () => {
  w = await world({
    own_database: 'staff',
    env: { TRUST_PROXY: '127.0.0.1,::1', FIRST_OWNER_EMAIL: EMAIL, FIRST_OWNER_PASSWORD: PASSWORD },
  });
  await ensureFirstOwner(w.app);
  acme = await w.tenant();
}, 60_000);

let address = 0;
const newAddress = (): string => `203.0.113.${++address}`;
let ip: string;
beforeEach(() => {
  ip = newAddress();
});

type Body = Record<string, unknown>;
const post = (path: string, body?: Body, host = 'localhost'): supertest.Test => {
  const request = w.request().post(`/api/v1${path}`).set('host', host).set('x-forwarded-for', ip);
  return body === undefined ? request : request.send(body);
};
const login = (email = EMAIL, password = PASSWORD): supertest.Test => post('/platform/auth/login', { email, password });
const query = <R = Body>(statement: Sql, params: readonly Param[] = []): Promise<R[]> =>
  w.runtime.platformDb.query<R>(platformScope('test'), statement, params);
const as = (token: string) => clientOf(w, token);
const claims = (token: string): { sub: string; sid: string; aud: string; exp: number; iat: number } =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
const bare = ({ request_id: _, ...body }: Body): Body => body;

const insertStaff = sql`
  insert into platform_users (platform_user_id, email_normalized, display_name, role, source, password_hash, must_change_password) values ($1, $2, 'Member', $3, 'staff', $4, $5)`;
const auditRows = sql`select tenant_id, outcome, actor_type, severity from audit_events where action = $1 and targets @> $2 order by audit_event_id`;
const auditOf = (action: string, id: string): Promise<Body[]> => query(auditRows, [action, JSON.stringify([{ id }])]);

async function member({ role = 'ops_admin', must_change = false } = {}): Promise<{ id: string; email: string }> {
  const id = newId();
  const email = `m-${id.slice(-10)}@tenantry.example`;
  await query(insertStaff, [id, email, role, await w.app.get(PasswordHasher, { strict: false }).hash(PASSWORD), must_change]);
  return { id, email };
}

describe('the first owner', () => {
  const people = (): Promise<{ email_normalized: string; role: string; source: string; must_change_password: boolean }[]> =>
    query(sql`select email_normalized, role, source, must_change_password from platform_users where source = 'bootstrap'`);
  const inProduction = ({ runtime }: World, over: Partial<Config> = {}): FirstOwner =>
    new FirstOwner(
      runtime.platformDb,
      new PasswordHasher(), // one a process
      { ...runtime.config, ...over, production: true } as Config,
      runtime.logger,
    );

  it('[003-13] is made from FIRST_OWNER_* once, only while nobody is there, and must change the password in production', async () => {
    expect(await people()).toEqual([
      { email_normalized: 'first.owner@tenantry.example', role: 'superuser', source: 'bootstrap', must_change_password: false },
    ]);
    const { body } = await login().expect(200);
    expect(body).toMatchObject({
      token: expect.any(String),
      expires_in: 900,
      next: null,
      user: { email: 'first.owner@tenantry.example', role: 'superuser' },
    });
    await ensureFirstOwner(w.app);
    await inProduction(w, { first_owner_email: 'second@tenantry.example' }).ensure();
    expect(await people()).toHaveLength(1);

    const other = await world({ own_database: 'first_owner' });
    await ensureFirstOwner(other.app); // outside production nobody has to be named
    const refusal = await inProduction(other).ensure().catch((error: unknown) => error); // prettier-ignore
    expect(refusal).toBeInstanceOf(ConfigRefused);
    expect((refusal as ConfigRefused).message).toMatch(/FIRST_OWNER_EMAIL[^]*FIRST_OWNER_PASSWORD/);
    expect((refusal as ConfigRefused).message).not.toContain(PASSWORD);
    const named = { first_owner_email: EMAIL, first_owner_password: PASSWORD };
    const starts = [named, { ...named, first_owner_email: 'twin@tenantry.example' }, named].map((over) =>
      inProduction(other, over).ensure(),
    );
    await Promise.all(starts); // three processes at once
    const made = await other.runtime.platformDb.query(platformScope('test'), sql`select role, must_change_password from platform_users`);
    expect(made).toEqual([{ role: 'superuser', must_change_password: true }]);
    await inProduction(other).ensure(); // somebody is there: nothing is asked for
    await other.close();
  }, 60_000);

  it('opens only the change of the password while that is due', async () => {
    const { email } = await member({ must_change: true });
    const { body } = await login(email).expect(200);
    expect(body.next).toBe('change_password');
    expect((await as(body.token).get('/platform/auth/me').expect(200)).body).toMatchObject({ next: 'change_password', user: { email } });
    expect((await as(body.token).get('/platform/tenants').expect(403)).body.code).toBe('password_change_required');
    const done = await as(body.token)
      .post('/platform/auth/password/change', { current_password: PASSWORD, new_password: OTHER })
      .set('x-forwarded-for', ip)
      .expect(200);
    expect(done.body.next).toBeNull();
    await as(done.body.token).get('/platform/tenants').expect(200);
    await as(body.token).get('/platform/tenants').expect(200); // the same session: the database says what it may
  });
});

describe('POST /platform/auth/login', () => {
  it('signs staff in for eight hours, in a realm of its own, and audits it in the platform log', async () => {
    const { id, email } = await member();
    const { body } = await login(email.toUpperCase()).expect(200);
    expect(body).toEqual({
      token: expect.any(String), access_token: body.token, token_type: 'Bearer', expires_in: 900, refresh_token: expect.stringMatching(/^[\w-]{43}$/),
      user: { platform_user_id: id, email, display_name: 'Member', role: 'ops_admin' }, next: null,
    }); // prettier-ignore
    expect(claims(body.token)).toMatchObject({ aud: 'tenantry:platform', sub: id });
    expect(claims(body.token).exp - claims(body.token).iat).toBe(900);
    const [session] = await query<{ refresh_hash: Buffer; expires_at: Date }>(
      sql`select refresh_hash, expires_at from platform_sessions where platform_session_id = $1`,
      [claims(body.token).sid],
    );
    expect(session?.refresh_hash).toEqual(sha256(body.refresh_token));
    expect(Math.round(((session?.expires_at.getTime() ?? 0) - w.clock.now().getTime()) / MINUTE)).toBe(480);
    expect(await auditOf('platform.login', id)).toMatchObject([
      { tenant_id: PLATFORM_SCOPE_ID, outcome: 'success', actor_type: 'platform_staff' },
    ]);
    expect((await as(body.token).get('/platform/auth/me').expect(200)).body).toEqual({
      user: { platform_user_id: id, email, display_name: 'Member', role: 'ops_admin' },
      permissions: STAFF_ROLES.ops_admin,
      session: { platform_session_id: claims(body.token).sid, expires_at: session?.expires_at.toISOString() },
      next: null,
    });
  });

  it('answers an unknown address, a wrong password and a disabled account alike', async () => {
    const { id, email } = await member();
    const wrong = await login(email, 'wrong').expect(401);
    expect(wrong.body.code).toBe('invalid_credentials');
    expect(bare((await login('nobody@tenantry.example', 'wrong').expect(401)).body)).toEqual(bare(wrong.body));
    await query(sql`update platform_users set status = 'disabled' where platform_user_id = $1`, [id]);
    expect(bare((await login(email).expect(401)).body)).toEqual(bare(wrong.body));
    expect(await auditOf('platform.login_failed', id)).toMatchObject([{ outcome: 'failed' }, { outcome: 'failed' }]);
  });

  it('is not for people of tenants, nor theirs for staff', async () => {
    const owner = await acme.user({ password: PASSWORD });
    await login(owner.email).expect(401);
    await post('/auth/login', { email: EMAIL, password: PASSWORD }).expect(401);
  });

  it('counts tries apart from those of tenants: the sixth is 429', async () => {
    const { email } = await member();
    for (let i = 0; i < 5; i++) await login(email, 'wrong').expect(401);
    const { body, headers } = await login(email).expect(429);
    expect(body.code).toBe('too_many_attempts');
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    ip = newAddress();
    await login(email).expect(200);
  });

  it('is there on platform hosts only', async () => {
    const { email } = await member();
    for (const [path, body] of [
      ['login', { email, password: PASSWORD }],
      ['refresh', {}],
      ['logout', {}],
    ] as const)
      expect((await post(`/platform/auth/${path}`, body, 'shop.example').expect(403)).body.code).toBe('platform_host_required');
    const token = (await login(email).expect(200)).body.token as string;
    expect(
      (await w.request().get('/api/v1/platform/auth/me').set('host', 'shop.example').set('authorization', `Bearer ${token}`).expect(403))
        .body.code,
    ).toBe('platform_host_required');
    await post('/platform/auth/login', { email, password: PASSWORD }, '127.0.0.1:3000').expect(200);
  });
});

describe('the realm', () => {
  it('[003-12] takes platform tokens only; a tenant token, whatever its roles, is 401', async () => {
    const owner = await acme.user();
    for (const path of ['/platform/auth/me', '/platform/tenants'])
      expect((await owner.get(path).expect(401)).body.code).toBe('wrong_realm');
    expect(
      (await owner.post('/platform/auth/password/change', { current_password: PASSWORD, new_password: OTHER }).expect(401)).body.code,
    ).toBe('wrong_realm');
    const { body } = await login().expect(200);
    for (const path of ['/auth/me', '/me', '/roles', '/tenant'])
      expect((await as(body.token).get(path).expect(401)).body.code).toBe('wrong_realm');
    await as(body.token).get('/auth/me').set('x-tenant-id', acme.slug).expect(401);
    expect((await as('nonsense').get('/platform/auth/me').expect(401)).body.code).toBe('unauthenticated');
    expect((await w.request().get('/api/v1/platform/auth/me').set('host', 'localhost').expect(401)).body.code).toBe('unauthenticated');
  });

  it('asks the database in every request: role, account and session', async () => {
    const { id, email } = await member({ role: 'superuser' });
    const { body } = await login(email).expect(200);
    const permissions = async (): Promise<string[]> =>
      (await as(body.token).get('/platform/auth/me').expect(200)).body.permissions as string[];
    expect(await permissions()).toContain('platform:staff');
    await query(sql`update platform_users set role = 'ops_viewer' where platform_user_id = $1`, [id]);
    expect(await permissions()).toEqual(['platform:read']);
    await query(sql`update platform_users set status = 'disabled' where platform_user_id = $1`, [id]);
    expect((await as(body.token).get('/platform/auth/me').expect(401)).body.code).toBe('session_revoked');
    const forged = w.app.get(StaffTokens, { strict: false }).sign({ sub: newId(), sid: claims(body.token).sid }, 900);
    await as(forged).get('/platform/auth/me').expect(401);
  });
});

describe('POST /platform/auth/refresh', () => {
  const refresh = (refresh_token: string): supertest.Test => post('/platform/auth/refresh', { refresh_token });
  const signedIn = async (): Promise<{ id: string; token: string; refresh: string }> => {
    const { id, email } = await member();
    const { body } = await login(email).expect(200);
    return { id, token: body.token, refresh: body.refresh_token };
  };

  it('rotates: racing tabs get one successor; a token that comes back later ends the session', async () => {
    const { id, token, refresh: first } = await signedIn();
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(first)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    const [second, ...others] = [...new Set(answers.map(({ body }) => body.refresh_token as string))];
    expect(others).toEqual([]);
    expect(second).not.toBe(first);
    const third = (await refresh(String(second)).expect(200)).body.refresh_token as string;
    expect((await refresh(first).expect(401)).body.code).toBe('session_revoked');
    expect((await refresh(third).expect(401)).body.code).toBe('session_revoked');
    expect((await as(token).get('/platform/auth/me').expect(401)).body.code).toBe('session_revoked');
    expect(await auditOf('platform.access_refused', id)).toMatchObject([{ outcome: 'denied', severity: 'critical' }]);
  });

  it('ends after eight hours, however often it was refreshed', async () => {
    let { refresh: current } = await signedIn();
    for (let hour = 0; hour < 7; hour++) {
      w.clock.advance(60 * MINUTE);
      current = (await refresh(current).expect(200)).body.refresh_token;
    }
    w.clock.advance(60 * MINUTE + 1_000);
    expect((await refresh(current).expect(401)).body.code).toBe('refresh_invalid');
    expect((await refresh('x'.repeat(43)).expect(401)).body.code).toBe('refresh_invalid');
    expect((await post('/platform/auth/refresh').expect(401)).body.code).toBe('refresh_invalid');
  });

  it('lives in a cookie for the console, which counts only from a page of ours', async () => {
    const { email } = await member();
    const web = (path: string, body: Body, cookie = ''): supertest.Test =>
      post(`/platform/auth/${path}`, body).set('x-client', 'web').set('origin', 'http://localhost').set('cookie', cookie);
    const response = await web('login', { email, password: PASSWORD }).expect(200);
    expect(response.body.refresh_token).toBeUndefined();
    expect(response.headers['set-cookie']).toEqual([
      expect.stringMatching(/^tenantry_staff=[\w-]{43}; Max-Age=2(8800|8799); Path=\/; HttpOnly; SameSite=Strict$/),
    ]);
    const cookie = String(response.headers['set-cookie']?.[0]).split(';')[0] ?? '';
    expect((await web('refresh', {}, cookie).set('origin', 'https://evil.example').expect(403)).body.code).toBe('origin_refused');
    const again = await web('refresh', {}, cookie).expect(200);
    const next = String(again.headers['set-cookie']?.[0]).split(';')[0] ?? '';
    const out = await web('logout', {}, next).expect(204);
    expect(out.headers['set-cookie']).toEqual([expect.stringContaining('tenantry_staff=; Max-Age=0;')]);
    expect((await as(again.body.token).get('/platform/auth/me').expect(401)).body.code).toBe('session_revoked');
    const secure = await web('login', { email, password: PASSWORD }).set('x-forwarded-proto', 'https').expect(200);
    expect(secure.headers['set-cookie']).toEqual([expect.stringMatching(/^__Host-tenantry_staff=[\w-]{43}; .*; Secure; SameSite=Strict$/)]);
  });
});

describe('POST /platform/auth/logout', () => {
  it('ends the session of either token, and is done when there is none', async () => {
    const { id, email } = await member();
    const first = (await login(email).expect(200)).body;
    await post('/platform/auth/logout').set('authorization', `Bearer ${first.token}`).expect(204);
    await as(first.token).get('/platform/auth/me').expect(401);
    const second = (await login(email).expect(200)).body;
    await post('/platform/auth/logout', { refresh_token: second.refresh_token }).expect(204);
    await as(second.token).get('/platform/auth/me').expect(401);
    await post('/platform/auth/logout').expect(204);
    expect(await auditOf('platform.logout', id)).toHaveLength(2);
  });
});

describe('POST /platform/auth/password/change', () => {
  const change = (token: string, current_password: string, new_password: string): supertest.Test =>
    post('/platform/auth/password/change', { current_password, new_password }).set('authorization', `Bearer ${token}`);

  it('ends every other session, gives this one new tokens, and tells the person', async () => {
    const { id, email } = await member();
    const here = (await login(email).expect(200)).body;
    const there = (await login(email).expect(200)).body;
    expect((await change(here.token, 'wrong', OTHER).expect(401)).body.code).toBe('invalid_credentials');
    expect((await change(here.token, PASSWORD, 'weak').expect(422)).body).toMatchObject({
      code: 'password_refused',
      errors: expect.arrayContaining([expect.objectContaining({ field: '/new_password', code: 'too_short' })]),
    });
    expect((await change(here.token, PASSWORD, PASSWORD).expect(422)).body.errors).toMatchObject([{ code: 'used_before' }]);
    const { body } = await change(here.token, PASSWORD, OTHER).expect(200);
    await as(body.token).get('/platform/auth/me').expect(200);
    await as(there.token).get('/platform/auth/me').expect(401);
    await post('/platform/auth/refresh', { refresh_token: here.refresh_token }).expect(401);
    await post('/platform/auth/refresh', { refresh_token: body.refresh_token }).expect(200);
    await login(email).expect(401);
    await login(email, OTHER).expect(200);
    expect((await w.mail.latest(email)).template).toBe('ops.password_changed');
    expect(await auditOf('platform.password_changed', id)).toHaveLength(1);
  });
});
