import { PLATFORM_SCOPE_ID } from '../../apps/api/src/modules/audit/index.js';
import { Purges } from '../../apps/api/src/modules/provisioning/index.js';
import type { TenantId } from '../../libs/contracts/ids.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { makeConfirmedScope } from '../../libs/platform/db/scope-factory.js';
import { JobRunner, platformScope } from '../../libs/platform/queue/index.js';
import { tenantPrefixes } from '../../libs/platform/storage/index.js';
import { SessionActivity } from '../../apps/api/src/modules/identity/session-activity.js';
import { RbacDecisionLog } from '../../apps/api/src/modules/rbac/index.js';
import { plant, type Ground } from '../isolation/fixtures/ground.js';
import { TenantChecksums } from '../support/checksums.js';
import { withClient } from '../support/migrate.js';
import { auditsOf, eventsOf } from '../support/records.js';
import type { StaffClient } from '../support/test-staff.js';
import { clientOf, type TestTenant, type TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

const PASSWORD = 'Copper-kettle-61!';
const DAY = 86_400_000;
const REASON = 'the contract has ended';

let w: World;
let staff: StaffClient;
let superuser: StaffClient;
let second: StaffClient;
let checksums: TenantChecksums;
beforeAll(async () => {
  w = await world({
    own_database: `lifecycle_${process.pid}`,
    env: { ROOT_DOMAIN: 'tenantry.test', TENANT_SUBDOMAIN_ENABLED: 'true', PLATFORM_HOSTS: 'localhost' },
  });
  staff = await w.staff('ops_admin');
  superuser = await w.staff('superuser');
  second = await w.staff('superuser');
  checksums = await TenantChecksums.open(w.database.superUrl);
}, 60_000);
afterAll(() => checksums?.close());

const owned = async (): Promise<[TestTenant, TestUser]> => {
  const tenant = await w.tenant();
  return [tenant, await tenant.user({ password: PASSWORD })];
};
const act = (tenant: TestTenant, verb: string, body: object = {}, by: StaffClient = staff) =>
  by.post(`/platform/tenants/${tenant.tenant_id}/${verb}`, { reason: REASON, ...body });
const codeOf = async (request: ReturnType<TestUser['get']>): Promise<string> => {
  const { status, body } = await request;
  return `${status} ${(body as { code?: string }).code ?? ''}`.trim();
};
const runJob = async (id: string): Promise<void> => {
  await w.app.get(JobRunner, { strict: false }).run('provisioning.run', { provisioning_job_id: id });
};
const actionsOf = async (tenant_id: string): Promise<string[]> =>
  (await auditsOf(w, tenant_id)).map(({ action }) => action).filter((action) => /^tenant\./.test(action));
const asSuperuser = (statement: string, ...params: unknown[]) =>
  withClient(w.database.superUrl, (client) => client.query(statement, params));

describe('PATCH /platform/tenants/{tenant_id}', () => {
  it('gives another name and slug; what the tenant had rests for 90 days', async () => {
    const [acme, owner] = await owned();
    const slug = `${acme.slug}-new`;
    const path = `/platform/tenants/${acme.tenant_id}`;
    const { body } = await staff.patch(path, { name: 'Acme North', slug: slug.toUpperCase() }).expect(200);
    expect(body).toMatchObject({ name: 'Acme North', slug, status: 'active', access: 'full' });
    const tenant = (await owner.get('/tenant').expect(200)).body;
    expect(tenant).toMatchObject({
      slug,
      name: 'Acme North',
      settings: { subdomain: slug },
      hosts: [{ host: `${slug}.tenantry.test`, is_primary: true }],
    });
    expect(await codeOf(owner.get('/tenant').set('x-tenant-id', acme.slug))).toBe('403 tenant_mismatch');
    await owner.get('/tenant').set('x-tenant-id', slug).expect(200);
    await owner.get('/tenant').set('host', `${slug}.tenantry.test`).expect(200);
    expect(await codeOf(owner.get('/tenant').set('host', `${acme.slug}.tenantry.test`))).toBe('404 not_found');

    const [audit] = await auditsOf(w, acme.tenant_id, 'tenant.updated');
    expect(audit).toMatchObject({
      actor: { type: 'platform_staff' },
      changes: { name: [`Tenant ${acme.slug}`, 'Acme North'], slug: [acme.slug, slug] },
    });
    expect((await auditsOf(w, PLATFORM_SCOPE_ID, 'tenant.updated'))[0]?.targets[0]?.id).toBe(acme.tenant_id);
    expect((await eventsOf(w, acme.tenant_id, 'tenant.updated'))[0]?.data).toEqual({
      tenant_id: acme.tenant_id,
      name: 'Acme North',
      changed: ['name', 'slug'],
    });

    // Nobody else, by creating or by renaming, for 90 days; the tenant itself at any time.
    const [other] = await owned();
    expect(await codeOf(staff.post('/platform/tenants', { name: 'Thief', subdomain: acme.slug }))).toBe('409 slug_taken');
    expect(await codeOf(staff.patch(`/platform/tenants/${other.tenant_id}`, { slug: acme.slug }))).toBe('409 slug_taken');
    await staff.patch(path, { slug: acme.slug }).expect(200);
    await staff.patch(path, { slug }).expect(200);
    await asSuperuser(`update released_slugs set released_at = released_at - interval '91 days' where slug = $1`, acme.slug);
    await asSuperuser(
      `update tenant_hosts set released_at = released_at - interval '91 days' where host = $1`,
      `${acme.slug}.tenantry.test`,
    );
    await staff.patch(`/platform/tenants/${other.tenant_id}`, { slug: acme.slug }).expect(200);
  });

  it('refuses what is taken, reserved or no slug, changes nothing then, and says nothing where nothing changes', async () => {
    const [acme] = await owned();
    const [other] = await owned();
    const path = `/platform/tenants/${acme.tenant_id}`;
    expect(await codeOf(staff.patch(path, { name: 'Taken', slug: other.slug }))).toBe('409 slug_taken');
    expect(await codeOf(staff.patch(path, { slug: 'www' }))).toBe('400 slug_reserved');
    expect(await codeOf(staff.patch(path, { slug: 'a--b' }))).toBe('400 slug_invalid');
    expect(await codeOf(staff.patch(path, { status: 'archived' }))).toBe('400 validation_failed');
    await staff.patch('/platform/tenants/0190b3c4-0000-7000-8000-000000000000', { name: 'X' }).expect(404);
    await staff.patch(path, { name: `Tenant ${acme.slug}`, slug: acme.slug }).expect(200);
    expect((await staff.get(path).expect(200)).body).toMatchObject({ name: `Tenant ${acme.slug}`, slug: acme.slug });
    expect(await auditsOf(w, acme.tenant_id, 'tenant.updated')).toEqual([]);
    expect(await codeOf((await w.staff('ops_viewer')).patch(path, { name: 'X' }))).toBe('403 permission_denied');
  });

  it('of several that want one slug at once gives it to one', async () => {
    const tenants = await Promise.all([w.tenant(), w.tenant(), w.tenant(), w.tenant()]);
    const answers = await Promise.all(
      tenants.map(({ tenant_id }) => staff.patch(`/platform/tenants/${tenant_id}`, { slug: `wanted-${process.pid}` })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
  });
});

describe('what staff do with the state of a tenant', () => {
  it('read-only lets read and refuses to write, beside the state, until it is taken back', async () => {
    const [acme, owner] = await owned();
    expect(await codeOf(staff.post(`/platform/tenants/${acme.tenant_id}/read-only`, { reason: 'short' }))).toBe('400 reason_required');
    expect((await act(acme, 'read-only').expect(200)).body).toMatchObject({ status: 'active', access: 'read_only', read_only: true });
    await owner.get('/tenant').expect(200);
    await owner.get('/inventory').expect(200);
    expect(await codeOf(owner.patch('/tenant', { name: 'X' }))).toBe('403 tenant_read_only');
    expect(await codeOf(owner.post('/products', { name: 'Tea', sku: 'T' }))).toBe('403 tenant_read_only');
    await act(acme, 'read-only').expect(200); // the same again says nothing
    expect((await act(acme, 'suspend').expect(200)).body.access).toBe('restricted');
    expect((await act(acme, 'resume').expect(200)).body.access).toBe('read_only');
    expect((await act(acme, 'read-only', { read_only: false }).expect(200)).body.access).toBe('full');
    await owner.patch('/tenant', { name: 'X' }).expect(200);
    const audits = await auditsOf(w, acme.tenant_id, 'tenant.read_only_set');
    expect(audits.map(({ changes }) => changes['read_only'])).toEqual([[true, false], [false, true]]); // prettier-ignore
  });

  it('archives from active and suspended, restores to active, and refuses every other move', async () => {
    const [acme, owner] = await owned();
    for (const verb of ['resume', 'restore']) expect(await codeOf(act(acme, verb))).toBe('409 invalid_transition');
    await act(acme, 'suspend').expect(200);
    expect(await codeOf(owner.get('/tenant'))).toBe('403 tenant_suspended');
    for (const verb of ['suspend', 'restore']) expect(await codeOf(act(acme, verb))).toBe('409 invalid_transition');
    const archived = (await act(acme, 'archive').expect(200)).body;
    expect(archived).toMatchObject({ status: 'archived', access: 'closed', status_reason: REASON });
    expect(new Date(archived.delete_after as string).getTime() - Date.now()).toBeGreaterThan(29.9 * DAY);
    for (const verb of ['suspend', 'resume', 'archive', 'read-only']) expect(await codeOf(act(acme, verb))).toBe('409 invalid_transition');
    expect(await codeOf(owner.get('/inventory'))).toBe('403 tenant_archived');
    expect((await act(acme, 'restore').expect(200)).body).toMatchObject({ status: 'active', access: 'full', delete_after: null });
    await owner.get('/inventory').expect(200);

    const expected = ['tenant.restored', 'tenant.archived', 'tenant.suspended', 'tenant.activated', 'tenant.created'];
    expect(await actionsOf(acme.tenant_id)).toEqual(expected);
    const platform = (await auditsOf(w, PLATFORM_SCOPE_ID))
      .filter(({ targets }) => targets[0]?.id === acme.tenant_id)
      .map(({ action }) => action);
    expect(platform).toEqual(expected.filter((action) => action !== 'tenant.activated'));
    const events = (await eventsOf(w, acme.tenant_id)).map(({ type }) => type);
    expect(events.slice(0, 3)).toEqual(['tenant.restored', 'tenant.archived', 'tenant.suspended']);
  });

  it('asks for a reason each time, and for platform:tenants', async () => {
    const [acme] = await owned();
    const viewer = await w.staff('ops_viewer');
    for (const verb of ['archive', 'restore', 'read-only', 'suspend', 'resume']) {
      expect(await codeOf(act(acme, verb, { reason: '  short   ' }))).toBe('400 reason_required');
      expect(await codeOf(act(acme, verb, {}, viewer))).toBe('403 permission_denied');
    }
  });
});

describe('POST /tenant/archive and /tenant/restore', () => {
  it('close the tenant for thirty days, by an owner who types its slug and gives the password', async () => {
    const [acme, owner] = await owned();
    const auditor = await acme.user({ role: 'auditor' }); // reads everything
    const admin = await acme.user({ role: 'admin', password: PASSWORD });
    const body = { slug: acme.slug, password: PASSWORD };
    expect((await owner.post('/tenant/archive', { ...body, slug: 'other' }).expect(400)).body).toMatchObject({
      errors: [{ field: '/slug', code: 'confirm' }],
    });
    expect(await codeOf(owner.post('/tenant/archive', { ...body, password: 'Wrong-one-12!' }))).toBe('401 invalid_credentials');
    expect(await codeOf(admin.post('/tenant/archive', body))).toBe('403 permission_denied');
    expect(await codeOf(owner.post('/tenant/restore', body))).toBe('409 invalid_transition');

    const archived = (await owner.post('/tenant/archive', body).expect(202)).body;
    expect(archived).toEqual({ tenant_id: acme.tenant_id, status: 'archived', delete_after: expect.any(String) });
    expect(Math.round((new Date(archived.delete_after as string).getTime() - Date.now()) / DAY)).toBe(30);
    expect((await auditsOf(w, acme.tenant_id, 'tenant.archived'))[0]).toMatchObject({
      actor: { type: 'user', id: owner.user_id },
      changes: { status: ['active', 'archived'] },
    });

    // Closed for everybody; who may take it back sees that and can.
    for (const request of [
      owner.get('/inventory'),
      owner.get('/tenant/settings'),
      owner.patch('/tenant', { name: 'X' }),
      auditor.get('/tenant'),
      admin.get('/tenant'),
      owner.get(`/tenants/${acme.tenant_id}`),
      owner.post('/tenant/archive', body),
    ])
      expect(await codeOf(request)).toBe('403 tenant_archived');
    expect((await owner.get('/tenant').expect(200)).body).toMatchObject({
      status: 'archived',
      access: 'closed',
      delete_after: archived.delete_after,
    });
    expect(await codeOf(admin.post('/tenant/restore', body))).toBe('403 permission_denied');
    expect(await codeOf(owner.post('/tenant/restore', { ...body, password: 'Wrong-one-12!' }))).toBe('401 invalid_credentials');
    expect((await owner.post('/tenant/restore', body).expect(200)).body).toEqual({
      tenant_id: acme.tenant_id,
      status: 'active',
      delete_after: null,
    });
    await auditor.get('/tenant').expect(200);
    expect((await eventsOf(w, acme.tenant_id)).map(({ type }) => type).slice(0, 2)).toEqual(['tenant.restored', 'tenant.archived']);
  });

  it('lets an owner who is signed out in, to take the tenant back, and nobody else', async () => {
    const [acme, owner] = await owned();
    const admin = await acme.user({ role: 'admin', password: PASSWORD });
    await act(acme, 'archive').expect(200);
    const login = (email: string) =>
      w.request().post('/api/v1/auth/login').set('host', 'localhost').send({ email, password: PASSWORD, tenant: acme.slug });
    expect(await codeOf(login(admin.email))).toBe('403 tenant_archived');
    const first = (await login(owner.email).expect(200)).body;
    expect(first).toMatchObject({ tenant: { slug: acme.slug, status: 'archived' }, next: null });
    const refreshed = await w
      .request()
      .post('/api/v1/auth/refresh')
      .set('host', 'localhost')
      .send({ refresh_token: first.refresh_token })
      .expect(200);
    const again = clientOf(w, refreshed.body.token as string);
    expect((await again.get('/tenant').expect(200)).body.status).toBe('archived');
    for (const path of ['/inventory', '/admin/members', '/tenant/settings'])
      expect(await codeOf(again.get(path))).toBe('403 tenant_archived');
    await again.post('/tenant/restore', { slug: acme.slug, password: PASSWORD }).expect(200);
    await again.get('/inventory').expect(200);
    await login(admin.email).expect(200);

    // Suspended is the platform's word: there is nothing that an owner could do.
    await act(acme, 'suspend').expect(200);
    expect(await codeOf(login(owner.email))).toBe('403 tenant_suspended');
  });

  it('count wrong passwords like a sign-in', async () => {
    const [acme, owner] = await owned();
    const answers: string[] = [];
    for (let i = 0; i < 6; i++) answers.push(await codeOf(owner.post('/tenant/archive', { slug: acme.slug, password: `Wrong-one-${i}!` })));
    expect(answers).toEqual([...Array<string>(5).fill('401 invalid_credentials'), '429 too_many_attempts']);
    expect(await codeOf(owner.post('/tenant/archive', { slug: acme.slug, password: PASSWORD }))).toBe('429 too_many_attempts');
  });

  it('cannot be taken back once the date has passed', async () => {
    const [acme, owner] = await owned();
    await owner.post('/tenant/archive', { slug: acme.slug, password: PASSWORD }).expect(202);
    await asSuperuser(`update tenants set delete_after = now() - interval '1 second' where tenant_id = $1`, acme.tenant_id);
    expect((await owner.post('/tenant/restore', { slug: acme.slug, password: PASSWORD }).expect(409)).body).toMatchObject({
      code: 'invalid_transition',
      reason: 'delete_after',
    });
    expect(await codeOf(act(acme, 'restore'))).toBe('409 invalid_transition');
  });
});

describe('a purge', () => {
  /** What stays of a tenant: that it was, what was done to it, and that its names rest. */
  const STAYS = [
    'audit_events',
    'audit_personal',
    'events',
    'provisioning_jobs',
    'provisioning_steps',
    'rbac_audit_log',
    'released_slugs',
    'tenant_hosts',
    'tenant_state',
    'tenants',
  ];
  const put = async (tenant_id: string, ...keys: string[]): Promise<void> => {
    for (const key of keys)
      await w.runtime.storage.put(
        makeConfirmedScope({ tenant_id: tenant_id as TenantId, actor: { type: 'system', id: 'test' }, request_id: newId() }),
        key,
        Buffer.from(key),
        { type: 'text/plain' },
      );
  };
  const objectsOf = async (tenant_id: string): Promise<number> => {
    const scope = makeConfirmedScope({ tenant_id: tenant_id as TenantId, actor: { type: 'system', id: 'test' }, request_id: newId() });
    const pages = await Promise.all(tenantPrefixes(tenant_id as TenantId).map((prefix) => w.runtime.storage.list(scope, prefix)));
    return pages.flatMap(({ objects }) => objects).length;
  };
  /** What is written off the request path, now. */
  const settle = async (): Promise<void> => {
    await w.app.get(RbacDecisionLog, { strict: false }).flush();
    await w.app.get(SessionActivity, { strict: false }).flush();
  };
  const startDue = () => w.app.get(Purges, { strict: false }).startDue(platformScope('tenants.purge_due'));
  beforeAll(() => startDue()); // what the tests above have left
  let gone: Ground;
  let stays: Ground;

  it('leaves no row and no object of the tenant, one certificate, and every other tenant as it was', async () => {
    gone = await plant(w, 'dodo');
    stays = await plant(w, 'heron');
    const { tenant, owner } = gone;
    const { tenant_id, slug } = tenant;
    w.dns.set(
      '_tenantry.dodo.example.com',
      (await owner.post('/tenant/hosts', { host: 'dodo.example.com' }).expect(201)).body.challenge.value,
    );
    await owner.post('/tenant/hosts/dodo.example.com/verify').expect(200);
    await owner.post('/tenant/hosts', { host: 'asked.example.com' }).expect(201);
    await put(tenant_id, `t/${tenant_id}/2026/a`, `t/${tenant_id}/2026/b`, `quarantine/${tenant_id}/c`);
    await put(stays.tenant.tenant_id, `t/${stays.tenant.tenant_id}/2026/a`);
    await settle();
    const untouched = [await checksums.of(stays.tenant.tenant_id), await objectsOf(stays.tenant.tenant_id)];

    expect(await codeOf(act(tenant, 'purge', { confirm: slug }, superuser))).toBe('409 invalid_transition'); // it is archived first
    await act(tenant, 'archive').expect(200);
    expect(await codeOf(act(tenant, 'purge', { confirm: slug }))).toBe('403 permission_denied');
    expect((await act(tenant, 'purge', { confirm: 'other' }, superuser).expect(400)).body.errors).toEqual([
      expect.objectContaining({ field: '/confirm' }),
    ]);
    expect(await codeOf(act(tenant, 'purge', { confirm: slug, reason: 'short' }, superuser))).toBe('400 reason_required');
    const before = await checksums.counts(tenant_id);
    const asked = (await act(tenant, 'purge', { confirm: slug.toUpperCase() }, superuser).expect(202)).body;
    expect(asked).toMatchObject({ status: 'approval_pending', tenant_id, provisioning_job_id: null, approval: { act: 'tenant.purge' } });
    expect(await checksums.counts(tenant_id)).toMatchObject({ memberships: before['memberships'], stores: before['stores'] });
    const started = (await act(tenant, 'purge', { confirm: slug }, second).expect(202)).body;
    expect(started).toMatchObject({ status: 'done', tenant_id, provisioning_job_id: expect.any(String), approval: null });
    expect((await staff.get(`/platform/tenants/${tenant_id}`).expect(200)).body).toMatchObject({ status: 'purging', access: 'closed' });
    for (const verb of ['restore', 'archive', 'read-only']) expect(await codeOf(act(tenant, verb))).toBe('409 invalid_transition');
    expect(await codeOf(act(tenant, 'purge', { confirm: slug }, superuser))).toBe('409 invalid_transition');
    expect(await codeOf(staff.patch(`/platform/tenants/${tenant_id}`, { name: 'X' }))).toBe('409 invalid_transition');
    expect(await codeOf(staff.post(`/ops/provisioning/jobs/${started.provisioning_job_id}/cancel`, { reason: REASON }))).toBe(
      '409 job_not_cancellable',
    );

    await runJob(started.provisioning_job_id);
    const job = (await staff.get(`/ops/provisioning/jobs/${started.provisioning_job_id}`).expect(200)).body;
    expect(job).toMatchObject({ kind: 'tenant_purge', state: 'succeeded' });
    const after = await checksums.counts(tenant_id);
    expect(Object.keys(after).sort()).toEqual(STAYS);
    expect(after).toMatchObject({ tenants: 1, tenant_state: 1, tenant_hosts: 3, released_slugs: 1, provisioning_jobs: 1 });
    expect(await objectsOf(tenant_id)).toBe(0);
    expect([await checksums.of(stays.tenant.tenant_id), await objectsOf(stays.tenant.tenant_id)]).toEqual(untouched);

    const certificates = (await auditsOf(w, PLATFORM_SCOPE_ID, 'tenant.purged')).filter(({ targets }) => targets[0]?.id === tenant_id);
    expect(certificates).toHaveLength(1);
    const { rows, kept_rows, objects, status } = certificates[0]?.changes ?? {};
    expect(status).toEqual(['purging', 'deleted']);
    expect(objects?.[1]).toBe(4); // three and the marker of provisioning
    const erased = rows?.[1] as Record<string, number>;
    const expected = Object.fromEntries(Object.entries(before).filter(([table]) => !STAYS.includes(table) && erased[table] !== undefined));
    expect(Object.keys(erased).length).toBeGreaterThan(15);
    expect(erased).toEqual({ ...expected, provisioning_jobs: 1 });
    expect(Object.keys(kept_rows?.[1] as object)).toEqual(expect.arrayContaining(['audit_events', 'events', 'tenants', 'tenant_hosts']));
  });

  it('leaves nobody a way in, and the names to rest', async () => {
    const { tenant, owner } = gone;
    for (const request of [
      owner.get('/tenant'),
      owner.get('/me'),
      owner.post('/tenant/restore', { slug: tenant.slug, password: PASSWORD }),
    ])
      expect(await codeOf(request)).toBe('404 not_found');
    const { body } = await staff.get(`/platform/tenants/${tenant.tenant_id}`).expect(200);
    expect(body).toMatchObject({
      status: 'deleted',
      name: 'deleted',
      slug: `deleted-${tenant.tenant_id}`,
      member_count: 0,
      plan_code: null,
      template_code: null,
    });
    expect(JSON.stringify(body)).not.toContain('dodo');
    expect((await staff.get('/platform/tenants?status=deleted').expect(200)).body.data).toHaveLength(1);
    for (const verb of ['restore', 'archive', 'suspend', 'resume', 'read-only'])
      expect(await codeOf(act(tenant, verb))).toBe('409 invalid_transition');
    expect(await codeOf(staff.post('/platform/tenants', { name: 'Thief', subdomain: tenant.slug }))).toBe('409 slug_taken');
    expect((await w.request().get('/api/v1/client-config').set('host', 'dodo.example.com').expect(200)).body.tenant).toBeNull();
    const heron = stays.owner;
    w.dns.set(
      '_tenantry.dodo.example.com',
      (await heron.post('/tenant/hosts', { host: 'dodo.example.com' }).expect(201)).body.challenge.value,
    );
    expect(await codeOf(heron.post('/tenant/hosts/dodo.example.com/verify'))).toBe('409 host_taken');

    await asSuperuser(`update released_slugs set released_at = released_at - interval '91 days'`);
    await asSuperuser(`update tenant_hosts set released_at = released_at - interval '91 days' where released_at is not null`);
    await staff.post('/platform/tenants', { name: 'Dodo again', subdomain: tenant.slug }).expect(201);
    await heron.post('/tenant/hosts/dodo.example.com/verify').expect(200);
  });

  it('is refused under a legal hold, by staff and by the clock', async () => {
    const [acme, owner] = await owned();
    const path = `/platform/tenants/${acme.tenant_id}`;
    const hold = (legal_hold: boolean, by: StaffClient = staff, over: object = {}) => act(acme, 'legal-hold', { legal_hold, ...over }, by);
    expect(await codeOf(hold(true, staff, { reason: 'short' }))).toBe('400 reason_required');
    expect((await hold(true, staff, { dry_run: true }).expect(200)).body).toMatchObject({
      status: 'dry_run',
      affected: 1,
      sample: [{ name: acme.slug, count: 1 }],
    });
    expect((await staff.get(path).expect(200)).body.legal_hold).toBe(false);
    expect((await hold(true).expect(200)).body).toMatchObject({ status: 'done', approval: null });
    expect((await hold(true, staff, { dry_run: true }).expect(200)).body).toMatchObject({ affected: 0, sample: [] });
    expect((await staff.get(path).expect(200)).body.legal_hold).toBe(true);
    expect((await owner.get('/tenant/settings').expect(200)).body.settings).not.toHaveProperty('platform');
    await act(acme, 'archive').expect(200);
    expect((await act(acme, 'purge', { confirm: acme.slug }, superuser).expect(409)).body).toMatchObject({
      code: 'invalid_transition',
      reason: 'legal_hold',
    });
    await asSuperuser(`update tenants set delete_after = now() - interval '1 day' where tenant_id = $1`, acme.tenant_id);
    expect(await startDue()).toMatchObject({ processed: 0, failed: 0 });
    expect((await staff.get(path).expect(200)).body.status).toBe('archived');
    // Laid by one, lifted by two.
    expect((await hold(false).expect(202)).body).toMatchObject({ status: 'approval_pending', approval: { act: 'tenant.legal_hold_off' } });
    expect(await codeOf(hold(false))).toBe('409 same_person');
    expect((await staff.get(path).expect(200)).body.legal_hold).toBe(true);
    expect((await hold(false, superuser).expect(200)).body.status).toBe('done');
    expect((await auditsOf(w, acme.tenant_id, 'tenant.legal_hold_set')).map(({ changes }) => changes['legal_hold'])).toEqual([[true, false], [false, true]]); // prettier-ignore
    expect(await startDue()).toMatchObject({ processed: 1, failed: 0 });
    expect((await staff.get(path).expect(200)).body).toMatchObject({ status: 'purging', legal_hold: false });
  });

  it('begins by itself thirty days after the archiving, for those that are due, whatever becomes of one', async () => {
    const [due] = await owned();
    const [blocked] = await owned();
    const [restored] = await owned();
    const [living] = await owned();
    await staff.post(`/platform/tenants/${blocked.tenant_id}/apply-template`, { template_code: 'retail' }).expect(202); // its job waits
    for (const tenant of [due, blocked, restored]) await act(tenant, 'archive').expect(200);
    await act(restored, 'restore').expect(200);
    w.clock.advance(30 * DAY - 60_000);
    expect(await startDue()).toEqual({ processed: 0, failed: 0, remaining: 0 });
    w.clock.advance(120_000);
    expect(await startDue()).toEqual({ processed: 1, failed: 1, remaining: 0 });
    w.clock.reset();
    const statusOf = async ({ tenant_id }: TestTenant): Promise<string> =>
      (await staff.get(`/platform/tenants/${tenant_id}`).expect(200)).body.status as string;
    expect(await Promise.all([due, blocked, restored, living].map(statusOf))).toEqual(['purging', 'archived', 'active', 'active']);
    expect((await auditsOf(w, PLATFORM_SCOPE_ID, 'tenant.purge_started'))[0]).toMatchObject({
      actor: { type: 'system', id: 'tenants.purge_due' },
      targets: [{ id: due.tenant_id }],
    });
    const jobs = (await staff.get(`/ops/provisioning/jobs?tenant_id=${due.tenant_id}&kind=tenant_purge`).expect(200)).body.data as {
      provisioning_job_id: string;
    }[];
    await runJob(jobs[0]?.provisioning_job_id ?? '');
    expect(await statusOf(due)).toBe('deleted');
  });
});

describe('POST /platform/tenants/{tenant_id}/invitations', () => {
  const invite = (tenant: TestTenant, body: object, by: StaffClient = staff) =>
    by.post(`/platform/tenants/${tenant.tenant_id}/invitations`, body);
  const accept = async (email: string) =>
    w
      .request()
      .post('/api/v1/auth/accept-invitation')
      .set('host', 'localhost')
      .send({ token: await w.mail.token(email), password: PASSWORD });

  it('gives a tenant without an owner one: the top role unless another is named, in both logs, and the mistyped address holds nothing', async () => {
    const acme = await w.tenant();
    const typo = `typo.${newId().slice(-8)}@example.com`;
    const email = `owner.${newId().slice(-8)}@example.com`;
    const first = (await invite(acme, { email: typo, role: 'Manager' }).expect(201)).body;
    expect(first).toMatchObject({ email: typo, role: { code: 'manager' }, status: 'pending', invited_by: null });
    const typed = await w.mail.token(typo);
    expect((await invite(acme, { email }).expect(201)).body).toMatchObject({ role: { code: 'owner' }, store_scope: { mode: 'all' } });
    await w.request().get(`/api/v1/auth/invitation/${typed}`).set('host', 'localhost').expect(410);
    for (const log of [acme.tenant_id, PLATFORM_SCOPE_ID])
      expect((await auditsOf(w, log, 'invitation.created'))[0]).toMatchObject({
        actor: { type: 'platform_staff', id: staff.platform_user_id },
        targets: [{ type: 'invitation' }, { type: 'tenant', id: acme.tenant_id }],
      });
    const { body } = await accept(email);
    const me = await w.request().get('/api/v1/me').set('host', 'localhost').set('authorization', `Bearer ${body.token}`).expect(200);
    expect(me.body.roles).toMatchObject([{ code: 'owner' }]);
    // From here on the tenant invites by itself: staff have no other way in than support access.
    expect((await invite(acme, { email: 'second@example.com' }).expect(409)).body).toMatchObject({
      code: 'invalid_state',
      reason: 'has_administrator',
    });
  });

  it('refuses a role that is none, a closed tenant, one that is not there, and staff who only look', async () => {
    const acme = await w.tenant();
    const body = { email: 'owner@example.com' };
    expect(await codeOf(invite(acme, { ...body, role: 'king' }))).toBe('400 unknown_role');
    expect(await codeOf(invite(acme, { email: 'no address' }))).toBe('400 validation_failed');
    expect(await codeOf(invite(acme, body, await w.staff('ops_viewer')))).toBe('403 permission_denied');
    expect(await codeOf(staff.post(`/platform/tenants/${newId()}/invitations`, body))).toBe('404 not_found');
    await act(acme, 'archive').expect(200);
    expect(await codeOf(invite(acme, body))).toBe('409 invalid_transition');
  });

  it('makes one invitation of two calls at once, and takes no seat that is not there', async () => {
    const acme = await w.tenant();
    const answers = await Promise.all(['a', 'b'].map((name) => invite(acme, { email: `${name}.${acme.slug}@example.com` })));
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    const open = await asSuperuser(`select email from invitations where tenant_id = $1 and status = 'pending'`, acme.tenant_id);
    expect(open.rows).toHaveLength(1);
    await asSuperuser(`update entitlements set limits = jsonb_set(limits, '{max_users}', '0') where tenant_id = $1`, acme.tenant_id);
    expect(await codeOf(invite(acme, { email: 'full@example.com' }))).toBe('409 limit_reached');
  });
});

describe('an act that needs a second person', () => {
  const archived = async (): Promise<TestTenant> => {
    const tenant = await w.tenant();
    await act(tenant, 'archive').expect(200);
    return tenant;
  };
  const purge = (tenant: TestTenant, by: StaffClient, over: object = {}) => act(tenant, 'purge', { confirm: tenant.slug, ...over }, by);
  const pending = async (by: StaffClient = staff): Promise<{ approval_id: string; subject_id: string; requested_by_label: string }[]> =>
    (await by.get('/platform/approvals?limit=100').expect(200)).body.data;
  /** As if it had been asked for so much earlier. */
  const age = (tenant: TestTenant, by: string) =>
    asSuperuser(
      `update staff_approvals set not_before = not_before - $2::interval, expires_at = expires_at - $2::interval
        where subject_id = $1 and state = 'pending'`,
      tenant.tenant_id,
      by,
    );
  const statusOf = async (tenant: TestTenant): Promise<string> =>
    (await staff.get(`/platform/tenants/${tenant.tenant_id}`).expect(200)).body.status;

  it('waits an hour for another member of the staff, who may do it; both stand in both logs', async () => {
    const acme = await archived();
    const dry = (await purge(acme, superuser, { dry_run: true }).expect(200)).body;
    expect(dry).toMatchObject({ status: 'dry_run', provisioning_job_id: null, approval: null });
    expect(dry.affected).toBeGreaterThan(5);
    expect(dry.sample.length).toBeLessThanOrEqual(10);
    expect(dry.sample).toContainEqual({ name: 'stores', count: 1 });
    expect((await pending()).filter(({ subject_id }) => subject_id === acme.tenant_id)).toEqual([]);

    const { approval } = (await purge(acme, superuser).expect(202)).body;
    expect(approval).toMatchObject({
      act: 'tenant.purge',
      subject_id: acme.tenant_id,
      reason: REASON,
      requested_by: superuser.platform_user_id,
    });
    expect(approval.requested_by_label).toBe(superuser.email);
    expect(new Date(approval.expires_at as string).getTime() - Date.now()).toBeLessThanOrEqual(3_600_000);
    expect(await pending(await w.staff('ops_viewer'))).toContainEqual(approval);
    const refused = (await purge(acme, superuser).expect(409)).body;
    expect(refused).toMatchObject({ code: 'same_person', expires_at: approval.expires_at });
    expect(await codeOf(purge(acme, staff))).toBe('403 permission_denied');
    expect(await statusOf(acme)).toBe('archived');

    // Of two who agree at once one does it, and the other finds it done.
    const third = await w.staff('superuser');
    const answers = await Promise.all([codeOf(purge(acme, second)), codeOf(purge(acme, third))]);
    expect(answers.sort()).toEqual(['202', '409 invalid_transition']);
    expect(await statusOf(acme)).toBe('purging');
    expect((await pending()).filter(({ subject_id }) => subject_id === acme.tenant_id)).toEqual([]);
    for (const log of [acme.tenant_id, PLATFORM_SCOPE_ID]) {
      expect((await auditsOf(w, log, 'approval.requested'))[0]).toMatchObject({
        actor: { id: superuser.platform_user_id },
        reason: REASON,
      });
      const [given] = await auditsOf(w, log, 'approval.given');
      expect(given?.changes).toEqual({ act: [undefined, 'tenant.purge'], requested_by: [undefined, superuser.platform_user_id] });
      expect([second.platform_user_id, third.platform_user_id]).toContain(given?.actor.id);
    }
  });

  it('is not agreed to with BOOTSTRAP_TOKEN, which anybody may hold; with it one may ask', async () => {
    const acme = await archived();
    const BOOTSTRAP_TOKEN = 'token-for-the-day-of-need-0123456789';
    const there = await world({ database: w.database, env: { BOOTSTRAP_TOKEN, PLATFORM_HOSTS: 'localhost' } });
    const token = clientOf(there, BOOTSTRAP_TOKEN) as unknown as StaffClient;
    await purge(acme, superuser).expect(202);
    expect(await codeOf(purge(acme, token))).toBe('409 same_person');
    await age(acme, '1 hour');
    expect((await purge(acme, token).expect(202)).body).toMatchObject({
      status: 'approval_pending',
      approval: { requested_by_label: null },
    });
    expect((await purge(acme, second).expect(202)).body.status).toBe('done');
    await there.close();
  });

  it('is as if nobody had asked when the hour is over, or when it was cancelled', async () => {
    const acme = await archived();
    const first = (await purge(acme, superuser).expect(202)).body.approval;
    await age(acme, '1 hour');
    expect((await purge(acme, second).expect(202)).body.status).toBe('approval_pending');
    const [open] = (await pending()).filter(({ subject_id }) => subject_id === acme.tenant_id);
    expect(open?.approval_id).not.toBe(first.approval_id);
    expect(await codeOf((await w.staff('ops_viewer')).delete(`/platform/approvals/${open?.approval_id}`))).toBe('403 permission_denied');
    await staff.delete(`/platform/approvals/${open?.approval_id}`).expect(204);
    for (const id of [open?.approval_id, first.approval_id])
      expect(await codeOf(staff.delete(`/platform/approvals/${id}`))).toBe('409 invalid_state');
    await staff.delete(`/platform/approvals/${newId()}`).expect(404);
    expect((await auditsOf(w, acme.tenant_id, 'approval.cancelled'))[0]?.actor.id).toBe(staff.platform_user_id);
    expect((await purge(acme, superuser).expect(202)).body.status).toBe('approval_pending');
    expect(await statusOf(acme)).toBe('archived');
  });

  it('waits a day where nobody else could agree, and is done by the one who asked then', async () => {
    const acme = await archived();
    const alone = await w.staff('superuser');
    const others = `update platform_users set status = $1 where role = 'superuser' and status = $2 and platform_user_id <> $3`;
    await asSuperuser(others, 'disabled', 'active', alone.platform_user_id);
    try {
      const { approval } = (await purge(acme, alone).expect(202)).body;
      expect(new Date(approval.not_before as string).getTime() - Date.now()).toBeGreaterThan(23.9 * 3_600_000);
      expect((await purge(acme, alone).expect(409)).body).toMatchObject({ code: 'same_person', not_before: approval.not_before });
      await age(acme, '23 hours 59 minutes');
      expect(await codeOf(purge(acme, alone))).toBe('409 same_person');
      await age(acme, '1 minute');
      expect((await purge(acme, alone).expect(202)).body).toMatchObject({ status: 'done', provisioning_job_id: expect.any(String) });
    } finally {
      await asSuperuser(others, 'active', 'disabled', alone.platform_user_id);
    }
  });
});
