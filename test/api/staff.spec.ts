import type supertest from 'supertest';
import { Config, ConfigRefused, readConfig } from '#platform/config/index.js';
import { AccessGuard, CallerHosts, TenantResolver } from '#platform/auth/index.js';
import { newId, PasswordHasher, sha256 } from '#platform/crypto/index.js';
import { sql, type Param, type Sql } from '#platform/db/index.js';
import { Hosts } from '#platform/http/hosts.js';
import { platformScope } from '#platform/queue/index.js';
import { STAFF_ROLES } from '../../libs/contracts/permissions.js';
import { PLATFORM_SCOPE_ID } from '../../apps/api/src/modules/audit/index.js';
import { ensureFirstOwner, ensureStaff } from '../../apps/api/src/modules/ops/index.js';
import { FirstOwner } from '../../apps/api/src/modules/ops/staff-first-owner.js';
import { StaffTokens } from '../../apps/api/src/modules/identity/index.js';
import { withClient } from '../support/migrate.js';
import { auditsOf, eventsOf } from '../support/records.js';
import { clientOf, type TestTenant, type TestUser } from '../support/test-tenant.js';
import { OPS_KEY, world, type World } from '../support/world.js';

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
  w.clock.reset(); // sessions of `w.staff()` last eight hours by the clock of the database
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

  it('[003-15] is there on platform hosts only', async () => {
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

it('[003-15] without PLATFORM_HOSTS in production people are told 503 platform_hosts_unset on every host but a tenant’s; keys pass', async () => {
  const token = (await login().expect(200)).body.token as string;
  const there = await world({ database: w.database, env: { ROOT_DOMAIN: 'tenantry.test', TENANT_SUBDOMAIN_ENABLED: 'true' } });
  // Such a process does not start; this one loses its list while it runs, so that the second lock is tried as well.
  const hosts = new Hosts(
    Object.create(there.runtime.config, { platform_hosts: { value: [] }, node_env: { value: 'production' } }) as Config,
    there.app.get(TenantResolver, { strict: false }),
  );
  for (const user of [there.app.get(AccessGuard), there.app.get(CallerHosts, { strict: false })]) Reflect.set(user, 'hosts', hosts);
  const ask = (host: string, header: readonly [string, string]) =>
    there
      .request()
      .get('/api/v1/ops/tenants')
      .set('host', host)
      .set(...header);
  const bearer = ['authorization', `Bearer ${token}`] as const;
  for (const host of ['localhost', 'shop.example']) {
    expect((await ask(host, bearer).expect(503)).body.code).toBe('platform_hosts_unset');
    await ask(host, ['x-ops-key', OPS_KEY]).expect(200);
    const entry = there.request().post('/api/v1/platform/auth/login').set('host', host).send({ email: 'a@b.example', password: PASSWORD });
    expect((await entry.expect(503)).body.code).toBe('platform_hosts_unset');
  }
  for (const header of [bearer, ['x-ops-key', OPS_KEY] as const])
    expect((await ask(`${acme.slug}.tenantry.test`, header).expect(403)).body.code).toBe('platform_host_required');
  await there.close();
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

describe('a forgotten staff password', () => {
  const forgot = (email: string): supertest.Test => post('/platform/auth/password/forgot', { email });
  const reset = (token: string, new_password = OTHER, host?: string): supertest.Test =>
    post('/platform/auth/password/reset', { token, new_password }, host);

  it('is set anew by a link that works once, for an hour, and ends every session', async () => {
    const { id, email } = await member();
    const { token: session } = (await login(email).expect(200)).body;
    await forgot(email.toUpperCase()).expect(202);
    const mail = await w.mail.latest(email);
    expect(mail.template).toBe('ops.password_reset');
    expect(mail.links[0]).toMatch(/\/platform\/reset#[\w-]{43}$/);
    const token = await w.mail.token(email);
    expect((await reset(token, 'weak').expect(422)).body.code).toBe('password_refused');
    await reset(token).expect(204);
    expect((await reset(token).expect(410)).body.code).toBe('reset_used');
    await as(session).get('/platform/auth/me').expect(401);
    await login(email).expect(401);
    await login(email, OTHER).expect(200);
    expect(await auditOf('platform.password_changed', id)).toHaveLength(1);

    await forgot(email).expect(202);
    const late = await w.mail.token(email);
    w.clock.advance(61 * MINUTE);
    expect((await reset(late, PASSWORD).expect(410)).body.code).toBe('reset_expired');
    expect((await reset('x'.repeat(43)).expect(404)).body.code).toBe('not_found');
    expect(await query(sql`select 1 from platform_user_tokens where token_hash = $1`, [sha256(late)])).toHaveLength(1);
  });

  it('says nothing about an account: 202 for everybody, three mails an hour at most, on platform hosts only', async () => {
    await forgot('nobody@tenantry.example').expect(202);
    expect(await w.mail.find('nobody@tenantry.example')).toBeNull();
    const { email, id } = await member();
    for (let i = 0; i < 4; i++) await forgot(email).expect(202);
    expect(await query(sql`select 1 from platform_user_tokens where platform_user_id = $1`, [id])).toHaveLength(3);
    for (const [path, body] of [
      ['forgot', { email }],
      ['reset', { token: 'x', new_password: OTHER }],
    ] as const)
      expect((await post(`/platform/auth/password/${path}`, body, 'shop.example').expect(403)).body.code).toBe('platform_host_required');
  });
});

describe('OPS_ADMINS', () => {
  const people = (): Promise<Body[]> =>
    query(sql`select email_normalized, role, source, status from platform_users where email_normalized like '%@ops.example' order by 1`);
  /** A start with this list. */
  async function start(list: string): Promise<void> {
    const there = await world({ database: w.database, env: { OPS_ADMINS: list } });
    await ensureStaff(there.app);
    await ensureStaff(there.app); // the next start of the same release
    await there.close();
  }

  it('[000-06] gives exactly those addresses ops access, in any case; who is gone from the list is out at the next start', async () => {
    const boss = { platform_user_id: newId(), email_normalized: 'boss@ops.example' };
    await query(insertStaff, [boss.platform_user_id, boss.email_normalized, 'superuser', null, false]);
    await start('Ana@Ops.Example, bo@ops.example,BOSS@ops.example');
    const env = (name: string, status = 'active') => ({
      email_normalized: `${name}@ops.example`,
      role: 'ops_admin',
      source: 'env',
      status,
    });
    expect(await people()).toEqual([
      env('ana'),
      env('bo'),
      { email_normalized: 'boss@ops.example', role: 'superuser', source: 'staff', status: 'active' },
    ]);
    // The mailbox is proved by the link: before it, nobody can sign in.
    await login('ana@ops.example').expect(401);
    expect((await w.mail.latest('ana@ops.example')).template).toBe('ops.welcome');
    await post('/platform/auth/password/reset', { token: await w.mail.token('ana@ops.example'), new_password: PASSWORD }).expect(204);
    const { body } = await login('ANA@ops.example').expect(200);
    expect(body.user.role).toBe('ops_admin');
    await as(body.token).get('/platform/tenants').expect(200);
    expect((await as(body.token).get('/platform/staff').expect(403)).body.code).toBe('permission_denied');

    await query(sql`update platform_users set role = 'superuser' where email_normalized = 'ana@ops.example'`);
    await start('ana@ops.example');
    expect(await people()).toMatchObject([env('ana'), env('bo', 'disabled'), { role: 'superuser', status: 'active' }]);
    await as(body.token).get('/platform/tenants').expect(200);

    await start('');
    expect((await as(body.token).get('/platform/tenants').expect(401)).body.code).toBe('session_revoked');
    await login('ana@ops.example').expect(401);
    expect(await people()).toMatchObject([env('ana', 'disabled'), env('bo', 'disabled'), { role: 'superuser', status: 'active' }]);
    await start('ana@ops.example');
    await login('ana@ops.example').expect(200);
  }, 30_000);
});

describe('BOOTSTRAP_TOKEN', () => {
  const TOKEN = 'bootstrap-token-of-the-tests-0123456789';

  it('[003-14] is superuser on /platform/*, audited each time; unset, or another text of any length, it is nobody', async () => {
    expect((await as(TOKEN).get('/platform/tenants').expect(401)).body.code).toBe('unauthenticated');
    const there = await world({ database: w.database, env: { BOOTSTRAP_TOKEN: TOKEN } });
    const asToken = (token: string) => clientOf(there, token);
    for (const wrong of ['x', TOKEN.slice(0, -1), `${TOKEN}x`, 'y'.repeat(TOKEN.length)])
      expect((await asToken(wrong).get('/platform/tenants').expect(401)).body.code).toBe('unauthenticated');
    const before = await query(sql`select 1 from audit_events where action = 'platform.bootstrap_token_used'`);
    await asToken(TOKEN).get('/platform/tenants').expect(200);
    expect((await asToken(TOKEN).get('/platform/auth/me').expect(200)).body).toMatchObject({
      user: { role: 'superuser' },
      session: null,
      next: null,
    });
    const { body } = await asToken(TOKEN)
      .post('/platform/staff', { email: 'rescue@tenantry.example', role: 'superuser', reason: 'nobody could sign in' })
      .expect(201);
    expect(body.role).toBe('superuser');
    expect(await query(sql`select 1 from audit_events where action = 'platform.bootstrap_token_used'`)).toHaveLength(before.length + 3);
    const [row] = await query<{ canonical: string }>(
      sql`select canonical from audit_events where action = 'staff.created' and targets @> $1`,
      [JSON.stringify([{ id: body.platform_user_id }])],
    );
    expect(JSON.parse(String(row?.canonical))).toMatchObject({ actor: { type: 'platform_staff' }, auth_method: 'bootstrap_token' });
    // Nowhere else, and never in a tenant.
    for (const path of ['/ops/tenants', '/tenants', '/roles', '/me']) await asToken(TOKEN).get(path).expect(401);
    const user = await acme.user();
    const reason = 'looking for a lost order';
    expect(
      (await asToken(TOKEN).post(`/platform/tenants/${acme.tenant_id}/impersonate`, { user_id: user.user_id, reason }).expect(403)).body
        .code,
    ).toBe('permission_denied');
    await asToken(TOKEN).post('/platform/auth/password/change', { current_password: 'x', new_password: OTHER }).expect(401);
    expect(there.logs.lines.join('')).not.toContain(TOKEN);
    await there.close();
  }, 30_000);

  it('is refused by the configuration when it is short', () => {
    expect(() => readConfig({ BOOTSTRAP_TOKEN: 'short' })).toThrow(/BOOTSTRAP_TOKEN is shorter than 32 bytes/);
    expect(readConfig({ BOOTSTRAP_TOKEN: TOKEN }).warnings).toEqual([expect.stringContaining('BOOTSTRAP_TOKEN is set')]);
  });
});

describe('/platform/staff', () => {
  const reason = 'joined the night shift';

  it('is kept by superusers: made with a link, changed with a reason, disabled at once', async () => {
    const boss = await w.staff('superuser');
    expect((await (await w.staff('ops_admin')).get('/platform/staff').expect(403)).body.code).toBe('permission_denied');
    expect((await boss.post('/platform/staff', { email: 'new@tenantry.example', role: 'ops_viewer' }).expect(400)).body.code).toBe(
      'reason_required',
    );
    const { body } = await boss.post('/platform/staff', { email: 'New@Tenantry.example', role: 'ops_viewer', reason }).expect(201);
    expect(body).toEqual({
      platform_user_id: expect.any(String), email: 'new@tenantry.example', display_name: 'new', role: 'ops_viewer', source: 'staff', status: 'active', has_password: false,
      mfa_enabled: false, created_at: expect.any(String), last_login_at: null,
    }); // prettier-ignore
    const path = `/platform/staff/${body.platform_user_id}`;
    expect((await boss.post('/platform/staff', { email: 'NEW@tenantry.example', role: 'ops_viewer', reason }).expect(409)).body.code).toBe(
      'email_taken',
    );
    await post('/platform/auth/password/reset', { token: await w.mail.token('new@tenantry.example'), new_password: PASSWORD }).expect(204);
    const { token } = (await login('new@tenantry.example').expect(200)).body;
    expect((await boss.get(path).expect(200)).body).toMatchObject({ has_password: true, last_login_at: expect.any(String) });
    expect((await as(token).get('/platform/tenants').expect(403)).body.code).toBe('permission_denied');
    expect((await boss.patch(path, { role: 'ops_admin' }).expect(400)).body.code).toBe('reason_required');
    await boss.patch(path, { role: 'ops_admin', reason }).expect(200);
    await as(token).get('/platform/tenants').expect(200);
    expect((await boss.patch(path, { display_name: 'Nina' }).expect(200)).body.display_name).toBe('Nina');
    await boss.patch(path, { status: 'disabled', reason }).expect(200);
    expect((await as(token).get('/platform/auth/me').expect(401)).body.code).toBe('session_revoked');
    await login('new@tenantry.example').expect(401);
    await boss.get(`/platform/staff/${newId()}`).expect(404);
    const { body: list } = await boss.get('/platform/staff?status=disabled&limit=1').expect(200);
    expect(list.data).toHaveLength(1);
    expect(await auditOf('staff.updated', body.platform_user_id)).toHaveLength(2);
    expect(JSON.stringify(list)).not.toMatch(/password_hash|argon2/);
  });

  it('always keeps one superuser, also when two go at once', async () => {
    const own = await world({ own_database: 'superusers' });
    const [ana, bo] = [await own.staff('superuser'), await own.staff('superuser')];
    const demote = (by: typeof ana, whom: typeof ana) =>
      by.patch(`/platform/staff/${whom.platform_user_id}`, { role: 'ops_admin', reason });
    const answers = await Promise.all([demote(ana, bo), demote(bo, ana)]);
    const statuses = answers.map(({ status }) => status);
    expect(statuses).toContain(200);
    expect(statuses.some((status) => status === 409 || status === 403)).toBe(true);
    const last = await own.runtime.platformDb.query<{ platform_user_id: string }>(
      platformScope('test'),
      sql`select platform_user_id from platform_users where role = 'superuser' and status = 'active'`,
    );
    expect(last).toHaveLength(1);
    const boss = last[0]?.platform_user_id === ana.platform_user_id ? ana : bo;
    for (const patch of [{ role: 'ops_admin' }, { status: 'disabled' }])
      expect((await boss.patch(`/platform/staff/${boss.platform_user_id}`, { ...patch, reason }).expect(409)).body.code).toBe(
        'last_superuser',
      );
    await own.close();
  }, 30_000);
});

describe('/platform/users', () => {
  const reason = 'left the company today';
  const act = (by: Awaited<ReturnType<World['staff']>>, what: string, user: Pick<TestUser, 'user_id'>, more: Body = {}): supertest.Test =>
    by.post(`/platform/users/${user.user_id}/${what}`, { reason, ...more });

  it('disables a person everywhere at once and lets them back in; audited in each of their tenants and in the platform log', async () => {
    const bolt = await w.tenant();
    await acme.user();
    await bolt.user();
    const user = await acme.user({ role: 'manager', password: PASSWORD });
    const there = await bolt.user({ email: user.email, role: 'manager' });
    const admin = await w.staff('ops_admin');
    expect((await admin.post(`/platform/users/${user.user_id}/disable`, {}).expect(400)).body.code).toBe('reason_required');
    expect((await act(admin, 'disable', user).expect(200)).body).toMatchObject({ user_id: user.user_id, status: 'disabled' });
    for (const session of [user, there]) expect((await session.get('/me').expect(401)).body.code).toBe('session_revoked');
    await post('/auth/login', { email: user.email, password: PASSWORD }).expect(401);
    expect((await act(admin, 'disable', user).expect(409)).body.code).toBe('invalid_transition');
    for (const tenant of [acme, bolt])
      expect((await auditsOf(w, tenant.tenant_id, 'user.disabled'))[0]).toMatchObject({
        actor: { type: 'platform_staff', id: admin.platform_user_id },
      });
    expect(await auditOf('user.disabled', user.user_id)).toHaveLength(3);
    await act(admin, 'enable', user).expect(200);
    await post('/auth/login', { email: user.email, password: PASSWORD, tenant: acme.slug }).expect(200);
    expect((await act(admin, 'enable', user).expect(409)).body.code).toBe('invalid_transition');
    await act(admin, 'disable', { user_id: newId() }).expect(404);
    await act(await w.staff('ops_viewer'), 'disable', user).expect(403);
  });

  it('leaves no tenant without an administrator, unless somebody is named for it in the same call', async () => {
    const [one, two] = [await w.tenant(), await w.tenant()];
    const owner = await one.user();
    await two.user({ email: owner.email });
    const member = await one.user({ role: 'viewer' });
    const admin = await w.staff('ops_admin');
    const { body } = await act(admin, 'disable', owner).expect(409);
    expect(body).toMatchObject({
      code: 'last_admin',
      tenants: [one, two].map(({ tenant_id, slug }) => expect.objectContaining({ tenant_id, slug })).sort(),
    });
    await owner.get('/me').expect(200);
    const orphans = [
      { tenant_id: one.tenant_id, new_owner_email: member.email },
      { tenant_id: two.tenant_id, new_owner_email: 'heir@example.com' },
    ];
    expect((await act(admin, 'disable', owner, { orphans: orphans.slice(0, 1) }).expect(409)).body.tenants).toMatchObject([
      { tenant_id: two.tenant_id },
    ]);
    const himself = [{ tenant_id: one.tenant_id, new_owner_email: owner.email }, orphans[1]];
    expect((await act(admin, 'disable', owner, { orphans: himself }).expect(409)).body.code).toBe('last_admin');
    await act(admin, 'disable', owner, { orphans }).expect(200);
    expect((await member.get('/me').expect(200)).body.abilities['users:admin']).toBe('all');
    expect((await w.mail.latest('heir@example.com')).template).toBe('invitations.invitation');
  });

  it('erases a person for good: name and address are in no table any more, the id stays', async () => {
    const tenant = await w.tenant();
    const owner = await tenant.user();
    const email = `erase-me-${newId()}@example.com`;
    await owner.post('/admin/invitations', { email, role: 'viewer', store_scope: { mode: 'all', store_ids: [] } }).expect(201);
    const accepted = await post('/auth/accept-invitation', {
      token: await w.mail.token(email),
      password: PASSWORD,
      display_name: 'Zebra Quillfeather',
    }).expect(200);
    const user = { user_id: accepted.body.user.user_id as string };
    await as(accepted.body.token).put('/me/preferences', { note: 'Quillfeather' }).expect(200);
    expect((await act(await w.staff('ops_admin'), 'erase', user).expect(403)).body.code).toBe('permission_denied');
    const boss = await w.staff('superuser');
    const { body } = await act(boss, 'erase', user).expect(200);
    expect(body).toEqual({
      user_id: user.user_id,
      email: `${user.user_id}@erased.invalid`,
      display_name: 'Erased person',
      status: 'erased',
      mfa_enabled: false,
    });
    await as(accepted.body.token).get('/me').expect(401);
    await post('/auth/login', { email, password: PASSWORD }).expect(401);
    await act(boss, 'erase', user).expect(404);
    await act(boss, 'enable', user).expect(404);
    const { body: members } = await owner.get('/admin/members').expect(200);
    expect(members.data.map((member: Body) => member['display_name'])).toContain('Erased person');
    expect((await auditsOf(w, tenant.tenant_id, 'user.erased'))[0]).toMatchObject({ targets: [{ id: user.user_id }] });
    // The log keeps what happened and who it was by id; what it said in words is gone, also from what others did.
    const { body: log } = await owner.get('/audit-logs?action=invitation.*').expect(200);
    const created = log.data.find(({ action }: Body) => action === 'invitation.created');
    expect(created.targets[0].label).toBe('erased');
    expect(created.changes).toContainEqual({ field: 'email', to: 'erased' });
    const accept = log.data.find(({ action }: Body) => action === 'invitation.accepted');
    expect(accept.targets[1]).toMatchObject({ type: 'user', id: user.user_id });
    expect(JSON.stringify(log)).not.toMatch(/"c1:/);
    // Events are as they were sent, until their week is dropped.
    const APART = ['events'];
    const places = await withClient(w.database.superUrl, async (client) => {
      const { rows: tables } = await client.query<{ name: string }>(
        `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
      );
      const found: string[] = [];
      for (const { name } of tables) {
        const { rows } = await client.query(`select 1 from "${name}" t where t::text ilike '%quillfeather%' or t::text ilike $1`, [
          `%${email}%`,
        ]);
        if (rows.length) found.push(name);
      }
      return found;
    });
    expect(places.filter((name) => !APART.includes(name))).toEqual([]);
  });
});

describe('POST /ops/sessions/revoke', () => {
  const reason = 'a laptop was stolen';

  it('really revokes: one person, the members of a tenant, everybody; by staff and by x-ops-key', async () => {
    const bolt = await w.tenant();
    const [ana, bo, cy] = [await acme.user(), await bolt.user(), await bolt.user()];
    const admin = await w.staff('ops_admin');
    const revoke = (body: Body): supertest.Test => admin.post('/ops/sessions/revoke', { reason, ...body });
    expect((await revoke({ user_id: ana.user_id }).expect(200)).body).toEqual({ revoked: 1 });
    expect((await ana.get('/me').expect(401)).body.code).toBe('session_revoked');
    await bo.get('/me').expect(200);
    expect((await revoke({ tenant_id: bolt.tenant_id }).expect(200)).body).toEqual({ revoked: 2 });
    for (const user of [bo, cy]) await user.get('/me').expect(401);
    expect((await auditsOf(w, bolt.tenant_id, 'ops.sessions_revoked'))[0]).toMatchObject({ changes: { revoked: [undefined, 2] } });
    for (const body of [{}, { all: false }, { all: true, user_id: ana.user_id }])
      expect((await revoke(body).expect(400)).body.code).toBe('validation_failed');
    expect((await admin.post('/ops/sessions/revoke', { all: true }).expect(400)).body.code).toBe('reason_required');
    const last = await acme.user();
    const byKey = w
      .request()
      .post('/api/v1/ops/sessions/revoke')
      .set('host', 'localhost')
      .set('x-ops-key', OPS_KEY)
      .send({ all: true, reason });
    expect((await byKey.expect(200)).body.revoked).toBeGreaterThan(0);
    await last.get('/me').expect(401);
    await admin.get('/platform/tenants').expect(200);
  });
});

describe('support access', () => {
  const reason = 'Ticket 4711: an order is missing';
  interface Entered {
    readonly boss: Awaited<ReturnType<World['staff']>>;
    readonly owner: TestUser;
    readonly tenant: TestTenant;
    readonly token: string;
    readonly impersonation_id: string;
  }
  async function enter(mode?: 'write', on?: TestTenant): Promise<Entered> {
    const tenant = on ?? (await w.tenant());
    const owner = await tenant.user();
    const boss = await w.staff('superuser');
    if (mode) await owner.patch('/tenant/settings', { settings: { tenants: { allow_support_write: true } } }).expect(200);
    const { body } = await boss
      .post(`/platform/tenants/${tenant.tenant_id}/impersonate`, { user_id: owner.user_id, reason, ...(mode ? { mode } : {}) })
      .expect(201);
    return { boss, owner, tenant, token: body.token, impersonation_id: body.impersonation.impersonation_id };
  }

  it('enters a tenant as one of its people, with a reason, seen and audited on both sides', async () => {
    const { boss, owner, tenant, token, impersonation_id } = await enter();
    expect(claims(token)).toMatchObject({
      sub: owner.user_id,
      act: { sub: boss.platform_user_id, imp: impersonation_id, mode: 'read_only' },
    });
    expect(claims(token).exp - claims(token).iat).toBe(1_800);
    const { body } = await as(token).get('/me').expect(200);
    expect(body).toMatchObject({
      user: { user_id: owner.user_id },
      impersonation: { staff_label: boss.email, reason, expires_at: expect.any(String), read_only: true },
    });
    for (const path of ['/inventory', '/roles', '/admin/members', '/audit-logs', '/stores', '/me/entitlements', '/auth/me'])
      await as(token).get(path).expect(200);
    expect((await w.mail.latest(owner.email)).template).toBe('identity.support_access');
    expect((await w.mail.latest(owner.email)).text).toContain(reason);
    expect(await eventsOf(w, tenant.tenant_id, 'impersonation.started')).toMatchObject([{ data: { impersonation_id, mode: 'read_only' } }]);
    const sides = await auditOf('impersonation.started', impersonation_id);
    expect(sides.map(({ tenant_id }) => tenant_id).sort()).toEqual([PLATFORM_SCOPE_ID, tenant.tenant_id].sort());
    const sessions = (await owner.get('/auth/sessions').expect(200)).body.data as Body[];
    expect(sessions.filter(({ support }) => support)).toHaveLength(1);
  });

  it('looks and changes nothing: every forbidden class is 403', async () => {
    const { token, owner, tenant } = await enter();
    const support = as(token);
    const other = await tenant.user({ role: 'viewer' });
    for (const [method, path, body] of [
      ['post', '/products', { name: 'Tea', sku: 'T', price_minor: 1 }],
      ['post', '/roles', { name: 'x', permissions: [] }],
      ['patch', `/admin/members/${other.user_id}`, { status: 'suspended' }],
      ['delete', `/admin/members/${other.user_id}`],
      ['post', '/admin/invitations', { email: 'a@b.example', role: 'viewer' }],
      ['post', '/api-keys', { name: 'x', scopes: ['orders:read'] }],
      ['patch', '/tenant/settings', { mfa_required: false }],
      ['patch', '/tenant', { name: 'x' }],
      // credentials and the account itself
      ['post', '/auth/password/change', { current_password: 'x', new_password: OTHER }],
      ['post', '/auth/email/change', { email: 'a@b.example', password: 'x' }],
      ['post', '/auth/mfa', { password: 'x' }],
      ['patch', '/auth/me', { display_name: 'x' }],
      ['put', '/me/preferences', {}],
      ['delete', '/me/membership'],
      ['get', '/auth/sessions'],
      ['delete', '/auth/sessions'],
      ['post', '/auth/switch-tenant', { tenant: tenant.slug }],
    ] as const) {
      const call = support[method] as (path: string, body?: object) => supertest.Test;
      const answer = await call(path, body).set('x-forwarded-for', ip);
      expect([path, answer.status, answer.body.code]).toEqual([path, 403, 'permission_denied']);
    }
    await owner.get('/me').expect(200);
  });

  it('writes only where the tenant lets it, for as long as it does, and never rights, keys or bills', async () => {
    const tenant = await w.tenant();
    const owner = await tenant.user();
    const boss = await w.staff('superuser');
    const start = (mode: string): supertest.Test =>
      boss.post(`/platform/tenants/${tenant.tenant_id}/impersonate`, { user_id: owner.user_id, reason, mode });
    expect((await start('write').expect(403)).body.code).toBe('permission_denied');
    const { token } = await enter('write', tenant);
    const product = (): supertest.Test => as(token).post('/products', { name: 'Tea', sku: `T-${newId()}`, price_minor: 1 });
    await product().expect(201);
    const [row] = await query<{ canonical: string }>(
      sql`select canonical from audit_events where tenant_id = $1 and action = 'product.created'`,
      [tenant.tenant_id],
    );
    expect(JSON.parse(String(row?.canonical))).toMatchObject({
      actor: { type: 'user' },
      impersonator: { id: expect.any(String) },
      auth_method: 'support',
    });
    expect((await as(token).get('/me').expect(200)).body.impersonation.read_only).toBe(false);
    for (const [path, body] of [
      ['/roles', { name: 'x', permissions: [] }],
      ['/api-keys', { name: 'x', scopes: ['orders:read'] }],
      ['/admin/invitations', { email: 'a@b.example', role: 'viewer' }],
    ] as const)
      expect((await as(token).post(path, body).expect(403)).body.code).toBe('permission_denied');
    expect(
      (
        await as(token)
          .patch('/tenant/settings', { settings: { tenants: { allow_support_write: true } } })
          .expect(403)
      ).body.code,
    ).toBe('permission_denied');
    await owner.patch('/tenant/settings', { settings: { tenants: { allow_support_write: false } } }).expect(200);
    expect((await product().expect(403)).body.code).toBe('permission_denied');
    expect((await as(token).get('/me').expect(200)).body.impersonation.read_only).toBe(true);
  });

  it('ends when it is ended, by signing out, and after half an hour', async () => {
    const first = await enter();
    await first.boss.delete(`/platform/impersonations/${first.impersonation_id}`).expect(204);
    expect((await as(first.token).get('/me').expect(401)).body.code).toBe('session_revoked');
    await first.boss.delete(`/platform/impersonations/${first.impersonation_id}`).expect(204);
    expect(await auditOf('impersonation.ended', first.impersonation_id)).toHaveLength(2);
    await first.boss.delete(`/platform/impersonations/${newId()}`).expect(404);

    const second = await enter();
    await post('/auth/logout').set('authorization', `Bearer ${second.token}`).expect(204);
    await as(second.token).get('/me').expect(401);
    expect(await auditOf('impersonation.ended', second.impersonation_id)).toMatchObject([
      { actor_type: 'platform_staff' },
      { actor_type: 'platform_staff' },
    ]);
    await second.owner.get('/me').expect(200);

    const third = await enter();
    w.clock.advance(14 * MINUTE);
    await as(third.token).get('/me').expect(200);
    w.clock.advance(16 * MINUTE + 1_000);
    expect((await as(third.token).get('/me').expect(401)).body.code).toBe('token_expired');
  });

  it('is for somebody whom staff find in the list of the tenant, which names no other', async () => {
    const tenant = await w.tenant();
    const owner = await tenant.user();
    const auditor = await tenant.user({ role: 'Auditor' });
    await acme.user();
    const path = `/platform/tenants/${tenant.tenant_id}/members`;
    const boss = await w.staff('superuser');
    const { body } = await boss.get(path).expect(200);
    expect((body.data as Body[]).map(({ user_id }) => user_id).sort()).toEqual([owner.user_id, auditor.user_id].sort());
    const found = (await boss.get(`${path}?q=${auditor.email}`).expect(200)).body.data as Body[];
    expect(found).toMatchObject([{ email: auditor.email, status: 'active', roles: [{ name: 'Auditor' }] }]);
    await (await w.staff('ops_viewer')).get(path).expect(403);
    await boss.get(`/platform/tenants/${newId()}/members`).expect(404);
    await as(owner.token).get(path).expect(401);
  });

  it('is for superusers, with a reason, as a person who is there', async () => {
    const tenant = await w.tenant();
    const owner = await tenant.user();
    const boss = await w.staff('superuser');
    const path = `/platform/tenants/${tenant.tenant_id}/impersonate`;
    await (await w.staff('ops_admin')).post(path, { user_id: owner.user_id, reason }).expect(403);
    expect((await boss.post(path, { user_id: owner.user_id, reason: 'short' }).expect(400)).body.code).toBe('reason_required');
    await boss.post(path, { user_id: newId(), reason }).expect(404);
    await boss.post(path, { user_id: (await acme.user()).user_id, reason }).expect(404);
    await boss.post(`/platform/tenants/${newId()}/impersonate`, { user_id: owner.user_id, reason }).expect(404);
  });

  it('opens the tenant from a host of the console, and agrees with path and header like any other token', async () => {
    const there = await world({ database: w.database, env: { PLATFORM_HOSTS: 'console.tenantry.example' } });
    there.clock.advance(w.clock.now().getTime() - Date.now());
    const { token, tenant, owner } = await enter();
    const on = (bearer: string, tenantHint?: string): supertest.Test => {
      const request = there
        .request()
        .get('/api/v1/inventory')
        .set('host', 'console.tenantry.example')
        .set('authorization', `Bearer ${bearer}`);
      return tenantHint ? request.set('x-tenant-id', tenantHint) : request;
    };
    await on(token).expect(200);
    await on(token, tenant.slug).expect(200);
    expect((await on(token, acme.slug).expect(403)).body.code).toBe('tenant_mismatch');
    expect((await on(owner.token).expect(403)).body.code).toBe('tenant_host_required');
    await there.close();
  }, 20_000);
});
