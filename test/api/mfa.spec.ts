import type supertest from 'supertest';
import { newId, PasswordHasher, sha256 } from '#platform/crypto/index.js';
import { sql, type Param, type Sql } from '#platform/db/index.js';
import { platformScope } from '#platform/queue/index.js';
import { Authenticator } from '../support/authenticator.js';
import { withClient } from '../support/migrate.js';
import { auditsOf } from '../support/records.js';
import { clientOf, type TestTenant, type TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

const PASSWORD = 'Harbour-crane-42!';
const OTHER = 'Quiet-lantern-77?';
const MINUTE = 60_000;

let w: World;
let acme: TestTenant;

beforeAll(async () => {
  w = await world({ own_database: 'mfa', env: { TRUST_PROXY: '127.0.0.1,::1' } });
  acme = await w.tenant();
}, 60_000);

/** A second instance over the same database, at the same time of day. */
async function another(env: Readonly<Record<string, string>> = {}): Promise<World> {
  const there = await world({ database: w.database, env: { TRUST_PROXY: '127.0.0.1,::1', ...env } });
  there.clock.advance(w.clock.now().getTime() - Date.now());
  return there;
}

let address = 0;
let ip: string;
beforeEach(() => {
  ip = newAddress();
});
/** Twenty sign-in calls a quarter of an hour may come from one. */
const newAddress = (): string => (ip = `198.51.${100 + Math.floor(++address / 250)}.${address % 250}`);

type Body = Record<string, unknown>;
const post = (path: string, body: Body = {}, token?: string, on = w): supertest.Test => {
  const request = on.request().post(`/api/v1${path}`).set('host', 'localhost').set('x-forwarded-for', ip);
  return (token ? request.set('authorization', `Bearer ${token}`) : request).send(body);
};
const get = (path: string, token: string, on = w): supertest.Test =>
  on.request().get(`/api/v1${path}`).set('host', 'localhost').set('authorization', `Bearer ${token}`);
const remove = (path: string, body: Body, token: string): supertest.Test =>
  w
    .request()
    .delete(`/api/v1${path}`)
    .set('host', 'localhost')
    .set('x-forwarded-for', ip)
    .set('authorization', `Bearer ${token}`)
    .send(body);
const query = <R = Body>(statement: Sql, params: readonly Param[] = []): Promise<R[]> =>
  w.runtime.platformDb.query<R>(platformScope('test'), statement, params);
const login = (email: string, password = PASSWORD, more: Body = {}): supertest.Test => post('/auth/login', { email, password, ...more });
const verify = (challenge: string, proof: Body): supertest.Test => post('/auth/mfa/verify', { challenge, ...proof });
const requireFactor = (tenant: TestTenant, required = true): Promise<unknown> =>
  query(sql`update tenants set mfa_required = $2 where tenant_id = $1`, [tenant.tenant_id, required]);
const person = (tenant = acme): Promise<TestUser> => tenant.user({ password: PASSWORD });

interface Enrolled {
  readonly app: Authenticator;
  readonly codes: string[];
  readonly secret: string;
}
async function enrol(token: string, base = '/auth/mfa', password = PASSWORD): Promise<Enrolled> {
  newAddress();
  const { body } = await post(base, { password }, token).expect(201);
  const app = new Authenticator(body.mfa.secret, w.clock);
  await post(`${base}/confirm`, { code: app.next() }, token).expect(200);
  return { app, codes: body.mfa.recovery_codes, secret: body.mfa.secret };
}
/** Somebody with a second factor. */
async function guarded(tenant = acme): Promise<TestUser & Enrolled> {
  const user = await person(tenant);
  return { ...user, ...(await enrol(user.token)) };
}
async function challenged(email: string): Promise<string> {
  newAddress();
  const { body } = await login(email).expect(200);
  expect(body.next).toBe('mfa');
  return body.challenge as string;
}

describe('enrolling', () => {
  it('shows secret and codes once, and asks for them only after a code has confirmed them', async () => {
    const user = await person();
    expect((await get('/auth/mfa', user.token).expect(200)).body).toEqual({
      enabled: false,
      enabled_at: null,
      recovery_codes_left: 0,
      required: false,
    });
    expect((await post('/auth/mfa/confirm', { code: '000000' }, user.token).expect(409)).body.code).toBe('mfa_not_started');
    expect((await post('/auth/mfa', { password: 'wrong' }, user.token).expect(401)).body.code).toBe('invalid_credentials');

    const first = await post('/auth/mfa', { password: PASSWORD }, user.token).expect(201);
    expect(first.headers['cache-control']).toBe('no-store');
    expect(first.body).toEqual({
      success: true,
      mfa: {
        secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
        otpauth_uri: expect.stringContaining(`?secret=${first.body.mfa.secret}&`),
        recovery_codes: expect.any(Array),
      },
    });
    expect(new Set(first.body.mfa.recovery_codes).size).toBe(10);
    expect((await login(user.email).expect(200)).body.next).toBeNull();

    // A new one replaces one that is not confirmed.
    const second = await post('/auth/mfa', { password: PASSWORD }, user.token).expect(201);
    const old = new Authenticator(first.body.mfa.secret, w.clock);
    const app = new Authenticator(second.body.mfa.secret, w.clock);
    expect((await post('/auth/mfa/confirm', { code: old.code() }, user.token).expect(401)).body.code).toBe('mfa_code_invalid');
    const { body } = await post('/auth/mfa/confirm', { code: app.code() }, user.token).expect(200);
    expect(body).toEqual({ enabled: true, enabled_at: expect.any(String), recovery_codes_left: 10, required: false });
    expect((await get('/auth/me', user.token).expect(200)).body).toMatchObject({ user: { mfa_enabled: true }, session: { mfa: true } });
    expect((await post('/auth/mfa', { password: PASSWORD }, user.token).expect(409)).body.code).toBe('mfa_already_enabled');
    expect((await post('/auth/mfa/confirm', { code: app.next() }, user.token).expect(409)).body.code).toBe('mfa_already_enabled');
    expect((await w.mail.latest(user.email)).template).toBe('identity.mfa_enabled');
    expect(await auditsOf(w, acme.tenant_id, 'auth.mfa_enabled')).toMatchObject([{ actor: { id: user.user_id }, outcome: 'success' }]);
  });
});

describe('signing in with a second factor', () => {
  it('asks for a code after the right password, with no token of any kind, and gives them for the code', async () => {
    const user = await guarded();
    await post('/auth/logout', {}, user.token).expect(204);
    const { body } = await login(user.email).expect(200);
    expect(body).toEqual({
      token: null, access_token: null, token_type: 'Bearer', expires_in: 300, tenant: null, tenants: [], next: 'mfa', challenge: expect.stringMatching(/^[\w-]{43}$/),
      user: { user_id: user.user_id, email: user.email, display_name: expect.any(String), locale: null, time_zone: null },
    }); // prettier-ignore
    expect((await login(user.email, 'wrong').expect(401)).body.code).toBe('invalid_credentials');
    const done = await verify(body.challenge, { code: user.app.next() }).expect(200);
    expect(done.body).toMatchObject({
      token: expect.any(String),
      refresh_token: expect.any(String),
      next: null,
      tenant: { slug: acme.slug },
    });
    expect((await get('/me', done.body.token).expect(200)).body).toMatchObject({ session: { mfa: true }, next: null });
    const rows = await query<{ challenge_hash: Buffer; realm: string }>(
      sql`select challenge_hash, realm from mfa_challenges where principal_id = $1`,
      [user.user_id],
    );
    expect(rows).toEqual([{ challenge_hash: sha256(body.challenge), realm: 'tenant' }]);
    expect((await auditsOf(w, acme.tenant_id, 'auth.login'))[0]).toMatchObject({ actor: { id: user.user_id } });
  });

  it('takes a code once, also of many at the same time', async () => {
    const user = await guarded();
    const challenges = await Promise.all([1, 2, 3, 4].map(() => challenged(user.email)));
    newAddress();
    const code = user.app.next();
    const answers = await Promise.all([...challenges, challenges[0] as string].map((challenge) => verify(challenge, { code })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401]);
    const again = await challenged(user.email);
    expect((await verify(again, { code }).expect(401)).body.code).toBe('mfa_code_invalid');
    expect((await verify(again, { code: user.app.code(-1) }).expect(401)).body.code).toBe('mfa_code_invalid');
    await verify(again, { code: user.app.next() }).expect(200);
    // Used: the same answer as one that never was.
    const used = await verify(again, { code: user.app.next() }).expect(401);
    const unknown = await verify('x'.repeat(43), { code: user.app.code() }).expect(401);
    expect({ ...used.body, request_id: '' }).toEqual({ ...unknown.body, request_id: '' });
    expect(used.body.code).toBe('mfa_challenge_invalid');
  });

  it('lets five tries pass, and five minutes', async () => {
    const user = await guarded();
    const challenge = await challenged(user.email);
    for (const tries_left of [4, 3, 2, 1, 0])
      expect((await verify(challenge, { code: user.app.wrong() }).expect(401)).body).toMatchObject({
        code: 'mfa_code_invalid',
        tries_left,
      });
    expect((await verify(challenge, { code: user.app.next() }).expect(401)).body.code).toBe('mfa_challenge_invalid');
    const failed = (await auditsOf(w, acme.tenant_id, 'auth.login_failed')).filter(({ targets }) => targets[0]?.id === user.user_id);
    expect(failed.map(({ outcome }) => outcome)).toEqual(Array(5).fill('failed'));

    const late = await challenged(user.email);
    w.clock.advance(5 * MINUTE + 1_000);
    expect((await verify(late, { code: user.app.next() }).expect(401)).body.code).toBe('mfa_challenge_invalid');
    const [one, none] = [await challenged(user.email), {}];
    expect((await verify(one, none).expect(400)).body.errors).toMatchObject([{ field: '/code' }]);
    expect((await verify(one, { code: '123456', recovery_code: 'abcde-fghij' }).expect(400)).body.code).toBe('validation_failed');
  });

  it('takes a recovery code once, however it is typed, and tells the person', async () => {
    const user = await guarded();
    const [first = '', second = ''] = user.codes;
    const done = await verify(await challenged(user.email), { recovery_code: first.toUpperCase().replace('-', ' ') }).expect(200);
    expect((await w.mail.latest(user.email)).template).toBe('identity.recovery_code_used');
    expect((await get('/auth/mfa', done.body.token).expect(200)).body.recovery_codes_left).toBe(9);
    const next = await challenged(user.email);
    expect((await verify(next, { recovery_code: first }).expect(401)).body.code).toBe('mfa_code_invalid');
    expect((await verify(next, { recovery_code: 'aaaaa-aaaaa' }).expect(401)).body.code).toBe('mfa_code_invalid');
    const both = await Promise.all(
      [await challenged(user.email), await challenged(user.email)].map((challenge) => verify(challenge, { recovery_code: second })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  it('counts twenty wrong codes of an account an hour, wherever they come from; the password alone still asks for one', async () => {
    const user = await guarded();
    for (let i = 0; i < 4; i++) {
      const challenge = await challenged(user.email);
      for (let n = 0; n < 5; n++) await verify(challenge, { code: user.app.wrong() }).expect(401);
    }
    const challenge = await challenged(user.email);
    const { body, headers } = await verify(challenge, { code: user.app.code() }).expect(429);
    expect(body.code).toBe('too_many_attempts');
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect((await post('/auth/mfa/step', { code: user.app.code() }, user.token).expect(429)).body.code).toBe('too_many_attempts');
    w.clock.advance(3 * MINUTE + 1_000);
    await verify(await challenged(user.email), { code: user.app.code() }).expect(200);
  });

  it('tells of the tenant only then: membership, state and choice come after the code', async () => {
    const bolt = await w.tenant();
    const user = await guarded();
    newAddress();
    const named = await login(user.email, PASSWORD, { tenant: bolt.slug }).expect(200);
    expect(named.body).toMatchObject({ next: 'mfa', tenants: [] });
    expect((await verify(named.body.challenge, { code: user.app.next() }).expect(404)).body.code).toBe('not_found');
    await bolt.user({ email: user.email });
    expect((await verify(await challenged(user.email), { code: user.app.next() }).expect(200)).body).toMatchObject({
      token: null,
      next: 'choose_tenant',
    });
    await query(sql`update users set must_change_password = true where user_id = $1`, [user.user_id]);
    const due = await verify(await challenged(user.email), { code: user.app.next() }).expect(200);
    expect(due.body).toMatchObject({ next: 'change_password', token: expect.any(String) });
    const changed = await post('/auth/password/change', { current_password: PASSWORD, new_password: OTHER }, due.body.token).expect(200);
    expect(changed.body).toMatchObject({ next: 'choose_tenant' });
  });

  it('is not got round by a reset of the password', async () => {
    const user = await guarded();
    await post('/auth/password/forgot', { email: user.email }).expect(202);
    const token = await w.mail.token(user.email);
    await post('/auth/password/reset', { token, new_password: OTHER }).expect(204);
    newAddress();
    const { body } = await login(user.email, OTHER).expect(200);
    expect(body).toMatchObject({ token: null, next: 'mfa' });
    await verify(body.challenge, { code: user.app.next() }).expect(200);
  });

  it('is asked of whoever accepts an invitation into an account that exists', async () => {
    const bolt = await w.tenant();
    const owner = await bolt.user();
    const user = await guarded();
    await owner.post('/admin/invitations', { email: user.email, role: 'manager', store_scope: { mode: 'all', store_ids: [] } }).expect(201);
    const token = await w.mail.token(user.email);
    newAddress();
    const { body } = await post('/auth/accept-invitation', { token, password: PASSWORD }).expect(200);
    expect(body).toMatchObject({ token: null, next: 'mfa', challenge: expect.any(String) });
    expect(body.refresh_token).toBeUndefined();
    const done = await verify(body.challenge, { code: user.app.next() }).expect(200);
    expect(done.body.tenant.slug).toBe(bolt.slug);
  });
});

describe('changing it', () => {
  it('is switched off with password and code, or a recovery code; the sessions have passed nothing then', async () => {
    const user = await guarded();
    expect((await remove('/auth/mfa', { password: 'wrong', code: user.app.code() }, user.token).expect(401)).body.code).toBe(
      'invalid_credentials',
    );
    expect((await remove('/auth/mfa', { password: PASSWORD, code: user.app.wrong() }, user.token).expect(401)).body.code).toBe(
      'mfa_code_invalid',
    );
    expect((await remove('/auth/mfa', { password: PASSWORD }, user.token).expect(400)).body.code).toBe('validation_failed');
    await remove('/auth/mfa', { password: PASSWORD, code: user.app.next() }, user.token).expect(204);
    expect((await get('/auth/me', user.token).expect(200)).body).toMatchObject({ user: { mfa_enabled: false }, session: { mfa: false } });
    expect((await w.mail.latest(user.email)).template).toBe('identity.mfa_disabled');
    expect((await auditsOf(w, acme.tenant_id, 'auth.mfa_disabled'))[0]).toMatchObject({ actor: { id: user.user_id } });
    expect((await login(user.email).expect(200)).body.next).toBeNull();
    expect((await remove('/auth/mfa', { password: PASSWORD, code: '123456' }, user.token).expect(409)).body.code).toBe('mfa_not_enabled');

    const again = await enrol(user.token);
    await remove('/auth/mfa', { password: PASSWORD, recovery_code: again.codes[3] ?? '' }, user.token).expect(204);
  });

  it('gives new recovery codes for password and code; the old ones are dead', async () => {
    const user = await guarded();
    expect((await post('/auth/mfa/recovery-codes', { password: PASSWORD, code: user.app.wrong() }, user.token).expect(401)).body.code).toBe(
      'mfa_code_invalid',
    );
    const { body } = await post('/auth/mfa/recovery-codes', { password: PASSWORD, code: user.app.next() }, user.token).expect(200);
    expect(body).toEqual({ success: true, recovery_codes: expect.any(Array) });
    expect(body.recovery_codes.filter((code: string) => user.codes.includes(code))).toEqual([]);
    const challenge = await challenged(user.email);
    await verify(challenge, { recovery_code: user.codes[0] }).expect(401);
    await verify(challenge, { recovery_code: body.recovery_codes[0] }).expect(200);
  });

  it('is removed by platform staff with a reason: every session ends, the person is told', async () => {
    const user = await guarded();
    const staff = await w.staff('superuser');
    const path = `/platform/users/${user.user_id}/reset-mfa`;
    expect((await staff.post(path, { reason: 'lost' }).expect(400)).body.code).toBe('reason_required');
    await (await w.staff('ops_admin')).post(path, { reason: 'phone was lost, seen in person' }).expect(403);
    await staff.post(`/platform/users/${newId()}/reset-mfa`, { reason: 'phone was lost, seen in person' }).expect(404);
    await staff.post(path, { reason: 'phone was lost, seen in person' }).expect(204);
    expect((await get('/auth/me', user.token).expect(401)).body.code).toBe('session_revoked');
    expect((await w.mail.latest(user.email)).template).toBe('identity.mfa_reset');
    expect((await auditsOf(w, acme.tenant_id, 'auth.mfa_reset'))[0]).toMatchObject({
      actor: { type: 'platform_staff', id: staff.platform_user_id },
    });
    newAddress();
    expect((await login(user.email).expect(200)).body.next).toBeNull();
  });
});

describe('a tenant that requires it', () => {
  it('refuses sessions from before on their next request, on every instance, until they show the factor', async () => {
    const tenant = await w.tenant();
    const owner = await guarded(tenant);
    const old = await tenant.session(owner);
    const there = await another();
    await get('/roles', old.token, there).expect(200);
    await owner.patch('/tenant/settings', { mfa_required: true }).expect(200);
    expect((await get('/roles', old.token, there).expect(403)).body.code).toBe('mfa_required');
    expect((await get('/roles', old.token).expect(403)).body.code).toBe('mfa_required');
    await get('/roles', owner.token).expect(200);
    // What leads out of it stays open.
    expect((await get('/me', old.token).expect(200)).body).toMatchObject({ next: 'mfa', session: { mfa: false } });
    await get('/auth/me', old.token).expect(200);
    expect((await get('/auth/mfa', old.token).expect(200)).body).toMatchObject({ enabled: true, required: true });
    for (const path of ['/auth/sessions', '/me/preferences', '/me/entitlements']) await get(path, old.token).expect(403);
    expect(
      (await post('/auth/password/change', { current_password: PASSWORD, new_password: OTHER }, old.token).expect(403)).body.code,
    ).toBe('mfa_required');

    expect((await post('/auth/mfa/step', { code: owner.app.wrong() }, old.token).expect(401)).body.code).toBe('mfa_code_invalid');
    await post('/auth/mfa/step', { code: owner.app.next() }, old.token).expect(204);
    await get('/roles', old.token, there).expect(200);
    expect((await remove('/auth/mfa', { password: PASSWORD, code: owner.app.next() }, owner.token).expect(409)).body.code).toBe(
      'mfa_required_by_tenant',
    );
    const second = await tenant.session(owner);
    await post('/auth/logout', {}, second.token).expect(204);
    await there.close();
  }, 30_000);

  it('lets a member without one set it up, and nothing else', async () => {
    const tenant = await w.tenant();
    const user = await person(tenant);
    await requireFactor(tenant);
    const { body } = await login(user.email).expect(200);
    expect(body).toMatchObject({ next: 'mfa_setup', token: expect.any(String), tenant: { slug: tenant.slug } });
    const limited = clientOf(w, body.token);
    for (const path of ['/roles', '/stores', '/me/entitlements', '/auth/sessions', '/me/preferences', '/api-keys'])
      expect((await limited.get(path).expect(403)).body.code).toBe('mfa_required');
    expect((await limited.post('/auth/password/change', { current_password: PASSWORD, new_password: OTHER }).expect(403)).body.code).toBe(
      'mfa_required',
    );
    expect((await post('/auth/switch-tenant', { tenant: tenant.slug }, body.token).expect(403)).body.code).toBe('mfa_required');
    expect((await limited.get('/me').expect(200)).body.next).toBe('mfa_setup');
    await limited.get('/auth/me').expect(200);
    const { app } = await enrol(body.token);
    const { body: full } = await post('/auth/refresh', { refresh_token: body.refresh_token }).expect(200);
    expect(full.next).toBeNull();
    await get('/roles', full.token).expect(200);
    const done = await verify(await challenged(user.email), { code: app.next() }).expect(200);
    expect(done.body.next).toBeNull();
  });

  it('asks at the door of that tenant only', async () => {
    const tenant = await w.tenant();
    const user = await guarded();
    const before = await acme.session(user);
    await tenant.user({ email: user.email });
    await requireFactor(tenant);
    await get('/roles', before.token).expect(200);
    const { body } = await post('/auth/switch-tenant', { tenant: tenant.slug }, before.token).expect(200);
    expect(body).toMatchObject({ next: 'mfa', token: expect.any(String) });
    expect((await get('/roles', body.token).expect(403)).body.code).toBe('mfa_required');
    await post('/auth/mfa/step', { recovery_code: user.codes[0] }, body.token).expect(204);
    await get('/roles', body.token).expect(200);
  });

  it('a password that is due comes first, and does not end in a circle', async () => {
    const tenant = await w.tenant();
    const user = await person(tenant);
    await requireFactor(tenant);
    await query(sql`update users set must_change_password = true where user_id = $1`, [user.user_id]);
    const { body } = await login(user.email).expect(200);
    expect(body.next).toBe('change_password');
    const changed = await post('/auth/password/change', { current_password: PASSWORD, new_password: OTHER }, body.token).expect(200);
    expect(changed.body.next).toBe('mfa_setup');
    await post('/auth/mfa', { password: OTHER }, changed.body.token).expect(201);
  });

  it('is switched on by somebody who has one', async () => {
    const tenant = await w.tenant();
    const owner = await tenant.user();
    expect((await owner.patch('/tenant/settings', { mfa_required: true }).expect(409)).body.code).toBe('mfa_not_enabled');
  });
});

describe('platform staff', () => {
  const insertStaff = sql`
    insert into platform_users (platform_user_id, email_normalized, display_name, role, source, password_hash) values ($1, $2, 'Member', 'superuser', 'staff', $3)`;
  const mfa = '/platform/auth/mfa';
  async function member(): Promise<{ id: string; email: string }> {
    const id = newId();
    const email = `m-${id.slice(-10)}@tenantry.example`;
    await query(insertStaff, [id, email, await w.app.get(PasswordHasher, { strict: false }).hash(PASSWORD)]);
    return { id, email };
  }
  const staffLogin = (email: string, on = w): supertest.Test => {
    newAddress();
    return post('/platform/auth/login', { email, password: PASSWORD }, undefined, on);
  };

  it('have the same: enrol, confirm, a code at the next sign-in, once', async () => {
    const { id, email } = await member();
    const first = (await staffLogin(email).expect(200)).body;
    expect((await get(mfa, first.token).expect(200)).body).toEqual({
      enabled: false,
      enabled_at: null,
      recovery_codes_left: 0,
      required: false,
    });
    const { app, codes } = await enrol(first.token, mfa);
    expect((await w.mail.latest(email)).template).toBe('ops.mfa');
    const { body } = await staffLogin(email).expect(200);
    expect(body).toMatchObject({ token: null, next: 'mfa', expires_in: 300, user: { platform_user_id: id } });
    expect(body.refresh_token).toBeUndefined();
    // A challenge of one realm is none in the other.
    expect((await verify(body.challenge, { code: app.code() }).expect(401)).body.code).toBe('mfa_challenge_invalid');
    const code = app.next();
    const answers = await Promise.all([1, 2, 3].map(() => post(`${mfa}/verify`, { challenge: body.challenge, code })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
    const token = answers.find(({ status }) => status === 200)?.body.token as string;
    expect((await get('/platform/auth/me', token).expect(200)).body.next).toBeNull();

    const again = (await staffLogin(email).expect(200)).body.challenge;
    for (let i = 0; i < 5; i++) await post(`${mfa}/verify`, { challenge: again, code: app.wrong() }).expect(401);
    expect((await post(`${mfa}/verify`, { challenge: again, code: app.next() }).expect(401)).body.code).toBe('mfa_challenge_invalid');
    const late = (await staffLogin(email).expect(200)).body.challenge;
    w.clock.advance(5 * MINUTE + 1_000);
    expect((await post(`${mfa}/verify`, { challenge: late, code: app.next() }).expect(401)).body.code).toBe('mfa_challenge_invalid');
    const last = (await staffLogin(email).expect(200)).body.challenge;
    const { body: recovered } = await post(`${mfa}/verify`, { challenge: last, recovery_code: codes[0] }).expect(200);
    expect((await get(mfa, recovered.token).expect(200)).body.recovery_codes_left).toBe(9);

    newAddress();
    const renewed = await post(`${mfa}/recovery-codes`, { password: PASSWORD, code: app.next() }, recovered.token).expect(200);
    expect(renewed.body.recovery_codes).toHaveLength(10);
    expect((await remove(mfa, { password: 'wrong', code: app.next() }, recovered.token).expect(401)).body.code).toBe('invalid_credentials');
    await remove(mfa, { password: PASSWORD, code: app.next() }, recovered.token).expect(204);
    expect((await staffLogin(email).expect(200)).body.next).toBeNull();
  });

  it('need one where PLATFORM_MFA_REQUIRED says so: a session without it opens the set-up alone', async () => {
    const strict = await another({ PLATFORM_MFA_REQUIRED: 'true' });
    const { email } = await member();
    const { body } = await staffLogin(email, strict).expect(200);
    expect(body).toMatchObject({ next: 'mfa_setup', token: expect.any(String) });
    const { token } = body;
    expect((await get('/platform/tenants', token, strict).expect(403)).body.code).toBe('mfa_required');
    expect((await get('/ops/tenants', token, strict).expect(403)).body.code).toBe('mfa_required');
    expect((await get('/platform/auth/me', token, strict).expect(200)).body.next).toBe('mfa_setup');
    const other = (await staffLogin(email, strict).expect(200)).body.token;
    const { secret } = await enrol(token, mfa); // by the instance that does not require it: it is one database
    strict.clock.advance(2 * MINUTE);
    const app = new Authenticator(secret, strict.clock);
    await get('/platform/tenants', token, strict).expect(200);
    expect((await get('/platform/tenants', other, strict).expect(403)).body.code).toBe('mfa_required');
    expect((await get('/platform/auth/me', other, strict).expect(200)).body.next).toBe('mfa');
    await post(`${mfa}/step`, { code: app.next() }, other, strict).expect(204);
    await get('/platform/tenants', other, strict).expect(200);
    newAddress();
    const refused = strict
      .request()
      .delete(`/api/v1${mfa}`)
      .set('host', 'localhost')
      .set('x-forwarded-for', ip)
      .set('authorization', `Bearer ${other}`);
    expect((await refused.send({ password: PASSWORD, code: app.next() }).expect(409)).body.code).toBe('mfa_required_by_tenant');
    await strict.close();
  }, 30_000);

  it('get it removed by another superuser, never by themselves', async () => {
    const { id, email } = await member();
    const first = (await staffLogin(email).expect(200)).body;
    await enrol(first.token, mfa);
    const reason = { reason: 'phone was lost, seen in person' };
    expect((await post(`/platform/staff/${id}/reset-mfa`, reason, first.token).expect(403)).body.code).toBe('permission_denied');
    const staff = await w.staff('superuser');
    await staff.post(`/platform/staff/${newId()}/reset-mfa`, reason).expect(404);
    await staff.post(`/platform/staff/${id}/reset-mfa`, reason).expect(204);
    await get('/platform/auth/me', first.token).expect(401);
    expect((await staffLogin(email).expect(200)).body.next).toBeNull();
  });
});

it('keeps secret and codes where they were shown: in no log, no audit row, no mail, no job, no other answer', async () => {
  const user = await guarded();
  const { body } = await post('/auth/mfa/recovery-codes', { password: PASSWORD, code: user.app.next() }, user.token).expect(200);
  const challenge = await challenged(user.email);
  const code = user.app.next();
  const answer = await verify(challenge, { code }).expect(200);
  const answers = await Promise.all(
    ['/auth/mfa', '/auth/me', '/me', '/auth/sessions', '/audit-logs'].map((path) => get(path, answer.body.token)),
  );
  const secrets = [user.secret, challenge, ...user.codes, ...(body.recovery_codes as string[])];
  const found = (where: string, text: string): string[] =>
    secrets.filter((secret) => text.includes(secret)).map((secret) => `${secret} in ${where}`);
  expect(answers.flatMap(({ text }, i) => found(`answer ${i}`, text))).toEqual([]);
  expect(found('the log', w.logs.lines.join('\n'))).toEqual([]);
  expect(found('mails', JSON.stringify(await w.mail.latest(user.email)))).toEqual([]);
  const dump = await withClient(w.database.superUrl, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select quote_ident(relname) as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
    );
    let text = '';
    for (const { name } of tables) text += JSON.stringify((await client.query(`select t::text from ${name} t`)).rows);
    return text;
  });
  expect(found('the database', dump)).toEqual([]);
  const [factor] = await query<{ secret_enc: string }>(sql`select secret_enc from mfa_factors where principal_id = $1`, [user.user_id]);
  expect(factor?.secret_enc).toMatch(/^v1\.[0-9a-f]{8}\./);
}, 20_000);
