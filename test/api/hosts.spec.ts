import pg from 'pg';
import { CachedTenantResolver } from '../../apps/api/src/modules/tenants/tenant-resolver.js';
import { TenantResolver } from '../../libs/platform/auth/index.js';
import { auditsOf, eventsOf } from '../support/records.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

const DAY = 86_400_000;
const ENV = {
  ROOT_DOMAIN: 'tenantry.test',
  TENANT_SUBDOMAIN_ENABLED: 'true',
  PLATFORM_HOSTS: 'localhost,console.tenantry.test',
  RESERVED_SUBDOMAINS: 'partner',
};

interface Host {
  readonly host: string;
  readonly kind: string;
  readonly status: string;
  readonly is_primary: boolean;
  readonly challenge: { readonly name: string; readonly type: string; readonly value: string } | null;
}

let w: World;
beforeAll(async () => {
  w = await world({ own_database: `hosts_${process.pid}`, env: ENV });
}, 60_000);

let count = 0;
const unique = (): string => `shop${++count}.example.com`;
const hostsOf = async (owner: TestUser): Promise<Host[]> => (await owner.get('/tenant/hosts').expect(200)).body.data as Host[];
/** Asked for, and DNS says so. */
async function claimed(owner: TestUser, host: string): Promise<Host> {
  const { body } = await owner.post('/tenant/hosts', { host }).expect(201);
  const { challenge } = body as Host;
  w.dns.set(challenge?.name ?? '', challenge?.value ?? '');
  return body as Host;
}
async function proved(owner: TestUser, host: string): Promise<void> {
  await claimed(owner, host);
  await owner.post(`/tenant/hosts/${host}/verify`).expect(200);
}
const owned = async (): Promise<[TestTenant, TestUser]> => {
  const tenant = await w.tenant();
  return [tenant, await tenant.user()];
};
/** `GET /tenant` on a host: which tenant answers, or with what code. */
const at = async (host: string, user: TestUser): Promise<string> => {
  const { body } = await user.get('/tenant').set('host', host);
  return (body as { slug?: string; code?: string }).slug ?? (body as { code: string }).code;
};
const clientConfig = async (
  host: string,
): Promise<{ host_kind: string; tenant: { slug: string; name: string; branding: object } | null }> =>
  (await w.request().get('/api/v1/client-config').set('host', host).expect(200)).body;

describe('a host of a tenant’s own', () => {
  it('names the tenant once DNS has proved it, and not before', async () => {
    const [acme, owner] = await owned();
    const host = unique();
    const { body } = await owner.post('/tenant/hosts', { host: host.toUpperCase() }).expect(201);
    expect(body).toMatchObject({
      host,
      kind: 'custom',
      status: 'pending',
      is_primary: false,
      verified_at: null,
      challenge: { name: `_tenantry.${host}`, type: 'TXT' },
    });
    expect((await owner.post('/tenant/hosts', { host }).expect(201)).body).toEqual(body); // the same challenge again
    expect((await clientConfig(host)).tenant).toBeNull();

    const unproved = (await owner.post(`/tenant/hosts/${host}/verify`).expect(409)).body;
    expect(unproved).toMatchObject({ code: 'host_not_verified', challenge: body.challenge });
    w.dns.set(`_tenantry.${host}`, 'v=spf1 -all', `${body.challenge.value}x`);
    await owner.post(`/tenant/hosts/${host}/verify`).expect(409);
    expect((await clientConfig(host)).tenant).toBeNull();

    w.dns.set(`_tenantry.${host}`, 'v=spf1 -all', body.challenge.value);
    const verified = (await owner.post(`/tenant/hosts/${host}/verify`).expect(200)).body;
    expect(verified).toMatchObject({ host, status: 'verified', challenge: null, verified_at: expect.any(String) });
    expect(await at(host, owner)).toBe(acme.slug);
    expect(await clientConfig(host)).toMatchObject({
      host_kind: 'tenant',
      tenant: { slug: acme.slug, name: `Tenant ${acme.slug}`, branding: {} },
    });

    const asked = w.dns.asked.length;
    await owner.post(`/tenant/hosts/${host}/verify`).expect(200); // proved is proved: nobody is asked again
    expect(w.dns.asked).toHaveLength(asked);
    expect(
      (await auditsOf(w, acme.tenant_id))
        .filter(({ action }) => action.startsWith('host.'))
        .map(({ action, targets }) => `${action} ${targets[0]?.id}`),
    ).toEqual([`host.verified ${host}`, `host.added ${host}`]);
    expect((await eventsOf(w, acme.tenant_id, 'tenant.updated'))[0]?.data).toMatchObject({ changed: ['hosts'] });
  });

  it('does not let the holder of another tenant in', async () => {
    const [, owner] = await owned();
    const [, stranger] = await owned();
    const host = unique();
    await proved(owner, host);
    expect(await at(host, stranger)).toBe('tenant_mismatch');
  });

  it('that is taken answers like a free one until it is proved; then whoever has it keeps it', async () => {
    const [, first] = await owned();
    const [, second] = await owned();
    const host = unique();
    await proved(first, host);
    const claim = await claimed(second, host);
    const free = await claimed(second, unique());
    expect({ ...claim, host: '', challenge: null, created_at: '' }).toEqual({ ...free, host: '', challenge: null, created_at: '' });
    expect((await second.post(`/tenant/hosts/${host}/verify`).expect(409)).body).toMatchObject({ code: 'host_taken' });
    expect((await hostsOf(second)).map(({ status }) => status)).toEqual(['pending', 'pending', 'verified']); // two claims, the subdomain
    expect((await hostsOf(first)).find((one) => one.host === host)?.status).toBe('verified');
  });

  it('that two have asked for belongs to the one that proves it, also at the same moment', async () => {
    const [, first] = await owned();
    const [, second] = await owned();
    const host = unique();
    const claims = [await claimed(first, host), await claimed(second, host)];
    expect(claims[0]?.challenge?.value).not.toBe(claims[1]?.challenge?.value);
    w.dns.set(`_tenantry.${host}`, ...claims.map((claim) => claim.challenge?.value ?? ''));
    const answers = await Promise.all([first, second].map((owner) => owner.post(`/tenant/hosts/${host}/verify`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('host_taken');
  });

  it('rests for 90 days after it was given back: nobody else can take it, its last holder can', async () => {
    const [acme, owner] = await owned();
    const [other, stranger] = await owned();
    const host = unique();
    await proved(owner, host);
    await owner.delete(`/tenant/hosts/${host}`).expect(204);
    expect((await clientConfig(host)).tenant).toBeNull();
    expect(await at(host, owner)).toBe(acme.slug); // by credential: the host names nobody now
    await claimed(stranger, host);
    expect((await stranger.post(`/tenant/hosts/${host}/verify`).expect(409)).body.code).toBe('host_taken');

    await proved(owner, host);
    expect((await clientConfig(host)).tenant?.slug).toBe(acme.slug);
    await owner.delete(`/tenant/hosts/${host}`).expect(204);

    await claimed(stranger, host);
    w.clock.advance(90 * DAY - 60_000);
    const later = await other.session(stranger);
    expect((await later.post(`/tenant/hosts/${host}/verify`).expect(409)).body.code).toBe('host_taken');
    w.clock.advance(120_000);
    await (await other.session(stranger)).post(`/tenant/hosts/${host}/verify`).expect(200);
    w.clock.reset();
    expect((await clientConfig(host)).tenant?.slug).toBe(other.slug);
  });

  it('is refused where it could not be somebody’s own', async () => {
    const [, owner] = await owned();
    for (const host of [
      'localhost',
      '10.0.0.1',
      'https://a.example.com',
      'a.example.com/x',
      'a.example.com:80',
      '*.example.com',
      'a b.example',
      '_a.example.com',
      '',
    ])
      expect((await owner.post('/tenant/hosts', { host }).expect(400)).body).toMatchObject({
        code: 'validation_failed',
        errors: [{ field: '/host' }],
      });
    for (const host of ['tenantry.test', 'other.tenantry.test', 'console.tenantry.test'])
      expect((await owner.post('/tenant/hosts', { host }).expect(400)).body).toMatchObject({
        errors: [{ field: '/host', code: 'host_reserved' }],
      });
    expect((await owner.post('/tenant/hosts', { host: 'bücher.example' }).expect(201)).body.host).toBe('xn--bcher-kva.example');
  });

  it('may be asked for twenty times', async () => {
    const [, owner] = await owned();
    for (let i = 0; i < 19; i++) await owner.post('/tenant/hosts', { host: unique() }).expect(201); // the subdomain counts
    expect((await owner.post('/tenant/hosts', { host: unique() }).expect(409)).body).toMatchObject({
      code: 'limit_reached',
      limit: 'hosts',
      used: 20,
      max: 20,
    });
    const page = (await owner.get('/tenant/hosts?limit=15').expect(200)).body;
    expect(page.data).toHaveLength(15);
    expect((await owner.get(`/tenant/hosts?limit=15&cursor=${page.next_cursor}`).expect(200)).body.data).toHaveLength(5);
  });

  it('is for tenants:admin alone, and the app role reads no challenge', async () => {
    const [acme, owner] = await owned();
    const admin = await acme.user({ role: 'admin' }); // library role admin: all but tenants:admin
    const host = unique();
    await claimed(owner, host);
    for (const request of [
      admin.get('/tenant/hosts'),
      admin.post('/tenant/hosts', { host }),
      admin.post(`/tenant/hosts/${host}/verify`),
      admin.delete(`/tenant/hosts/${host}`),
    ])
      expect((await request.expect(403)).body).toMatchObject({ code: 'permission_denied', permission: 'tenants:admin' });
    const app = new pg.Client({ connectionString: w.database.appUrl });
    await app.connect();
    await expect(app.query('select challenge from host_claims')).rejects.toThrow('permission denied');
    await expect(app.query('select challenge from tenant_hosts')).rejects.toThrow('permission denied');
    await app.end();
  });
});

describe('the primary host', () => {
  it('is exactly one: a proved host, else the subdomain', async () => {
    const [acme, owner] = await owned();
    const [one, two, pending] = [unique(), unique(), unique()];
    const subdomain = `${acme.slug}.tenantry.test`;
    const primary = async (): Promise<string[]> => (await hostsOf(owner)).filter(({ is_primary }) => is_primary).map(({ host }) => host);
    expect(await primary()).toEqual([subdomain]);
    for (const host of [one, two]) await proved(owner, host);
    await claimed(owner, pending);
    expect((await owner.post(`/tenant/hosts/${pending}/primary`).expect(409)).body).toMatchObject({
      code: 'host_not_verified',
      challenge: { name: `_tenantry.${pending}` },
    });
    expect((await owner.post(`/tenant/hosts/${one}/primary`).expect(200)).body).toMatchObject({ host: one, is_primary: true });
    expect(await primary()).toEqual([one]);
    expect((await owner.get('/tenant').expect(200)).body.hosts).toEqual(
      [{ host: one, kind: 'custom', is_primary: true }, { host: two, kind: 'custom', is_primary: false }, { host: subdomain, kind: 'subdomain', is_primary: false }].sort((a, b) => (a.host < b.host ? -1 : 1)),
    ); // prettier-ignore
    await Promise.all([one, two, one, two, subdomain].map((host) => owner.post(`/tenant/hosts/${host}/primary`).expect(200)));
    expect(await primary()).toHaveLength(1);
    await owner.post(`/tenant/hosts/${two}/primary`).expect(200);
    await owner.delete(`/tenant/hosts/${two}`).expect(204);
    expect(await primary()).toEqual([subdomain]);
    expect((await owner.delete(`/tenant/hosts/${subdomain}`).expect(409)).body).toMatchObject({
      code: 'invalid_state',
      reason: 'subdomain',
    });
    await owner.delete(`/tenant/hosts/${pending}`).expect(204);
    expect((await hostsOf(owner)).map(({ host }) => host).sort()).toEqual([one, subdomain].sort());
  });

  it('answers for a host that is none, or another tenant’s, like for one that is not there', async () => {
    const [, owner] = await owned();
    const [, stranger] = await owned();
    const host = unique();
    await proved(owner, host);
    for (const name of [host, unique(), 'no-host', '0190b3c4-0000-7000-8000-000000000000', '..%2f'])
      for (const request of [
        stranger.post(`/tenant/hosts/${name}/verify`),
        stranger.post(`/tenant/hosts/${name}/primary`),
        stranger.delete(`/tenant/hosts/${name}`),
      ])
        expect((await request.expect(404)).body.code).toBe('not_found');
    expect((await hostsOf(owner)).some((one) => one.host === host)).toBe(true);
  });
});

it('an Idempotency-Key stands for the whole of adding and proving', async () => {
  const [acme, owner] = await owned();
  const host = unique();
  const add = (key: string) => owner.post('/tenant/hosts', { host }).set('idempotency-key', key);
  const first = (await add('key-of-this-request-1').expect(201)).body;
  expect((await add('key-of-this-request-1').expect(201)).body).toEqual(first);
  w.dns.set(first.challenge.name, first.challenge.value);
  const verify = () => owner.post(`/tenant/hosts/${host}/verify`).set('idempotency-key', 'key-of-this-request-2');
  const done = (await verify().expect(200)).body;
  expect(done.status).toBe('verified');
  expect((await verify().expect(200)).body).toEqual(done);
  expect((await auditsOf(w, acme.tenant_id, 'host.added')).length + (await auditsOf(w, acme.tenant_id, 'host.verified')).length).toBe(2);
});

describe('subdomains', () => {
  it('[003-34] [004-67] name the tenant below ROOT_DOMAIN, after PLATFORM_HOSTS and reserved labels', async () => {
    const [acme, owner] = await owned();
    expect(await at(`${acme.slug}.tenantry.test`, owner)).toBe(acme.slug);
    expect(await at(`${acme.slug.toUpperCase()}.Tenantry.Test:8080`, owner)).toBe(acme.slug);
    expect(await at('nobody.tenantry.test', owner)).toBe('not_found');
    expect(await at('console.tenantry.test', owner)).toBe('tenant_host_required');
    expect(await clientConfig('console.tenantry.test')).toMatchObject({ host_kind: 'platform', tenant: null });
    const staff = await w.staff('ops_admin');
    for (const subdomain of ['partner', 'www', 'api', '-a', 'a_b']) {
      const { body } = await staff.post('/platform/tenants', { name: 'X', subdomain }).expect(400);
      expect(body.code).toMatch(/^slug_(reserved|invalid)$/);
    }
  });

  it('[004-67] name nobody where TENANT_SUBDOMAIN_ENABLED is not true; a proved host still does', async () => {
    const [acme, owner] = await owned();
    const host = unique();
    await proved(owner, host);
    const off = new CachedTenantResolver(w.runtime.platformDb, { ...w.runtime.config, tenant_subdomain_enabled: false } as never);
    expect(await off.byHost(`${acme.slug}.tenantry.test`)).toBeNull();
    expect(await off.byHost(host)).toBe(acme.tenant_id);
  });

  it('shows the face of the tenant to whoever comes to its host, and after a change the new one', async () => {
    const [acme, owner] = await owned();
    const host = `${acme.slug}.tenantry.test`;
    expect((await clientConfig(host)).tenant).toEqual({ slug: acme.slug, name: `Tenant ${acme.slug}`, branding: {} });
    await owner.patch('/tenant', { name: 'Acme Harbour', branding: { primary_color: '#0b5d1e' } }).expect(200);
    expect((await clientConfig(host)).tenant).toEqual({ slug: acme.slug, name: 'Acme Harbour', branding: { primary_color: '#0b5d1e' } });
    expect((await clientConfig('localhost')).tenant).toBeNull();
    expect((await clientConfig('unknown.example.org')).tenant).toBeNull();
    expect(w.app.get(TenantResolver, { strict: false })).toBeInstanceOf(CachedTenantResolver);
  });
});
