import type supertest from 'supertest';
import { KeyRings, newId, sha256 } from '#platform/crypto/index.js';
import { sql, type Param, type Sql } from '#platform/db/index.js';
import { platformScope } from '#platform/queue/index.js';
import { auditsOf } from '../support/records.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

const PASSWORD = 'Harbour-crane-42!';
const OTHER = 'Quiet-lantern-77?';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let w: World;
let acme: TestTenant;
let bolt: TestTenant;

beforeAll(async () => {
  w = await world({
    env: {
      TRUST_PROXY: '127.0.0.1,::1',
      ROOT_DOMAIN: 'tenantry.test',
      TENANT_SUBDOMAIN_ENABLED: 'true',
      PLATFORM_HOSTS: 'localhost,console.tenantry.example',
    },
  });
  acme = await w.tenant();
  bolt = await w.tenant();
}, 60_000);

let address = 0;
let ip: string;
beforeEach(() => {
  ip = `192.0.2.${++address}`;
  w.clock.reset();
});

type Body = Record<string, unknown>;
const post = (path: string, body: Body = {}, token?: string): supertest.Test => {
  const request = w.request().post(`/api/v1${path}`).set('host', 'localhost').set('x-forwarded-for', ip);
  return (token ? request.set('authorization', `Bearer ${token}`) : request).send(body);
};
const login = (email: string, password = PASSWORD, more: Body = {}): supertest.Test => post('/auth/login', { email, password, ...more });
const query = <R = Body>(statement: Sql, params: readonly Param[] = []): Promise<R[]> =>
  w.runtime.platformDb.query<R>(platformScope('test'), statement, params);
const person = (tenant = acme, options: Parameters<TestTenant['user']>[0] = {}): Promise<TestUser> =>
  tenant.user({ password: PASSWORD, ...options });
const setPolicy = (tenant: TestTenant, policy: Body): Promise<unknown> =>
  query(
    sql`update tenants set settings = jsonb_build_object('identity', jsonb_build_object('password_policy', $2::jsonb)) where tenant_id = $1`,
    [tenant.tenant_id, policy],
  );

describe('POST /auth/email/change', () => {
  const change = (user: TestUser, email: string, password = PASSWORD): supertest.Test =>
    post('/auth/email/change', { email, password }, user.token);
  const verify = (token: string): supertest.Test => post('/auth/email/verify', { token });

  it('moves the address when its mailbox says so: link once, copies in every tenant, every other session ends', async () => {
    const user = await person(acme, { role: 'manager' });
    await bolt.user({ email: user.email });
    const elsewhere = await acme.session(user);
    const wanted = `New.${newId()}@Example.com`;
    expect((await change(user, wanted, 'wrong').expect(401)).body.code).toBe('invalid_credentials');
    expect((await change(user, 'no address').expect(400)).body.code).toBe('validation_failed');
    expect((await change(user, wanted).expect(202)).text).toBe('');
    const mail = await w.mail.latest(wanted);
    expect(mail).toMatchObject({ template: 'identity.email_change', links: [expect.stringMatching(/\/verify#[\w-]{43}$/)] });
    expect((await w.mail.latest(user.email)).template).toBe('identity.email_change_notice');
    // Until then the old one signs in, and the new one does not.
    await login(user.email, PASSWORD, { tenant: acme.slug }).expect(200);
    await login(wanted).expect(401);
    await post('/auth/password/forgot', { email: user.email }).expect(202);
    const reset = await w.mail.token(user.email);

    const token = await w.mail.token(wanted);
    await verify(token).expect(204);
    expect((await verify(token).expect(410)).body.code).toBe('email_link_used');
    await login(user.email).expect(401);
    await login(wanted, PASSWORD, { tenant: acme.slug }).expect(200);
    await user.get('/me').expect(200);
    await elsewhere.get('/me').expect(401);
    expect((await user.get('/auth/me').expect(200)).body.user).toMatchObject({ email: wanted, email_verified_at: expect.any(String) });
    const copies = await query(sql`select email, email_normalized from memberships where user_id = $1`, [user.user_id]);
    expect(copies).toEqual(Array(2).fill({ email: wanted, email_normalized: wanted.toLowerCase() }));
    for (const tenant of [acme, bolt])
      expect((await auditsOf(w, tenant.tenant_id, 'auth.email_changed'))[0]).toMatchObject({ actor: { id: user.user_id } });
    // What was still on its way to the old mailbox opens nothing.
    expect((await post('/auth/password/reset', { token: reset, new_password: OTHER }).expect(410)).body.code).toBe('reset_used');
    expect((await w.mail.latest(user.email)).template).toBe('identity.email_changed');
    expect(JSON.stringify(await auditsOf(w, acme.tenant_id))).not.toContain(wanted.toLowerCase());
  });

  it('answers alike, and writes alike to the old address, whether the new one is free or somebody’s', async () => {
    const [user, other] = [await person(), await person()];
    const free = await change(user, `free-${newId()}@example.com`).expect(202);
    const notice = await w.mail.latest(user.email);
    const taken = await change(user, other.email.toUpperCase()).expect(202);
    expect(taken.text).toBe(free.text);
    expect(Object.keys(taken.headers).sort()).toEqual(Object.keys(free.headers).sort());
    const second = await w.mail.latest(user.email);
    expect(second.template).toBe(notice.template);
    expect(second.mail_message_id).not.toBe(notice.mail_message_id);
    expect(await w.mail.find(other.email)).toBeNull();
    expect(await query(sql`select 1 from user_tokens where user_id = $1 and purpose = 'change_email'`, [user.user_id])).toHaveLength(1);
  });

  it('does not move onto an address that was taken meanwhile, and not after a day', async () => {
    const user = await person();
    const wanted = `soon-${newId()}@example.com`;
    await change(user, wanted).expect(202);
    const token = await w.mail.token(wanted);
    await acme.user({ email: wanted });
    expect((await verify(token).expect(409)).body.code).toBe('email_taken');
    const later = `later-${newId()}@example.com`;
    await change(user, later).expect(202);
    const late = await w.mail.token(later);
    w.clock.advance(DAY + 1_000);
    expect((await verify(late).expect(410)).body.code).toBe('email_link_expired');
    expect((await verify('x'.repeat(43)).expect(404)).body.code).toBe('not_found');
    expect(await query(sql`select token_hash from user_tokens where token_hash = $1`, [sha256(late)])).toHaveLength(1);
  });

  it('sends three mails an hour, and says so to nobody', async () => {
    const user = await person();
    for (let i = 0; i < 5; i++) await change(user, `n${i}-${newId()}@example.com`).expect(202);
    expect(await query(sql`select 1 from user_tokens where user_id = $1 and purpose = 'change_email'`, [user.user_id])).toHaveLength(3);
    await change(user, user.email).expect(202); // to where it is: nothing to do
  });

  it('proves the address of a sign-up', async () => {
    const user = await person();
    await query(sql`update users set email_verified_at = null where user_id = $1`, [user.user_id]);
    const token = `v${newId()}`;
    const insert = sql`insert into user_tokens (token_hash, user_id, purpose, expires_at) values ($1, $2, 'verify_email', now() + interval '1 hour')`;
    await query(insert, [sha256(token), user.user_id]);
    await verify(token).expect(204);
    expect((await user.get('/auth/me').expect(200)).body.user.email_verified_at).toEqual(expect.any(String));
    expect((await auditsOf(w, acme.tenant_id, 'auth.email_verified'))[0]).toMatchObject({ outcome: 'success' });
  });
});

describe('the password policy of a tenant', () => {
  const change = (user: TestUser, new_password: string, current_password = PASSWORD): supertest.Test =>
    post('/auth/password/change', { current_password, new_password }, user.token);

  it('is set in its settings, and can only be stricter than the platform’s', async () => {
    const tenant = await w.tenant();
    const owner = await tenant.user();
    const set = (password_policy: Body): supertest.Test => owner.patch('/tenant/settings', { settings: { identity: { password_policy } } });
    expect((await set({ min_length: 16, max_age_days: 90 }).expect(200)).body.password_policy).toMatchObject({
      min_length: 16,
      classes: 'all',
      history: 5,
      max_age_days: 90,
    });
    for (const wrong of [{ min_length: 7 }, { history: 25 }, { max_age_days: 10 }, { max_age_days: 400 }, { classes: 'none' }])
      expect((await set(wrong).expect(400)).body.code).toBe('validation_failed');
    expect((await set({ salt: 1 }).expect(400)).body.code).toBe('unknown_setting');
    expect((await set({ min_length: 8, history: 0, classes: 'three' }).expect(200)).body.password_policy).toMatchObject({
      min_length: 8,
      classes: 'all',
      history: 5,
    });
  });

  it('counts for its members: the strictest of all their tenants', async () => {
    const [one, two] = [await w.tenant(), await w.tenant()];
    await setPolicy(one, { min_length: 20 });
    await setPolicy(two, { history: 7 });
    const user = await person(one);
    expect((await change(user, 'Short-but-fine-1!').expect(422)).body.errors).toMatchObject([
      { code: 'too_short', message: 'Use at least 20 characters.' },
    ]);
    const passwords = Array.from({ length: 7 }, (_, i) => `A rather long password ${i}`);
    let current = PASSWORD;
    for (const next of passwords) {
      ip = `192.0.2.${++address}`;
      await change(user, next, current).expect(200);
      current = next;
    }
    await two.user({ email: user.email, role: 'viewer' });
    expect((await change(user, passwords[0] ?? '', current).expect(422)).body.errors).toMatchObject([
      { code: 'used_before', message: 'Do not use one of the last 7 passwords.' },
    ]);
    await query(sql`update memberships set status = 'suspended' where tenant_id = $1 and user_id = $2`, [two.tenant_id, user.user_id]);
    await change(user, passwords[0] ?? '', current).expect(200); // the sixth before this one
  }, 20_000);

  it('ends the life of a password: the next sign-in, and the next refresh, open only its change', async () => {
    const tenant = await w.tenant();
    const user = await person(tenant);
    const { body: before } = await login(user.email).expect(200);
    await setPolicy(tenant, { max_age_days: 30 });
    await query(sql`update user_credentials set password_changed_at = now() - interval '31 days' where user_id = $1`, [user.user_id]);
    const { body } = await login(user.email).expect(200);
    expect(body).toMatchObject({ next: 'change_password', token: expect.any(String) });
    for (const path of ['/roles', '/auth/sessions', '/auth/mfa'])
      expect(
        (await w.request().get(`/api/v1${path}`).set('host', 'localhost').set('authorization', `Bearer ${body.token}`).expect(403)).body
          .code,
      ).toBe('password_change_required');
    expect((await post('/auth/refresh', { refresh_token: before.refresh_token }).expect(200)).body.next).toBe('change_password');
    expect((await post('/auth/switch-tenant', { tenant: tenant.slug }, before.token).expect(403)).body.code).toBe(
      'password_change_required',
    );
    const done = await post('/auth/password/change', { current_password: PASSWORD, new_password: OTHER }, body.token).expect(200);
    expect(done.body.next).toBeNull();
    expect((await login(user.email, OTHER).expect(200)).body.next).toBeNull();
  });

  it('is told on the host of the tenant, and the platform’s elsewhere', async () => {
    await setPolicy(bolt, { min_length: 14, max_age_days: 90 });
    const policy = (host: string): supertest.Test => w.request().get('/api/v1/auth/password-policy').set('host', host);
    expect((await policy(`${bolt.slug}.tenantry.test`).expect(200)).body).toEqual({
      min_length: 14,
      max_length: 128,
      classes: 'all',
      history: 5,
      max_age_days: 90,
    });
    for (const host of ['localhost', 'console.tenantry.example', `${acme.slug}.tenantry.test`])
      expect((await policy(host).expect(200)).body).toEqual({
        min_length: 8,
        max_length: 128,
        classes: 'all',
        history: 5,
        max_age_days: null,
      });
    await policy('nobody.tenantry.test').expect(404);
    await setPolicy(bolt, {});
  });

  it('counts for whoever is invited there', async () => {
    const tenant = await w.tenant();
    const owner = await tenant.user();
    await setPolicy(tenant, { min_length: 18 });
    const email = `guest-${newId()}@example.com`;
    await owner.post('/admin/invitations', { email, role: 'viewer', store_scope: { mode: 'all', store_ids: [] } }).expect(201);
    const token = await w.mail.token(email);
    expect((await post('/auth/accept-invitation', { token, password: OTHER }).expect(422)).body.errors).toMatchObject([
      { field: '/password', code: 'too_short' },
    ]);
    await post('/auth/accept-invitation', { token, password: `${OTHER} indeed` }).expect(200);
  });
});

it('[002-05] verifies a bcrypt hash that was brought along, and hashes it anew with argon2id at that sign-in', async () => {
  const user = await person();
  const hashOf = async (): Promise<string> =>
    (await query<{ password_hash: string }>(sql`select password_hash from user_credentials where user_id = $1`, [user.user_id]))[0]
      ?.password_hash ?? '';
  expect(await hashOf()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  const imported = '$2b$10$abcdefghijklmnopqrstuuTymf/lQJSnQFBIupeBt1k8s9Nzzy/li';
  await query(sql`update user_credentials set password_hash = $2 where user_id = $1`, [user.user_id, imported]);
  await login(user.email, 'wrong').expect(401);
  expect(await hashOf()).toBe(imported);
  await login(user.email).expect(200);
  expect(await hashOf()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  await login(user.email).expect(200);
  const weak = '$2b$04$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe';
  await query(sql`update user_credentials set password_hash = $2 where user_id = $1`, [user.user_id, weak]);
  await login(user.email, 'a'.repeat(72)).expect(401);
}, 20_000);

describe('an account that is tried from everywhere', () => {
  /** As if it had been tried fifty times within the hour. */
  async function tried(email: string): Promise<void> {
    const key = w.app
      .get(KeyRings, { strict: false })
      .ring('throttle')
      .hmac('account_anywhere', 'tenant', email.toLowerCase())
      .toString('base64url');
    const until = new Date(w.clock.now().getTime() + 60 * MINUTE);
    await query(sql`insert into throttle (throttle_key, tat, failures, expires_at) values ($1, $2, 50, $2)`, [key, until]);
  }

  it('answers after one to five seconds and is never refused: a stranger locks nobody out', async () => {
    const user = await person();
    const timed = async (email: string, password: string): Promise<{ status: number; ms: number }> => {
      const started = performance.now();
      const { status } = await login(email, password);
      return { status, ms: performance.now() - started };
    };
    await tried(user.email);
    const stranger = `nobody-${newId()}@example.com`;
    await tried(stranger);
    const answers = await Promise.all([timed(user.email, PASSWORD), timed(user.email, 'wrong'), timed(stranger, 'wrong')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 401]);
    for (const { ms } of answers) expect(ms).toBeGreaterThanOrEqual(990);
  }, 20_000);

  it('counts failures only', async () => {
    const user = await person();
    const key = w.app
      .get(KeyRings, { strict: false })
      .ring('throttle')
      .hmac('account_anywhere', 'tenant', user.email.toLowerCase())
      .toString('base64url');
    const counted = async (): Promise<number> =>
      (await query<{ failures: number }>(sql`select failures from throttle where throttle_key = $1`, [key]))[0]?.failures ?? 0;
    for (let i = 0; i < 3; i++) await login(user.email).expect(200);
    expect(await counted()).toBe(0);
    await login(user.email, 'wrong').expect(401);
    expect(await counted()).toBe(1);
  });
});
