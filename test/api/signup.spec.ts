import { PLATFORM_SCOPE_ID } from '../../apps/api/src/modules/audit/index.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { PlatformDb, sql } from '../../libs/platform/db/index.js';
import { JobRunner, platformScope } from '../../libs/platform/queue/index.js';
import { auditsOf, eventsOf } from '../support/records.js';
import { world, type World } from '../support/world.js';

const PASSWORD = 'Copper-kettle-61!';
const TRUST = { TRUST_PROXY: '127.0.0.1,::1,::ffff:127.0.0.1' };
const jobOf = sql`select provisioning_job_id from provisioning_jobs where tenant_id = (select tenant_id from tenant_state where slug = $1)`;
const tenantOf = sql`select tenant_id from tenant_state where slug = $1`;
const userOf = sql`select user_id, email_verified_at, display_name from users where email_normalized = $1`;
const inputOf = sql`select input::text || coalesce(error::text, '') as text from provisioning_jobs where provisioning_job_id = $1`;

let w: World;
beforeAll(async () => {
  // Each call from an address of its own, so that the limit of one is met only where a test wants it.
  w = await world({ own_database: `signup_${process.pid}`, env: { ...TRUST, FRONTEND_URL: 'https://app.tenantry.test' } });
}, 60_000);
afterEach(() => w.clock.reset());

let calls = 0;
const address = (): string => `198.51.100.${(calls++ % 250) + 1}`;
const call = (method: 'get' | 'post', path: string, ip = address()) =>
  w.request()[method](`/api/v1${path}`).set('host', 'localhost').set('x-forwarded-for', ip);
const wanted = (over: object = {}) => {
  const name = `s${newId().slice(-10)}`;
  return { company: 'Harbour', subdomain: name, email: `${name}@example.com`, display_name: 'Ana Lima', password: PASSWORD, ...over };
};
const signUp = (body: object, ip?: string) => call('post', '/signup', ip).send(body);
const status = async (token: string) => (await call('get', `/signup/status/${token}`).expect(200)).body;
const login = (email: string, password = PASSWORD) => call('post', '/auth/login').send({ email, password });
const one = async <R>(statement: Parameters<PlatformDb['query']>[1], param: string): Promise<R | undefined> =>
  (await w.app.get(PlatformDb, { strict: false }).query<R>(platformScope('test'), statement, [param]))[0];
const run = async (slug: string): Promise<string> => {
  const { provisioning_job_id = '' } = (await one<{ provisioning_job_id: string }>(jobOf, slug)) ?? {};
  await w.app.get(JobRunner, { strict: false }).run('provisioning.run', { provisioning_job_id });
  return provisioning_job_id;
};

describe('POST /signup', () => {
  it('makes a tenant and its owner: followed step by step, signed in when ready, the address proved by a link', async () => {
    const body = wanted({ subdomain: `S${newId().slice(-10)}`.toUpperCase(), display_name: ' Ana Lima ' });
    const slug = body.subdomain.toLowerCase();
    const { status_token, ...rest } = (await signUp(body).expect(202)).body;
    expect(rest).toEqual({});
    const waiting = await status(status_token);
    expect(waiting).toMatchObject({ state: 'working', slug, link: null });
    expect(new Set(waiting.steps.map((step: { state: string }) => step.state))).toEqual(new Set(['pending']));
    expect((await login(body.email).expect(403)).body.code).toBe('no_membership');

    const job = await run(slug);
    const ready = await status(status_token);
    expect(ready).toMatchObject({ state: 'ready', slug, link: 'https://app.tenantry.test/login' });
    expect(ready.steps.find(({ step_key }: { step_key: string }) => step_key === 'owner')).toEqual({ step_key: 'owner', state: 'done' });
    const signedIn = (await login(body.email).expect(200)).body;
    expect(signedIn).toMatchObject({ tenant: { slug, name: 'Harbour' }, next: null, user: { display_name: 'Ana Lima' } });
    const me = (await call('get', '/me').set('authorization', `Bearer ${signedIn.token}`).expect(200)).body;
    expect(me).toMatchObject({ roles: [{ code: 'owner' }], entitlements: { plan_code: 'premium', status: 'trial' } });

    expect((await one<{ email_verified_at: Date | null }>(userOf, body.email))?.email_verified_at).toBeNull();
    await call('post', '/auth/email/verify').send({ token: await w.mail.token(body.email) }).expect(204); // prettier-ignore
    expect((await one<{ email_verified_at: Date | null }>(userOf, body.email))?.email_verified_at).not.toBeNull();

    const { tenant_id = '' } = (await one<{ tenant_id: string }>(tenantOf, slug)) ?? {};
    for (const log of [tenant_id, PLATFORM_SCOPE_ID])
      expect((await auditsOf(w, log, 'tenant.created'))[0]).toMatchObject({ actor: { type: 'system', id: 'signup' }, targets: [{ id: tenant_id }] }); // prettier-ignore
    expect((await auditsOf(w, tenant_id, 'user.created'))[0]?.targets[0]?.id).toBe(signedIn.user.user_id);
    expect((await eventsOf(w, tenant_id, 'user.created'))[0]?.data).toMatchObject({ email: body.email });
    expect((await one<{ text: string }>(inputOf, job))?.text).not.toContain(PASSWORD);
    expect(w.logs.lines.join('\n')).not.toMatch(new RegExp(`${PASSWORD}|${status_token}`));
  });

  it('touches no account that exists: it is invited, keeps its password, and nothing of the answer tells', async () => {
    const acme = await w.tenant();
    const person = await acme.user({ role: 'viewer', password: PASSWORD });
    const body = wanted({ email: person.email, password: 'Another-kettle-62!' });
    const known = await signUp(body).expect(202);
    const unknown = await signUp(wanted()).expect(202);
    expect(Object.keys(known.body)).toEqual(Object.keys(unknown.body));
    await run(body.subdomain);
    expect(await status(known.body.status_token)).toMatchObject({ state: 'ready', link: 'https://app.tenantry.test/login' });
    await login(person.email, 'Another-kettle-62!').expect(401);
    expect((await login(person.email).expect(200)).body.tenant.slug).toBe(acme.slug);
    await call('post', '/auth/accept-invitation')
      .send({ token: await w.mail.token(person.email), password: PASSWORD })
      .expect(200);
    expect((await login(person.email).expect(200)).body.next).toBe('choose_tenant');
  });

  it('does not give a tenant of staff to whoever opened an account with somebody else’s address', async () => {
    const body = wanted();
    await signUp(body).expect(202);
    await run(body.subdomain);
    const staff = await w.staff();
    const slug = `s${newId().slice(-10)}`;
    await staff.post('/platform/tenants', { name: 'Given', subdomain: slug, owner: { email: body.email } }).expect(201);
    await run(slug);
    expect((await login(body.email).expect(200)).body.tenants).toMatchObject([{ slug: body.subdomain }]);
  });

  it('refuses a slug that is none, reserved or taken, and a weak password, and makes nothing then', async () => {
    const acme = await w.tenant();
    const codeOf = async (over: object): Promise<string> => {
      const body = wanted(over);
      const { status: code, body: answer } = await signUp(body);
      expect(await one(userOf, body.email)).toBeUndefined();
      return `${code} ${answer.code}`;
    };
    expect(await codeOf({ subdomain: 'a--b' })).toBe('400 slug_invalid');
    expect(await codeOf({ subdomain: 'www' })).toBe('400 slug_reserved');
    expect(await codeOf({ subdomain: acme.slug })).toBe('409 slug_taken');
    expect(await codeOf({ company: '  ' })).toBe('400 validation_failed');
    expect(await codeOf({ role: 'owner' })).toBe('400 validation_failed');
    const refused = (await signUp(wanted({ password: 'kettle' })).expect(422)).body;
    expect(refused).toMatchObject({ code: 'password_refused', errors: expect.arrayContaining([expect.objectContaining({ field: '/password' })]) }); // prettier-ignore
    expect(await codeOf({ company: 'Bluebird', password: 'Bluebird' })).toBe('422 password_refused');
  });

  it('of twenty that want one slug at once gives it to one; of several with one address makes one account', async () => {
    const slug = `s${newId().slice(-10)}`;
    const answers = await Promise.all(Array.from({ length: 20 }, () => signUp(wanted({ subdomain: slug }))));
    expect(answers.map((answer) => answer.status).sort()).toEqual([202, ...Array<number>(19).fill(409)]);
    const email = `${slug}@example.org`;
    const tenants = await Promise.all(Array.from({ length: 5 }, () => signUp(wanted({ email }))));
    expect(tenants.map((answer) => answer.status)).toEqual(Array<number>(5).fill(202));
    expect(await one(userOf, email)).toBeDefined();
  });

  it('lets one address make five in an hour', async () => {
    const ip = '203.0.113.77';
    for (let i = 0; i < 5; i++) await signUp(wanted(), ip).expect(202);
    const refused = await signUp(wanted(), ip).expect(429);
    expect(refused.body.code).toBe('too_many_attempts');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(60);
    await signUp(wanted()).expect(202);
  });
});

describe('GET /signup/status/{token}', () => {
  it('is 404 for a token that was not given, and says failed for an order that was cancelled', async () => {
    const body = wanted();
    const { status_token } = (await signUp(body).expect(202)).body;
    for (const token of ['x', newId(), 'A'.repeat(43), `B${status_token.slice(1)}`])
      await call('get', `/signup/status/${token}`).expect(404);
    const staff = await w.staff();
    const { provisioning_job_id } = (await one<{ provisioning_job_id: string }>(jobOf, body.subdomain)) ?? {};
    await staff.post(`/ops/provisioning/jobs/${provisioning_job_id}/cancel`, { reason: 'ordered by mistake' }).expect(202);
    expect(await status(status_token)).toMatchObject({ state: 'failed', slug: null, link: null });
    expect(JSON.stringify(await status(status_token))).not.toContain('mistake');
  });
});

describe('where nobody may sign up', () => {
  let closed: World;
  beforeAll(async () => {
    closed = await world({ database: w.database, env: { SIGNUP: 'off' } });
  }, 60_000);
  it('there are no such routes, whatever is sent', async () => {
    const request = (method: 'get' | 'post', path: string) => closed.request()[method](`/api/v1${path}`).set('host', 'localhost');
    for (const body of [wanted(), {}]) expect((await request('post', '/signup').send(body).expect(404)).body.code).toBe('not_found');
    await request('get', '/signup/status/x').expect(404);
    expect((await request('get', '/client-config').expect(200)).body.sign_in.signup).toBe(false);
    expect((await call('get', '/client-config').expect(200)).body.sign_in.signup).toBe(true);
  });
});
