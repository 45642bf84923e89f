import type supertest from 'supertest';
import { sha256 } from '#platform/crypto/index.js';
import { sql, type Param, type Sql } from '#platform/db/index.js';
import { platformScope } from '#platform/queue/index.js';
import { newApiKey } from '../../apps/api/src/modules/identity/api-key-format.js';
import { SessionActivity } from '../../apps/api/src/modules/identity/session-activity.js';
import { withClient } from '../support/migrate.js';
import { auditsOf } from '../support/records.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let w: World;
let acme: TestTenant;
let owner: TestUser;

beforeAll(async () => {
  w = await world({ own_database: 'api_keys', env: { TRUST_PROXY: '127.0.0.1,::1' } });
  acme = await w.tenant({ stores: ['NORTH', 'SOUTH'] });
  owner = await acme.user();
}, 60_000);

type Body = Record<string, unknown>;
const query = <R = Body>(statement: Sql, params: readonly Param[] = []): Promise<R[]> =>
  w.runtime.platformDb.query<R>(platformScope('test'), statement, params);
const ALL = { mode: 'all', store_ids: [] };
const input = (over: Body = {}): Body => ({
  name: 'Till of the north',
  scopes: ['inventory:read', 'inventory:write', 'stores:read'],
  ...over,
});

interface Key {
  readonly api_key_id: string;
  readonly secret: string;
}
async function make(by: TestUser = owner, over: Body = {}): Promise<Key> {
  const { body } = await by.post('/api-keys', input(over)).expect(201);
  return body.api_key as Key;
}
/** A request with a key, as bearer or in the header of keys. */
function withKey(secret: string, method: 'get' | 'post' | 'patch' | 'delete' | 'put', path: string, body?: Body, on = w): supertest.Test {
  const request = on.request()[method](`/api/v1${path}`).set('host', 'localhost').set('authorization', `Bearer ${secret}`);
  return body === undefined ? request : request.send(body);
}
const get = (secret: string, path = '/inventory'): supertest.Test => withKey(secret, 'get', path);
const bare = ({ request_id: _, ...body }: Body): Body => body;
const setMember = (user: TestUser, status: string): Promise<unknown> =>
  query(sql`update memberships set status = $3 where tenant_id = $1 and user_id = $2`, [acme.tenant_id, user.user_id, status]);

describe('POST /api-keys', () => {
  it('[001-27] shows the whole key once; lists show prefix, scopes, created, last used and expiry', async () => {
    const response = await owner.post('/api-keys', input({ ip_cidrs: ['203.0.113.77/24', '203.0.113.1/24', '2001:db8::/32'] })).expect(201);
    const { body } = response;
    expect(response.headers['cache-control']).toBe('no-store');
    const { secret, ...shown } = body.api_key;
    expect(body).toEqual({ success: true, api_key: expect.any(Object) });
    expect(secret).toMatch(/^tn_test_[0-9A-Za-z]{49}$/);
    expect(shown).toEqual({
      api_key_id: expect.any(String), name: 'Till of the north', prefix: secret.slice(0, 12), scopes: ['inventory:read', 'inventory:write', 'stores:read'], store_scope: ALL,
      owner_user_id: owner.user_id, owner_name: expect.any(String), ip_cidrs: ['203.0.113.0/24', '2001:db8::/32'], status: 'active', created_at: expect.any(String),
      expires_at: expect.any(String), rotated_at: null, revoked_at: null, last_used_at: null, last_ip: null,
    }); // prettier-ignore
    expect(Math.round((Date.parse(shown.expires_at) - w.clock.now().getTime()) / DAY)).toBe(365);
    expect((await owner.get(`/api-keys/${shown.api_key_id}`).expect(200)).body).toEqual(shown);
    const { body: list } = await owner.get('/api-keys').expect(200);
    expect(list.data[0]).toEqual(shown);
    expect(JSON.stringify(list)).not.toContain(secret);
    expect((await auditsOf(w, acme.tenant_id, 'api_key.created'))[0]).toMatchObject({
      actor: { id: owner.user_id }, targets: [{ type: 'api_key', id: shown.api_key_id }], changes: { scopes: [undefined, shown.scopes] },
    }); // prettier-ignore
  });

  it('[001-07] [004-11] keeps a hash and nothing else', async () => {
    const { secret, api_key_id } = await make();
    const rows = await query(sql`select credential_hash, kind, tenant_id from credential_index where ref_id = $1`, [api_key_id]);
    expect(rows).toEqual([{ credential_hash: sha256(secret), kind: 'api_key', tenant_id: acme.tenant_id }]);
  });

  it('gives no more than its maker holds, in no more stores', async () => {
    const manager = await acme.user({ role: 'manager', store_scope: { mode: 'selected', store_ids: [acme.stores['NORTH'] ?? ''] } });
    await manager.post('/api-keys', input()).expect(403); // no right to make keys at all
    const { body: role } = await owner
      .post('/roles', { name: 'Keeper', permissions: ['api_keys:write', 'api_keys:read', 'orders:read'] })
      .expect(201);
    const keeper = await acme.user({ role: role.code });
    const { body } = await keeper.post('/api-keys', input({ scopes: ['orders:read', 'orders:write', 'stock:adjust'] })).expect(403);
    expect(body).toMatchObject({ code: 'grant_exceeds_own', missing: ['orders:write', 'stock:adjust'] });
    await make(keeper, { scopes: ['orders:read'] });
    expect((await auditsOf(w, acme.tenant_id, 'rbac.grant_refused'))[0]).toMatchObject({
      outcome: 'denied',
      actor: { id: keeper.user_id },
    });
  });

  it('takes no scope that does not exist or that makes a machine an administrator', async () => {
    expect((await owner.post('/api-keys', input({ scopes: ['orders:eat'] })).expect(400)).body).toMatchObject({
      code: 'unknown_permission',
      permissions: ['orders:eat'],
    });
    for (const scope of ['api_keys:write', 'users:admin', 'tenants:admin', 'billing:write'])
      expect((await owner.post('/api-keys', input({ scopes: [scope] })).expect(400)).body.errors).toMatchObject([
        { field: '/scopes/0', code: 'not_for_keys' },
      ]);
    for (const over of [
      { scopes: [] },
      { expires_in_days: 731 },
      { expires_in_days: 0 },
      { ip_cidrs: ['everywhere'] },
      { name: '' },
      { secret: 'mine' },
    ])
      expect((await owner.post('/api-keys', input(over)).expect(400)).body.code).toBe('validation_failed');
    const bolt = await w.tenant();
    const foreign = { mode: 'selected', store_ids: [Object.values(bolt.stores)[0]] };
    expect((await owner.post('/api-keys', input({ scopes: ['inventory:read'], store_scope: foreign })).expect(404)).body.code).toBe(
      'not_found',
    );
  });

  it('counts against the plan, also twenty at once', async () => {
    const tenant = await w.tenant();
    const admin = await tenant.user();
    await query(sql`update entitlements set limits = limits || '{"max_api_keys": 3}' where tenant_id = $1`, [tenant.tenant_id]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => admin.post('/api-keys', input())));
    expect(answers.map(({ status }) => status).filter((status) => status === 201)).toHaveLength(3);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.body).toMatchObject({ code: 'limit_reached', limit: 'max_api_keys', used: 3, max: 3 });
    const { body } = await admin.get('/api-keys').expect(200);
    await admin.delete(`/api-keys/${body.data[0].api_key_id}`).expect(204);
    await admin.delete(`/api-keys/${body.data[0].api_key_id}`).expect(204);
    await make(admin);
    await admin.post('/api-keys', input()).expect(409);
  });

  it('gives the same key for the same Idempotency-Key', async () => {
    const key = 'api-key-0123456789';
    const first = await owner.post('/api-keys', input()).set('idempotency-key', key).expect(201);
    const second = await owner.post('/api-keys', input()).set('idempotency-key', key).expect(201);
    expect(second.body).toEqual(first.body);
    expect(second.headers['idempotency-replayed']).toBe('true');
  });
});

describe('a request with a key', () => {
  it('[001-29] may do what its scopes say, and nothing else', async () => {
    const { secret } = await make(owner, { scopes: ['inventory:read'] });
    await get(secret).expect(200);
    expect((await withKey(secret, 'post', '/products', { name: 'Tea', sku: 'T-1', price_minor: 100 }).expect(403)).body).toMatchObject({
      code: 'permission_denied', permission: 'inventory:write',
    }); // prettier-ignore
    for (const path of ['/roles', '/admin/members', '/api-keys', '/audit-logs']) await get(secret, path).expect(403);
    const writer = await make();
    await withKey(writer.secret, 'post', '/products', { name: 'Tea', sku: `T-${writer.api_key_id.slice(-6)}`, price_minor: 100 }).expect(
      201,
    );
    expect((await auditsOf(w, acme.tenant_id, 'product.created'))[0]).toMatchObject({ actor: { type: 'api_key', id: writer.api_key_id } });
  });

  it('comes as bearer or as X-Api-Key; two that differ are none', async () => {
    const { secret } = await make();
    const header = (key: string): supertest.Test => w.request().get('/api/v1/inventory').set('host', 'localhost').set('x-api-key', key);
    await header(secret).expect(200);
    await header(secret).set('authorization', `Bearer ${secret}`).expect(200);
    const other = await make();
    for (const bearer of [other.secret, owner.token])
      expect((await header(secret).set('authorization', `Bearer ${bearer}`).expect(401)).body.code).toBe('unauthenticated');
    expect((await header(owner.token).expect(401)).body.code).toBe('invalid_credentials');
  });

  it('[001-28] is refused at once when the key is revoked; revoked, expired, unknown and misspelt are one answer', async () => {
    const { secret, api_key_id } = await make();
    await get(secret).expect(200);
    await owner.delete(`/api-keys/${api_key_id}`).expect(204);
    const revoked = await get(secret).expect(401);
    expect(revoked.body.code).toBe('invalid_credentials');
    expect(await auditsOf(w, acme.tenant_id, 'api_key.revoked')).toMatchObject([
      { actor: { id: owner.user_id }, targets: [{ id: api_key_id }] },
    ]);
    expect(await query(sql`select 1 from credential_index where ref_id = $1`, [api_key_id])).toEqual([]);

    const short = await make(owner, { expires_in_days: 1 });
    w.clock.advance(DAY - MINUTE);
    await get(short.secret).expect(200);
    w.clock.advance(2 * MINUTE);
    const expired = await get(short.secret).expect(401);
    w.clock.reset();
    const unknown = await get(newApiKey('live')).expect(401);
    const misspelt = await get(`${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`).expect(401);
    for (const { body } of [expired, unknown, misspelt]) expect(bare(body)).toEqual(bare(revoked.body));
    const { body: list } = await owner.get('/api-keys?status=revoked').expect(200);
    expect(list.data.map((key: Key) => key.api_key_id)).toContain(api_key_id);
  });

  it('with a wrong checksum costs no database', async () => {
    const { secret } = await make();
    /** Round trips to the database of the last request. */
    const trips = (): number => {
      const line = [...w.logs.lines].reverse().find((text) => text.includes('"request"') && text.includes('db_trips'));
      return (JSON.parse(line ?? '{}') as { db_trips: number }).db_trips;
    };
    for (const broken of [
      `${secret.slice(0, -2)}__`,
      `${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`,
      'tn_live_',
      'tn_live_x',
    ]) {
      expect((await get(broken).expect(401)).body.code).toBe('invalid_credentials');
      expect(trips()).toBe(0);
    }
    await get(secret).expect(200);
    expect(trips()).toBeGreaterThan(0);
  });

  it('comes from its networks only', async () => {
    const { secret } = await make(owner, { ip_cidrs: ['203.0.113.0/24', '2001:db8::/32'] });
    const from = (ip: string): supertest.Test => get(secret).set('x-forwarded-for', ip);
    for (const ip of ['203.0.113.9', '::ffff:203.0.113.9', '2001:db8:1::5']) await from(ip).expect(200);
    for (const ip of ['203.0.114.9', '2001:db9::1', '127.0.0.1']) expect((await from(ip).expect(403)).body.code).toBe('ip_refused');
  });

  it('is in its own tenant and in no other', async () => {
    const bolt = await w.tenant();
    const { secret } = await make();
    expect((await get(secret).set('x-tenant-id', bolt.slug).expect(403)).body.code).toBe('tenant_mismatch');
    await get(secret).set('x-tenant-id', acme.slug).expect(200);
    expect((await get(secret, `/tenants/${bolt.tenant_id}`).expect(403)).body.code).toBe('tenant_mismatch');
    expect((await get(secret, '/platform/tenants').expect(401)).body.code).toBe('unauthenticated');
  });

  it('holds in its stores, and in those of its owner', async () => {
    const { body: role } = await owner
      .post('/roles', { name: 'Northern', permissions: ['api_keys:write', 'api_keys:read', 'stores:read', 'inventory:read'] })
      .expect(201);
    const north = acme.stores['NORTH'] ?? '';
    const south = acme.stores['SOUTH'] ?? '';
    const all = await acme.user({ role: role.code });
    const { secret } = await make(all, {
      scopes: ['stores:read', 'inventory:read'],
      store_scope: { mode: 'selected', store_ids: [north, south] },
    });
    const stores = async (): Promise<string[]> =>
      ((await get(secret, '/stores').expect(200)).body.data as { store_id: string }[]).map(({ store_id }) => store_id).sort();
    expect(await stores()).toEqual([north, south].sort());
    const change = { assignments: [{ role_id: role.role_id, store_scope: { mode: 'selected', store_ids: [north] } }] };
    await owner.patch(`/admin/members/${all.user_id}`, change).expect(200);
    expect(await stores()).toEqual([north]);
    const { body: me } = await get(secret, '/auth/me').expect(200);
    expect(me.store_scope).toEqual({ mode: 'selected', store_ids: [north, south].sort() });
    expect(me.permissions).toEqual(['inventory:read', 'stores:read']);
  });

  it('[000-36] stands and falls with its owner: demoted, suspended, removed, disabled', async () => {
    const admin = await acme.user({ role: 'admin' });
    const { secret } = await make(admin);
    await get(secret).expect(200);
    const { body: role } = await owner.post('/roles', { name: `Guest ${secret.slice(-5)}`, permissions: ['stores:read'] }).expect(201);
    const roles = (code: string): supertest.Test =>
      owner.patch(`/admin/members/${admin.user_id}`, { assignments: [{ role: code, store_scope: ALL }] });
    await roles(role.code).expect(200);
    expect((await get(secret).expect(403)).body.code).toBe('permission_denied');
    await get(secret, '/stores').expect(200);
    await roles('admin').expect(200);
    await get(secret).expect(200);
    await setMember(admin, 'suspended');
    expect((await get(secret).expect(403)).body.code).toBe('membership_suspended');
    expect((await admin.get('/inventory').expect(403)).body.code).toBe('membership_suspended');
    await setMember(admin, 'active');
    await query(sql`update users set status = 'disabled' where user_id = $1`, [admin.user_id]);
    expect((await get(secret).expect(401)).body.code).toBe('invalid_credentials');
    await query(sql`update users set status = 'active' where user_id = $1`, [admin.user_id]);
    await get(secret).expect(200);
    await owner.delete(`/admin/members/${admin.user_id}`).expect(204);
    expect((await get(secret).expect(401)).body.code).toBe('invalid_credentials');
  });

  it('follows the tenant: suspended, read-only, module off', async () => {
    const { secret } = await make();
    const set = (statement: Sql): Promise<unknown> => query(statement, [acme.tenant_id]);
    await set(sql`update tenants set read_only = true where tenant_id = $1`);
    await get(secret).expect(200);
    expect((await withKey(secret, 'post', '/products', { name: 'x', sku: 'x', price_minor: 1 }).expect(403)).body.code).toBe(
      'tenant_read_only',
    );
    await set(sql`update tenants set read_only = false, status = 'suspended' where tenant_id = $1`);
    expect((await get(secret).expect(403)).body.code).toBe('tenant_suspended');
    await set(sql`update tenants set status = 'active' where tenant_id = $1`);
    await set(sql`update tenant_modules set enabled = false where tenant_id = $1 and module_code = 'catalog'`);
    expect((await get(secret).expect(403)).body.code).toBe('module_disabled');
    await set(sql`update tenant_modules set enabled = true where tenant_id = $1 and module_code = 'catalog'`);
    await get(secret).expect(200);
  });

  it('is not asked for a second factor, and its owner is all the same', async () => {
    const tenant = await w.tenant();
    const admin = await tenant.user();
    const { secret } = await make(admin);
    await query(sql`update tenants set mfa_required = true where tenant_id = $1`, [tenant.tenant_id]);
    await get(secret).expect(200);
    expect((await admin.get('/inventory').expect(403)).body.code).toBe('mfa_required');
    await get(secret).expect(200);
    expect((await admin.get('/inventory').expect(403)).body.code).toBe('mfa_required');
  });

  it('is nobody: no account, no sessions, no keys of its own', async () => {
    const { secret } = await make(owner, { scopes: ['inventory:read', 'api_keys:read'] });
    for (const [method, path, body] of [
      ['get', '/auth/sessions'],
      ['delete', '/auth/sessions'],
      ['patch', '/auth/me', { display_name: 'x' }],
      ['post', '/auth/password/change', { current_password: 'x', new_password: 'y' }],
      ['post', '/auth/email/change', { email: 'a@b.example', password: 'x' }],
      ['get', '/auth/mfa'],
      ['post', '/auth/mfa', { password: 'x' }],
      ['get', '/me/preferences'],
      ['put', '/me/preferences', {}],
      ['delete', '/me/membership'],
      ['post', '/api-keys', input({ scopes: ['inventory:read'] })],
    ] as const)
      expect([path, (await withKey(secret, method, path, body)).body.code]).toEqual([path, 'permission_denied']);
    await get(secret, '/api-keys').expect(200);
    expect((await withKey(secret, 'post', '/auth/switch-tenant', { tenant: acme.slug })).status).toBe(401);
    const { body } = await get(secret, '/auth/me').expect(200);
    const { api_key_id, name, prefix } = (await owner.get('/api-keys').expect(200)).body.data[0];
    expect(body).toMatchObject({
      user: null,
      session: null,
      api_key: { api_key_id, name, prefix },
      tenant: { tenant_id: acme.tenant_id },
      roles: [],
    });
    const { body: me } = await get(secret, '/me').expect(200);
    expect(me).toMatchObject({
      user: null,
      session: null,
      tenants: [],
      impersonation: null,
      next: null,
      abilities: { 'inventory:read': 'all' },
    });
    expect(Object.keys(me.abilities)).toEqual(['api_keys:read', 'inventory:read']);
    await get(secret, '/me/entitlements').expect(200);
  });

  it('is seen: when and from where, at most once a minute', async () => {
    const { secret, api_key_id } = await make();
    const used = async (): Promise<{ last_used_at: string | null; last_ip: string | null }> => {
      await w.app.get(SessionActivity, { strict: false }).flush();
      return (await owner.get(`/api-keys/${api_key_id}`).expect(200)).body;
    };
    expect((await used()).last_used_at).toBeNull();
    await get(secret).set('x-forwarded-for', '203.0.113.5').expect(200);
    const first = await used();
    expect(first).toMatchObject({ last_used_at: expect.any(String), last_ip: '203.0.113.5' });
    await get(secret).set('x-forwarded-for', '203.0.113.6').expect(200);
    expect((await used()).last_used_at).toBe(first.last_used_at);
    w.clock.advance(MINUTE + 1_000);
    await get(secret).set('x-forwarded-for', '203.0.113.6').expect(200);
    expect(await used()).toMatchObject({ last_ip: '203.0.113.6' });
    w.clock.reset();
  });
});

describe('rotating', () => {
  it('overlaps: the old secret works for the time of grace, the new one at once', async () => {
    const { secret, api_key_id } = await make();
    const { body } = await owner.post(`/api-keys/${api_key_id}/rotate`, { grace_minutes: 10 }).expect(201);
    expect(body.api_key).toMatchObject({ api_key_id, rotated_at: expect.any(String), prefix: body.api_key.secret.slice(0, 12) });
    await get(secret).expect(200);
    await get(body.api_key.secret).expect(200);
    w.clock.advance(10 * MINUTE + 1_000);
    expect((await get(secret).expect(401)).body.code).toBe('invalid_credentials');
    await get(body.api_key.secret).expect(200);
    w.clock.reset();

    const now = await owner.post(`/api-keys/${api_key_id}/rotate`, { grace_minutes: 0 }).expect(201);
    for (const old of [secret, body.api_key.secret]) await get(old).expect(401);
    await get(now.body.api_key.secret).expect(200);
    await owner.delete(`/api-keys/${api_key_id}`).expect(204);
    await get(now.body.api_key.secret).expect(401);
    expect((await owner.post(`/api-keys/${api_key_id}/rotate`, {}).expect(409)).body.code).toBe('api_key_revoked');
    expect((await owner.patch(`/api-keys/${api_key_id}`, { name: 'x' }).expect(409)).body.code).toBe('api_key_revoked');
    expect(await auditsOf(w, acme.tenant_id, 'api_key.rotated')).toHaveLength(2);
  });

  it('is no way to rights that one does not hold', async () => {
    const { body: role } = await owner.post('/roles', { name: 'Key clerk', permissions: ['api_keys:write', 'api_keys:read'] }).expect(201);
    const clerk = await acme.user({ role: role.code });
    const { api_key_id } = await make();
    expect((await clerk.post(`/api-keys/${api_key_id}/rotate`, {}).expect(403)).body.code).toBe('grant_exceeds_own');
    expect((await clerk.patch(`/api-keys/${api_key_id}`, { ip_cidrs: [] }).expect(403)).body.code).toBe('grant_exceeds_own');
    expect((await clerk.patch(`/api-keys/${api_key_id}`, { owner_user_id: clerk.user_id }).expect(403)).body.code).toBe(
      'grant_exceeds_own',
    );
    await clerk.patch(`/api-keys/${api_key_id}`, { name: 'Renamed' }).expect(200);
    await clerk.delete(`/api-keys/${api_key_id}`).expect(204); // taking away is always allowed
  });
});

describe('PATCH /api-keys/{api_key_id}', () => {
  it('moves a key to another owner who holds all of it, and to nobody else', async () => {
    const leaving = await acme.user({ role: 'admin' });
    const { secret, api_key_id } = await make(leaving);
    const { body: role } = await owner.post('/roles', { name: 'Reader', permissions: ['inventory:read'] }).expect(201);
    const reader = await acme.user({ role: role.code });
    expect((await owner.patch(`/api-keys/${api_key_id}`, { owner_user_id: reader.user_id }).expect(403)).body).toMatchObject({
      code: 'grant_exceeds_own', missing: ['inventory:write', 'stores:read'],
    }); // prettier-ignore
    const stranger = await (await w.tenant()).user();
    expect((await owner.patch(`/api-keys/${api_key_id}`, { owner_user_id: stranger.user_id }).expect(404)).body.code).toBe('not_found');
    const { body } = await owner
      .patch(`/api-keys/${api_key_id}`, { owner_user_id: owner.user_id, name: 'Till 2', ip_cidrs: ['10.0.0.0/8'] })
      .expect(200);
    expect(body).toMatchObject({ owner_user_id: owner.user_id, name: 'Till 2', ip_cidrs: ['10.0.0.0/8'] });
    await owner.patch(`/api-keys/${api_key_id}`, { ip_cidrs: [] }).expect(200);
    await owner.delete(`/admin/members/${leaving.user_id}`).expect(204);
    await get(secret).expect(200);
    expect((await auditsOf(w, acme.tenant_id, 'api_key.updated')).at(1)?.changes).toMatchObject({
      owner_user_id: [leaving.user_id, owner.user_id],
    });
  });

  it('knows no key of another tenant', async () => {
    const bolt = await w.tenant();
    const foreign = await make(await bolt.user());
    const path = `/api-keys/${foreign.api_key_id}`;
    for (const answer of [owner.get(path), owner.patch(path, { name: 'x' }), owner.post(`${path}/rotate`, {}), owner.delete(path)])
      expect((await answer.expect(404)).body.code).toBe('not_found');
    await get(foreign.secret).expect(200);
  });
});

it('keeps a secret where it was shown: in no list, log, audit row, event, job or other table', async () => {
  const { secret, api_key_id } = await make();
  const rotated = (await owner.post(`/api-keys/${api_key_id}/rotate`, {}).expect(201)).body.api_key.secret as string;
  const lists = await Promise.all(
    ['/api-keys', `/api-keys/${api_key_id}`, '/audit-logs', '/me'].map((path) => owner.get(path).expect(200)),
  );
  lists.push(await get(secret).expect(200), await get(rotated, '/auth/me').expect(200));
  await get(`${secret.slice(0, -1)}_`).expect(401);
  const dump = await withClient(w.database.superUrl, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select quote_ident(relname) as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
    );
    let text = '';
    for (const { name } of tables) text += JSON.stringify((await client.query(`select t::text from ${name} t`)).rows);
    return text;
  });
  const places = { answers: lists.map(({ text }) => text).join('\n'), log: w.logs.lines.join('\n'), database: dump };
  for (const one of [secret, rotated])
    for (const [place, text] of Object.entries(places)) expect([place, text.includes(one.slice(12))]).toEqual([place, false]);
}, 20_000);
