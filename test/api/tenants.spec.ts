import pg from 'pg';
import { RESERVED_SLUGS } from '../../libs/contracts/slug.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { auditsOf, eventsOf } from '../support/records.js';
import type { StaffClient } from '../support/test-staff.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { OPS_KEY, world, type World } from '../support/world.js';

jest.setTimeout(30_000);
let w: World;
let staff: StaffClient;
let superuser: pg.Client;

beforeAll(async () => {
  w = await world();
  staff = await w.staff();
  superuser = new pg.Client({ connectionString: w.database.superUrl });
  await superuser.connect();
}, 60_000);
// One for each test: a member of staff changes at most 60 things a minute.
beforeEach(async () => {
  staff = await w.staff();
});
afterAll(() => superuser?.end());

const slug = (): string => `s${newId().slice(-10)}`;
const set = (tenant: TestTenant, columns: string) =>
  superuser.query(`update tenants set ${columns} where tenant_id = $1`, [tenant.tenant_id]);
const REASON = 'unpaid since March';

describe('GET /tenant', () => {
  it('gives the tenant of the credential, also by its id, with the derived settings integrators read', async () => {
    const acme = await w.tenant({ name: 'Acme Ltd' });
    const owner = await acme.user();
    const { body } = await owner.get('/tenant').expect(200);
    expect(body).toMatchObject({
      tenant_id: acme.tenant_id,
      slug: acme.slug,
      name: 'Acme Ltd',
      status: 'active',
      access: 'full',
      currency: 'EUR',
      settings: { subdomain: acme.slug },
    });
    expect((await owner.get(`/tenants/${acme.tenant_id}`).expect(200)).body).toEqual(body);
    expect((await owner.get(`/tenants/${acme.tenant_id.toUpperCase()}`).expect(200)).body).toEqual(body);
  });

  it('[002-12] [001-20] answers another tenant in the path as one that does not exist', async () => {
    const [mine, other] = [await w.tenant(), await w.tenant()];
    const owner = await mine.user();
    const answers = await Promise.all(
      [other.tenant_id, newId(), other.slug, 'nobody', "'; drop table tenants; --"].map((id) =>
        owner.get(`/tenants/${encodeURIComponent(id)}`).expect(403),
      ),
    );
    const bodies = answers.map(({ body }) => ({ ...(body as object), request_id: '' }));
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    expect(bodies[0]).toMatchObject({ code: 'tenant_mismatch' });
  });
});

describe('PATCH /tenant', () => {
  it('[002-29] changes what is said, with old and new in the audit log and the names of the fields in the event', async () => {
    const acme = await w.tenant({ name: 'Old name' });
    const owner = await acme.user();
    const { body } = await owner
      .patch('/tenant', { name: 'New name', locale: 'de-DE', time_zone: 'Europe/Berlin', currency: 'CHF' })
      .expect(200);
    expect(body).toMatchObject({ name: 'New name', locale: 'de-DE', time_zone: 'Europe/Berlin', currency: 'CHF' });
    const [audit] = await auditsOf(w, acme.tenant_id, 'tenant.updated');
    expect(audit).toMatchObject({
      actor: { type: 'user', id: owner.user_id },
      changes: { name: ['Old name', 'New name'], locale: ['en', 'de-DE'], time_zone: ['UTC', 'Europe/Berlin'], currency: ['EUR', 'CHF'] },
    });
    const [event] = await eventsOf(w, acme.tenant_id, 'tenant.updated');
    expect(event).toMatchObject({
      subject_id: acme.tenant_id,
      data: { name: 'New name', changed: ['name', 'locale', 'time_zone', 'currency'] },
    });
    await owner.patch('/tenant', { name: 'New name' }).expect(200);
    expect(await auditsOf(w, acme.tenant_id, 'tenant.updated')).toHaveLength(1);
  });

  it.each([
    ['a name of spaces', { name: '  ' }],
    ['a name of 121 letters', { name: 'x'.repeat(121) }],
    ['no currency', { currency: 'euro' }],
    ['no locale', { locale: 'german' }],
    ['no time zone', { time_zone: '+01:00' }],
    ['its slug', { slug: 'mine' }],
    ['its status', { status: 'archived' }],
    ['null', { name: null }],
  ])('refuses %s', async (_, body) => {
    const owner = await (await shared()).user();
    expect((await owner.patch('/tenant', body).expect(400)).body.code).toBe('validation_failed');
  });

  it('points at the route that settings have', async () => {
    const owner = await (await shared()).user();
    expect((await owner.patch('/tenant', { settings: {} }).expect(400)).body.code).toBe('unknown_setting');
  });

  it('needs tenants:write', async () => {
    const viewer = await (await shared()).user({ role: 'viewer' });
    expect((await viewer.patch('/tenant', { name: 'Mine' }).expect(403)).body.permission).toBe('tenants:write');
  });
});

let sharedTenant: Promise<TestTenant> | null = null;
const shared = (): Promise<TestTenant> => (sharedTenant ??= w.tenant());

describe('POST /platform/tenants', () => {
  const create = (body: object) => staff.post('/platform/tenants', { name: 'New', template_code: 'business', ...body });

  it('[004-07] takes the slug, answers 201 and starts provisioning; POST /tenants is the same', async () => {
    for (const path of ['/platform/tenants', '/tenants']) {
      const subdomain = slug();
      const { body } = await staff.post(path, { name: 'New', subdomain, features: ['pos', 'ai'] }).expect(201);
      expect(body).toEqual({
        tenant_id: expect.any(String),
        name: 'New',
        slug: subdomain,
        status: 'provisioning',
        provisioning_job_id: expect.any(String),
      });
      const { body: job } = await staff.get(`/ops/provisioning/jobs/${body.provisioning_job_id}`).expect(200);
      expect(job).toMatchObject({
        tenant_id: body.tenant_id,
        tenant_slug: subdomain,
        kind: 'tenant_create',
        requested_by: staff.platform_user_id,
      });
      const audits = await auditsOf(w, body.tenant_id, 'tenant.created');
      expect(audits).toEqual([
        expect.objectContaining({ actor: expect.objectContaining({ type: 'platform_staff', id: staff.platform_user_id }) }),
      ]);
    }
  });

  it('[004-07] refuses a subdomain that is taken, and gives it to one of twenty who ask at once', async () => {
    const taken = slug();
    await create({ subdomain: taken }).expect(201);
    expect((await create({ subdomain: taken.toUpperCase() }).expect(409)).body.code).toBe('slug_taken');
    const wanted = slug();
    const answers = await Promise.all(Array.from({ length: 20 }, () => create({ subdomain: wanted })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(answers.filter(({ status }) => status !== 201).map(({ status, body }) => `${status} ${body.code}`))).toEqual(
      new Set(['409 slug_taken']),
    );
    const { rows } = await superuser.query<{ states: number; jobs: number }>(
      'select (select count(*)::int from tenant_state where slug = $1) as states, (select count(*)::int from provisioning_jobs where input ->> $$slug$$ = $1) as jobs',
      [wanted],
    );
    expect(rows[0]).toEqual({ states: 1, jobs: 1 });
  });

  it.each([...RESERVED_SLUGS].slice(0, 12))('[003-38] refuses the reserved subdomain %s', async (subdomain) => {
    expect((await create({ subdomain }).expect(400)).body.code).toBe('slug_reserved');
  });

  it.each(['-a', 'a-', 'a--b', 'a_b', 'a.b', 'a b', 'ä', '../etc', "';drop", 'xn--80ak6aa92e', 'a\u200bb'])(
    '[003-38] refuses the malformed subdomain %j',
    async (subdomain) => {
      expect((await create({ subdomain }).expect(400)).body.code).toBe('slug_invalid');
    },
  );

  it.each([
    ['a module of no release', { features: ['crm'] }, 'unknown_module'],
    ['a template that does not exist', { template_code: 'bakery' }, 'unknown_template'],
    ['a plan that does not exist', { plan_code: 'gold' }, 'unknown_plan'],
    ['a subdomain of 64 letters', { subdomain: 'x'.repeat(64) }, 'validation_failed'],
    ['an owner without an address', { owner: { name: 'Ana' } }, 'validation_failed'],
    ['a status', { status: 'active' }, 'validation_failed'],
  ])('refuses %s', async (_, over, code) => {
    const subdomain = slug();
    expect((await create({ subdomain, ...over }).expect(400)).body.code).toBe(code);
    const { rows } = await superuser.query('select 1 from tenant_state where slug = $1', [subdomain]);
    expect(rows).toEqual([]);
  });

  it('takes the names that the seeds give to modules, in any case', async () => {
    await create({
      subdomain: slug(),
      features: ['POS', 'INVENTORY', 'PRODUCTS', 'PURCHASE', 'SALES', 'ANALYTICS', 'ai', 'users', 'settings', 'sso', 'webhooks', 'reports'],
    }).expect(201);
  });

  it('needs platform:tenants', async () => {
    const viewer = await w.staff('ops_viewer');
    expect((await viewer.post('/platform/tenants', { name: 'X', subdomain: slug() }).expect(403)).body.permission).toBe('platform:tenants');
  });
});

describe('GET /platform/tenants', () => {
  it('[004-08] is paged by key, for platform staff, and finds by name, slug and status', async () => {
    const mark = `findme${newId().slice(-6)}`;
    const made = [
      await w.tenant({ name: `${mark} one` }),
      await w.tenant({ slug: `${mark}-two` }),
      await w.tenant({ name: `${mark} three` }),
    ];
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const { body }: { body: { data: { tenant_id: string }[]; next_cursor: string | null } } = await staff
        .get(`/tenants?q=${mark}&limit=2${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`)
        .expect(200);
      ids.push(...body.data.map(({ tenant_id }) => tenant_id));
      cursor = body.next_cursor;
    } while (cursor);
    expect(ids).toEqual(made.map(({ tenant_id }) => tenant_id).reverse());
    await staff.post(`/platform/tenants/${made[0]?.tenant_id}/suspend`, { reason: REASON }).expect(200);
    for (const status of ['suspended', 'SUSPENDED', 'inactive']) {
      const { body } = await staff.get(`/platform/tenants?q=${mark}&status=${status}`).expect(200);
      expect(body.data.map((row: { tenant_id: string }) => row.tenant_id)).toEqual([made[0]?.tenant_id]);
    }
    await staff.get('/platform/tenants?status=gone').expect(400);
  });

  it('[000-60] is open to the ops key with status, failed step and reason, members and plan', async () => {
    const acme = await w.tenant();
    await acme.user();
    const { body } = await w
      .request()
      .get(`/api/v1/ops/tenants?q=${acme.slug}`)
      .set('host', 'localhost')
      .set('x-ops-key', OPS_KEY)
      .expect(200);
    expect(body.data).toEqual([
      expect.objectContaining({
        tenant_id: acme.tenant_id,
        slug: acme.slug,
        status: 'active',
        access: 'full',
        plan_code: 'enterprise',
        member_count: 1,
        failure_step: null,
        failure_reason: null,
      }),
    ]);
  });

  it('gives one with what staff need to know, and 404 for none', async () => {
    const acme = await w.tenant();
    const { body } = await staff.get(`/platform/tenants/${acme.tenant_id}`).expect(200);
    expect(body).toMatchObject({ tenant_id: acme.tenant_id, currency: 'EUR', read_only: false, last_error: null });
    await staff.get(`/platform/tenants/${newId()}`).expect(404);
  });
});

describe('suspending', () => {
  const suspend = (tenant_id: string, reason?: string) =>
    staff.post(`/platform/tenants/${tenant_id}/suspend`, reason === undefined ? {} : { reason });
  const resume = (tenant_id: string, reason?: string) =>
    staff.post(`/platform/tenants/${tenant_id}/resume`, reason === undefined ? {} : { reason });

  it('[003-36] refuses the next request of every member with 403 tenant_suspended; who they are is still told', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    const { body } = await suspend(acme.tenant_id, REASON).expect(200);
    expect(body).toMatchObject({ status: 'suspended', status_reason: REASON, access: 'restricted' });
    for (const path of ['/tenant', '/roles', '/inventory', '/me/preferences', '/auth/sessions'])
      expect((await owner.get(path).expect(403)).body.code).toBe('tenant_suspended');
    expect((await owner.post('/products', { name: 'X', sku: 'X', price_minor: 1 }).expect(403)).body.code).toBe('tenant_suspended');
    for (const path of ['/auth/me', '/me', '/me/entitlements']) await owner.get(path).expect(200);
    expect((await owner.get('/auth/me').expect(200)).body.tenant).toMatchObject({ status: 'suspended', access: 'restricted' });
    const { body: back } = await resume(acme.tenant_id, 'paid on the phone').expect(200);
    expect(back).toMatchObject({ status: 'active', access: 'full' });
    await owner.get('/tenant').expect(200);
    expect((await eventsOf(w, acme.tenant_id)).map(({ type, data }) => [type, data])).toEqual(
      expect.arrayContaining([
        ['tenant.suspended', { tenant_id: acme.tenant_id, reason: REASON }],
        ['tenant.resumed', { tenant_id: acme.tenant_id, reason: 'paid on the phone' }],
      ]),
    );
    expect((await auditsOf(w, acme.tenant_id, 'tenant.suspended'))[0]).toMatchObject({
      reason: REASON,
      changes: { status: ['active', 'suspended'] },
      actor: { type: 'platform_staff', id: staff.platform_user_id },
    });
  });

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['a word', 'unpaid'],
    ['spaces', ' '.repeat(20)],
  ])('needs a reason of ten characters: %s is 400 reason_required', async (_, reason) => {
    const { tenant_id } = await shared();
    expect((await suspend(tenant_id, reason).expect(400)).body.code).toBe('reason_required');
    expect((await resume(tenant_id, reason).expect(400)).body.code).toBe('reason_required');
  });

  it('happens to an active tenant, resuming to a suspended one, everything else is 409 invalid_transition', async () => {
    const acme = await w.tenant();
    expect((await resume(acme.tenant_id, REASON).expect(409)).body).toMatchObject({ code: 'invalid_transition', from: 'active' });
    await suspend(acme.tenant_id, REASON).expect(200);
    expect((await suspend(acme.tenant_id, REASON).expect(409)).body.code).toBe('invalid_transition');
    for (const status of ['provisioning', 'failed', 'archived']) {
      await set(acme, `status = '${status}'`);
      expect((await suspend(acme.tenant_id, REASON).expect(409)).body.code).toBe('invalid_transition');
      expect((await resume(acme.tenant_id, REASON).expect(409)).body.code).toBe('invalid_transition');
    }
    await suspend(newId(), REASON).expect(404);
  });

  it('by two of staff at once happens once', async () => {
    const acme = await w.tenant();
    const answers = await Promise.all(Array.from({ length: 6 }, () => suspend(acme.tenant_id, REASON)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409]);
    expect(await auditsOf(w, acme.tenant_id, 'tenant.suspended')).toHaveLength(1);
    expect(await eventsOf(w, acme.tenant_id, 'tenant.suspended')).toHaveLength(1);
  });
});

describe('a tenant that is not open', () => {
  let acme: TestTenant;
  let owner: TestUser;
  beforeAll(async () => {
    acme = await w.tenant();
    owner = await acme.user();
  });

  it('[003-11] being set up answers 503 with Retry-After and the reason', async () => {
    await set(acme, `status = 'provisioning'`);
    const answer = await owner.get('/tenant').expect(503);
    expect(answer.body).toMatchObject({ code: 'tenant_not_ready', reason: 'provisioning' });
    expect(answer.headers['retry-after']).toBe('5');
  });

  it('archived answers 403 tenant_archived, whatever the route asks for', async () => {
    await set(acme, `status = 'archived'`);
    for (const path of ['/roles', '/inventory', '/me/preferences'])
      expect((await owner.get(path).expect(403)).body.code).toBe('tenant_archived');
  });

  it('[004-57] read-only lets everybody read and nobody write', async () => {
    await set(acme, `status = 'active', read_only = true`);
    await owner.get('/tenant').expect(200);
    await owner.get('/inventory').expect(200);
    for (const call of [
      owner.patch('/tenant', { name: 'X' }),
      owner.post('/products', { name: 'X', sku: 'X', price_minor: 1 }),
      owner.post('/roles', { name: 'X', permissions: [] }),
    ])
      expect((await call.expect(403)).body.code).toBe('tenant_read_only');
    await set(acme, `read_only = false`);
    await owner.patch('/tenant', { name: 'Open again' }).expect(200);
  });
});
