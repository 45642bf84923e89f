import { Authorizer, RouteTable, type Route } from '../../libs/platform/auth/index.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { PlatformDb, sql, type Param, type Sql } from '../../libs/platform/db/index.js';
import { platformScope } from '../../libs/platform/queue/index.js';
import { typescriptFiles } from '../architecture/source/tree.js';
import { eventually } from '../support/eventually.js';
import { cloneDatabase } from '../support/database.js';
import { clientOf, type TestTenant, type TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

/**
 * specs/tenancy.md §3.3–3.4. Two instances over one database, neither of which tells the other anything: what is changed on the first holds
 * on the first next request of the second, in both modes.
 */
const MODES = ['fresh', 'optimistic'] as const;
const ALL = { mode: 'all' as const, store_ids: [] };
const SOON_MS = 60_000;
/** Modules that stand on the catalogue and go off with it. */
const NEED_CATALOG = ['stock', 'purchasing', 'sales', 'pos'];

const endSession = sql`update sessions set revoked_at = now(), revoked_reason = 'ops' where session_id = $1`;
const dropSession = sql`delete from sessions where session_id = $1`;
const sessionEnds = sql`update sessions set expires_at = $2 where session_id = $1`;
const passedFactor = sql`update sessions set mfa_at = $2 where session_id = $1`;
const setUser = sql`update users set status = $2 where user_id = $1`;
const setTenant = sql`update tenants set status = $2 where tenant_id = $1`;
const setReadOnly = sql`update tenants set read_only = $2 where tenant_id = $1`;
/** Where nothing listens. */
const NO_REDIS = 'redis://127.0.0.1:1';
const requireFactor = sql`update tenants set mfa_required = $2 where tenant_id = $1`;
const setSlug = sql`update tenant_state set slug = $2 where tenant_id = $1`;
const switchModule = sql`update tenant_modules set enabled = $3 where tenant_id = $1 and module_code = $2`;
const killSwitch = sql`update modules set is_active = $2 where module_code = $1`;
const planGives = sql`update entitlements set modules = $2 where tenant_id = $1`;
const planOf = sql`select modules from entitlements where tenant_id = $1`;
const leanPlan = sql`update plans set modules = array_remove(modules, 'catalog') where plan_code = 'standard'`;
const trialUntil = sql`update subscriptions set status = 'trialing', trial_ends_at = $2, current_period_end = $2 where tenant_id = $1`;
const entitledUntil = sql`update entitlements set status = 'trial', trial_ends_at = $2, period_end = $2, valid_until = $2 where tenant_id = $1`;
const dropCredential = sql`delete from credential_index where ref_id = $1`;
const hasRole = sql`select role_id from roles where tenant_id = $1 and role_id = $2`;
const memberEmail = sql`update memberships set email = $3 where tenant_id = $1 and user_id = $2`;
const lastActor = sql`
  select p.fields->>'actor.label' as label from audit_events e join audit_personal p on p.tenant_id = e.tenant_id and p.audit_event_id = e.audit_event_id
   where e.tenant_id = $1 and e.action = 'role.deleted' order by e.audit_event_id desc limit 1`;

describe.each(MODES)('AUTHZ_MODE=%s', (mode) => {
  let here: World;
  let there: World;

  beforeAll(async () => {
    const database = await cloneDatabase(`modes_${mode}_${process.pid}`); // the kill switch of a module is of every tenant
    const env = { AUTHZ_MODE: mode, RBAC_AUDIT_ALLOW_SAMPLE: '0' };
    here = await world({ database, env });
    there = await world({ database, env: { ...env, REDIS_URL: NO_REDIS } }); // so nothing here may depend on Redis
  }, 120_000);
  afterEach(() => {
    here.clock.reset();
    there.clock.reset();
  });

  const platform = <R>(statement: Sql, params: readonly Param[]): Promise<R[]> =>
    here.app.get(PlatformDb, { strict: false }).query<R>(platformScope('test'), statement, params);
  const advance = (ms: number): void => {
    here.clock.advance(ms);
    there.clock.advance(ms);
  };
  const soon = (): Date => new Date(there.clock.now().getTime() + SOON_MS);
  const afar = (user: { token: string }) => clientOf(there, user.token);

  /** Round trips to the database of the last request on the second instance, as its pools counted them. */
  const trips = (): number => {
    const line = [...there.logs.lines].reverse().find((text) => text.includes('"request"') && text.includes('db_trips'));
    return (JSON.parse(line ?? '{}') as { db_trips: number }).db_trips;
  };

  interface Stage {
    readonly acme: TestTenant;
    readonly owner: TestUser;
    readonly member: TestUser;
    readonly role_id: string;
  }
  /** A member with a role of their own, who was on the second instance before: whatever it remembers, it remembers. */
  async function stage(permissions = ['stores:read', 'inventory:read', 'roles:read', 'roles:delete', 'users:read']): Promise<Stage> {
    const acme = await here.tenant({ stores: ['AA', 'BB'] });
    const owner = await acme.user();
    const { body } = await owner.post('/roles', { name: 'Clerk', permissions }).expect(201);
    const member = await acme.user({ role: 'clerk' });
    for (let i = 0; i < 2; i++) await afar(member).get('/stores').expect(200);
    return { acme, owner, member, role_id: body.role_id };
  }
  const assign = ({ owner, member }: Stage, ...assignments: object[]) =>
    owner.patch(`/admin/members/${member.user_id}`, { assignments }).expect(200);

  describe('what is taken on one instance is refused on the first next request of another', () => {
    type Taking = readonly [
      what: string,
      path: string,
      status: number,
      code: string,
      take: (stage: Stage) => Promise<unknown>,
      undo?: () => Promise<unknown>,
    ];
    const TAKEN: readonly Taking[] = [
      ['the session, by its owner', '/stores', 401, 'session_revoked', ({ member }) => member.post('/auth/logout').expect(204)],
      ['the session, by hand', '/stores', 401, 'session_revoked', ({ member }) => platform(endSession, [member.session_id])],
      ['the row of the session', '/stores', 401, 'session_revoked', async ({ member }) => platform(dropSession, [member.session_id])],
      ['the account', '/stores', 401, 'session_revoked', ({ member }) => platform(setUser, [member.user_id, 'disabled'])],
      ['[000-36] [004-24] the membership, for a while', '/stores', 403, 'membership_suspended', ({ owner, member }) => owner.patch(`/admin/members/${member.user_id}`, { status: 'suspended' }).expect(200)],
      ['the membership', '/stores', 404, 'not_found', ({ owner, member }) => owner.delete(`/admin/members/${member.user_id}`).expect(204)],
      ['[000-33] the role', '/admin/members', 403, 'permission_denied', (s) => assign(s, { role: 'operator', store_scope: ALL })],
      ['a permission of the role', '/stores', 403, 'permission_denied', ({ owner, role_id }) => owner.patch(`/roles/${role_id}`, { permissions: ['orders:read'] }).expect(200)],
      ['the last store', '/stores', 403, 'permission_denied', (s) => assign(s, { role_id: s.role_id, store_scope: { mode: 'selected', store_ids: [] } })],
      ['the module, by the tenant', '/inventory', 403, 'module_disabled', ({ acme }) => platform(switchModule, [acme.tenant_id, 'catalog', false])],
      ['the module, by the platform', '/inventory', 403, 'module_disabled', () => platform(killSwitch, ['catalog', false]), () => platform(killSwitch, ['catalog', true])],
      ['the module, by the plan', '/inventory', 403, 'module_disabled', ({ acme }) => platform(planGives, [acme.tenant_id, []])],
      ['the tenant', '/stores', 403, 'tenant_suspended', ({ acme }) => platform(setTenant, [acme.tenant_id, 'suspended'])],
      ['the tenant for good', '/stores', 403, 'tenant_archived', ({ acme }) => platform(setTenant, [acme.tenant_id, 'archived'])],
      ['sessions without a second factor', '/stores', 403, 'mfa_required', ({ acme }) => platform(requireFactor, [acme.tenant_id, true])],
    ]; // prettier-ignore

    for (const [what, where, status, code, take, undo] of TAKEN)
      it(what, async () => {
        const s = await stage();
        await afar(s.member).get(where).expect(200);
        await take(s);
        try {
          expect((await afar(s.member).get(where)).body).toMatchObject({ status, code });
          expect((await afar(s.member).get(where)).body).toMatchObject({ status, code });
        } finally {
          await undo?.();
        }
      });

    it('[003-27] a module that the tenant switches off takes its routes and its place in the navigation, and gives both back', async () => {
      const s = await stage();
      const nav = async (): Promise<string[]> => (await afar(s.owner).get('/me').expect(200)).body.nav;
      expect(await nav()).toContain('inventory');
      await afar(s.owner).get('/inventory').expect(200);
      const switched = (on: boolean) =>
        s.owner.patch('/tenant/settings', { modules: Object.fromEntries(['catalog', ...NEED_CATALOG].map((code) => [code, on])) });
      await switched(false).expect(200);
      expect((await afar(s.owner).get('/inventory')).body).toMatchObject({
        code: 'module_disabled',
        module_code: 'catalog',
        reason: 'off_by_tenant',
      });
      expect(await nav()).not.toContain('inventory');
      await switched(true).expect(200);
      await afar(s.owner).get('/inventory').expect(200);
      expect(await nav()).toContain('inventory');
    });

    it('also where a change is asked for: nothing is done, and the refusal is the right one', async () => {
      const s = await stage();
      const { body: doomed } = await s.owner.post('/roles', { name: 'Doomed', permissions: ['orders:read'] }).expect(201);
      const exists = async () => (await platform(hasRole, [s.acme.tenant_id, doomed.role_id])).length === 1;
      const remove = () => afar(s.member).delete(`/roles/${doomed.role_id}`);
      await platform(setReadOnly, [s.acme.tenant_id, true]);
      expect((await remove()).body).toMatchObject({ status: 403, code: 'tenant_read_only' });
      await platform(setReadOnly, [s.acme.tenant_id, false]);
      await s.owner.patch(`/roles/${s.role_id}`, { permissions: ['stores:read', 'roles:read'] }).expect(200);
      expect((await remove()).body).toMatchObject({ status: 403, code: 'permission_denied', permission: 'roles:delete' });
      await s.owner.patch(`/roles/${s.role_id}`, { permissions: ['stores:read', 'roles:read', 'roles:delete'] }).expect(200);
      await afar(s.member).get('/stores').expect(200);
      await platform(endSession, [s.member.session_id]);
      expect((await remove()).body).toMatchObject({ status: 401, code: 'session_revoked' });
      expect(await exists()).toBe(true);
      const again = await s.acme.session(s.member);
      await afar(again).get('/stores').expect(200);
      await afar(again).delete(`/roles/${doomed.role_id}`).expect(204);
      expect(await exists()).toBe(false);
    });

    it('also where the answer needs no database: a refused query, an id that is none', async () => {
      const s = await stage();
      for (const [where, code] of [
        ['/stores?limit=x', 'validation_failed'],
        ['/stores/x', 'not_found'],
      ] as const) {
        expect((await afar(s.member).get(where)).body.code).toBe(code);
        expect(trips()).toBe(1);
      }
      await platform(endSession, [s.member.session_id]);
      const other = await s.acme.session(s.member);
      await afar(other).get('/stores').expect(200);
      for (const where of ['/stores?limit=x', '/stores/x', '/stores']) {
        expect((await afar(s.member).get(where)).body).toMatchObject({ status: 401, code: 'session_revoked' });
        expect((await afar(other).get(where)).body.code).not.toBe('session_revoked');
      }
    });

    it('[000-36] the key of a member, with each thing that ends it', async () => {
      const s = await stage();
      const make = async (): Promise<{ api_key_id: string; secret: string }> =>
        (await s.owner.post('/api-keys', { name: 'Till', scopes: ['stores:read'], store_scope: ALL }).expect(201)).body.api_key;
      const use = (key: { secret: string }) => clientOf(there, key.secret).get('/stores');
      const ends: (readonly [string, number, (key: { api_key_id: string }) => Promise<unknown>])[] = [
        ['revoked', 401, (key) => s.owner.delete(`/api-keys/${key.api_key_id}`).expect(204)],
        ['its secret dropped', 401, (key) => platform(dropCredential, [key.api_key_id])],
        ['moved to a network', 403, (key) => s.owner.patch(`/api-keys/${key.api_key_id}`, { ip_cidrs: ['203.0.113.0/24'] }).expect(200)],
        ['its owner suspended', 403, async () => void (await platform(sql`update memberships set status = 'suspended' where user_id = $1`, [s.owner.user_id]))],
      ]; // prettier-ignore
      const others = await s.acme.user(); // there has to be an administrator
      expect(others.user_id).not.toBe(s.owner.user_id);
      for (const [what, status, end] of ends) {
        const key = await make();
        for (let i = 0; i < 2; i++) await use(key).expect(200);
        await end(key);
        expect([what, (await use(key)).status]).toEqual([what, status]);
      }
    });
  });

  describe('what is given on one instance passes on the first next request of another', () => {
    type Giving = readonly [
      what: string,
      where: string,
      prepare: (stage: Stage) => Promise<unknown>,
      give: (stage: Stage) => Promise<unknown>,
    ];
    const GIVEN: readonly Giving[] = [
      ['[000-33] a role', '/audit-logs', async () => undefined, (s) => assign(s, { role: 'auditor', store_scope: ALL })],
      ['a permission of the role', '/audit-logs', async () => undefined, ({ owner, role_id }) => owner.patch(`/roles/${role_id}`, { permissions: ['audit:read'] }).expect(200)],
      ['the module', '/inventory', ({ acme }) => platform(switchModule, [acme.tenant_id, 'catalog', false]), ({ acme }) => platform(switchModule, [acme.tenant_id, 'catalog', true])],
      ['the tenant', '/stores', ({ acme }) => platform(setTenant, [acme.tenant_id, 'suspended']), ({ acme }) => platform(setTenant, [acme.tenant_id, 'active'])],
      ['the membership', '/stores', ({ owner, member }) => owner.patch(`/admin/members/${member.user_id}`, { status: 'suspended' }).expect(200), ({ owner, member }) => owner.patch(`/admin/members/${member.user_id}`, { status: 'active' }).expect(200)],
      ['the second factor', '/stores', ({ acme }) => platform(requireFactor, [acme.tenant_id, true]), ({ member }) => platform(passedFactor, [member.session_id, new Date()])],
    ]; // prettier-ignore

    for (const [what, where, prepare, give] of GIVEN)
      it(what, async () => {
        const s = await stage();
        await prepare(s);
        for (let i = 0; i < 2; i++) expect((await afar(s.member).get(where)).status).toBe(403);
        await give(s);
        await afar(s.member).get(where).expect(200);
      });

    it('the plan', async () => {
      const s = await stage();
      const [plan] = await platform<{ modules: string[] }>(planOf, [s.acme.tenant_id]);
      await platform(planGives, [s.acme.tenant_id, []]);
      expect((await afar(s.member).get('/inventory')).body).toMatchObject({ code: 'module_disabled', reason: 'not_in_plan' });
      await platform(planGives, [s.acme.tenant_id, plan?.modules ?? []]);
      await afar(s.member).get('/inventory').expect(200);
    });

    it('a store: one of it by id, and all in the list', async () => {
      const s = await stage();
      const scope = (...codes: string[]) => ({ mode: 'selected', store_ids: codes.map((code) => s.acme.stores[code]) });
      const codes = async (): Promise<string[]> =>
        (await afar(s.member).get('/stores').expect(200)).body.data.map(({ code }: { code: string }) => code);
      await assign(s, { role_id: s.role_id, store_scope: scope('AA') });
      expect(await codes()).toEqual(['AA']);
      await afar(s.member).get(`/stores/${s.acme.stores['BB']}`).expect(404);
      await assign(s, { role_id: s.role_id, store_scope: scope('AA', 'BB') });
      await afar(s.member).get(`/stores/${s.acme.stores['BB']}`).expect(200);
      await assign(s, { role_id: s.role_id, store_scope: scope('BB') });
      expect(await codes()).toEqual(['BB']);
      await assign(s, { role_id: s.role_id, store_scope: scope('AA', 'BB') });
      expect(await codes()).toEqual(['AA', 'BB']);
    });

    it('another name of the tenant: the new one agrees and the old one no more', async () => {
      const s = await stage();
      const named = (slug: string) => afar(s.member).get('/stores').set('x-tenant-id', slug);
      await named(s.acme.slug).expect(200);
      const slug = `n${newId().slice(-10)}`;
      await platform(setSlug, [s.acme.tenant_id, slug]);
      expect((await named(s.acme.slug)).body.code).toBe('tenant_mismatch');
      await named(slug).expect(200);
    });
  });

  describe('what the clock ends is refused from then on', () => {
    it('an assignment', async () => {
      const s = await stage();
      await assign(s, { role: 'viewer', store_scope: ALL }, { role_id: s.role_id, store_scope: ALL, expires_at: soon().toISOString() });
      for (let i = 0; i < 2; i++) await afar(s.member).get('/admin/members').expect(200);
      advance(SOON_MS - 1_000);
      await afar(s.member).get('/admin/members').expect(200);
      advance(1_000);
      expect((await afar(s.member).get('/admin/members')).body).toMatchObject({ status: 403, permission: 'users:read' });
    });

    it('a session', async () => {
      const s = await stage();
      await platform(sessionEnds, [s.member.session_id, soon()]);
      for (let i = 0; i < 2; i++) await afar(s.member).get('/stores').expect(200);
      advance(SOON_MS);
      expect((await afar(s.member).get('/stores')).body).toMatchObject({ status: 401, code: 'session_revoked' });
    });

    it('a trial: what changes is refused, what reads is not', async () => {
      const s = await stage(['inventory:read', 'inventory:write', 'stores:read']);
      const end = soon();
      for (const statement of [trialUntil, entitledUntil]) await platform(statement, [s.acme.tenant_id, end]);
      const create = () => afar(s.member).post('/products', { name: 'Tea', sku: newId().slice(-8), price_minor: 1 });
      await create().expect(201);
      const authorizer = there.app.get(Authorizer, { strict: false });
      const { user_id, session_id } = s.member;
      const credential = { kind: 'user', user_id, session_id, tenant_id: s.acme.tenant_id, limited_to: null, expires_at: soon() } as const;
      const facts = { request_id: newId(), ip: '127.0.0.1', user_agent: '', method: 'POST', route: '/' };
      await afar(s.member).get('/inventory').expect(200);
      expect(authorizer.recall(credential, facts) !== null).toBe(mode === 'optimistic');
      advance(SOON_MS);
      expect(authorizer.recall(credential, facts)).toBeNull();
      expect((await create()).body).toMatchObject({ status: 403, code: 'entitlement_inactive' });
      await afar(s.member).get('/inventory').expect(200);
    });

    it('an override of the plan', async () => {
      const s = await stage();
      await platform(leanPlan, []);
      const staff = await here.staff('superuser');
      const override = { kind: 'module', code: 'catalog', allowed: true, expires_at: soon().toISOString() };
      const change = { subscription: { plan_code: 'standard' }, overrides: [override], reason: 'the catalogue on trial' };
      await staff.put(`/platform/tenants/${s.acme.tenant_id}/entitlements`, change).expect(200);
      for (let i = 0; i < 2; i++) await afar(s.member).get('/inventory').expect(200);
      advance(SOON_MS);
      expect((await afar(s.member).get('/inventory')).body).toMatchObject({ code: 'module_disabled', reason: 'not_in_plan' });
    });

    it('a key, and the grace of a secret that was replaced', async () => {
      const s = await stage();
      const { body } = await s.owner.post('/api-keys', { name: 'Till', scopes: ['stores:read'], expires_in_days: 1 }).expect(201);
      const use = (secret: string) => clientOf(there, secret).get('/stores');
      for (let i = 0; i < 2; i++) await use(body.api_key.secret).expect(200);
      const path = `/api-keys/${body.api_key.api_key_id}/rotate`;
      const { body: rotated } = await s.owner.post(path, { grace_minutes: 1 }).expect(201);
      for (let i = 0; i < 2; i++) for (const key of [body, rotated]) await use(key.api_key.secret).expect(200);
      advance(61_000);
      await use(body.api_key.secret).expect(401);
      await use(rotated.api_key.secret).expect(200);
      advance(86_400_000 - 62_000);
      await use(rotated.api_key.secret).expect(200);
      advance(2_000);
      await use(rotated.api_key.secret).expect(401);
    });
  });

  it('[004-46] answers though Redis is away, says that it is, and is ready all the same', async () => {
    const s = await stage();
    await afar(s.owner).post('/products', { name: 'Tea', sku: 'REDIS', price_minor: 250 }).expect(201);
    const health = await eventually(async () => {
      const answer = (await there.request().get('/health').set('host', 'localhost').expect(200)).body as { checks: { redis: string } };
      expect(answer.checks.redis).toBe('unhealthy');
      return answer;
    }, 10_000);
    expect(health).toMatchObject({ status: 'degraded', checks: { database: 'healthy' } });
    await there.request().get('/readyz').set('host', 'localhost').expect(200);
  });

  describe('what it costs', () => {
    it(`a warm GET of one row is ${mode === 'fresh' ? 2 : 1} round trip(s), whoever asks`, async () => {
      const s = await stage();
      const { body } = await s.owner.post('/products', { name: 'Tea', sku: 'TEA', price_minor: 250 }).expect(201);
      const item = `/inventory/${body.variants[0].variant_id}`;
      const key = (await s.owner.post('/api-keys', { name: 'Till', scopes: ['inventory:read'] }).expect(201)).body.api_key.secret;
      for (const token of [s.member.token, key]) {
        const client = clientOf(there, token);
        await client.get(item).expect(200);
        for (let i = 0; i < 3; i++) {
          await client.get(item).expect(200);
          expect(trips()).toBe(mode === 'fresh' ? 2 : 1);
        }
        await client.get(`/inventory/${newId()}`).expect(404);
        expect(trips()).toBe(mode === 'fresh' ? 2 : 1);
      }
      // One more when something has changed, and then as before.
      await platform(switchModule, [s.acme.tenant_id, 'reports', false]);
      await afar(s.member).get(item).expect(200);
      expect(trips()).toBe(mode === 'fresh' ? 2 : 3);
      await afar(s.member).get(item).expect(200);
      expect(trips()).toBe(mode === 'fresh' ? 2 : 1);
    });

    it('a flood of refusals is one round trip each, is remembered as a few rows, and leaves the others as they are', async () => {
      const s = await stage(['stores:read']);
      const calm = await s.acme.user({ role: 'viewer' });
      await afar(calm).get('/stores').expect(200);
      for (let i = 0; i < 50; i++) {
        await afar(s.member).get('/admin/members').set('user-agent', 'flood').expect(403);
        expect(trips()).toBe(1);
      }
      await Promise.all(Array.from({ length: 50 }, () => afar(s.member).get('/admin/members').set('user-agent', 'flood').expect(403)));
      const { body } = await clientOf(there, s.owner.token)
        .get(`/rbac/decisions?result=denied&user_id=${s.member.user_id}&limit=100`)
        .expect(200);
      expect(body.data.length).toBeLessThan(100);
      expect(body.data.reduce((sum: number, row: { occurrences: number }) => sum + row.occurrences, 0)).toBe(100);
      await afar(calm).get('/stores').expect(200);
    });

    it('many requests at once after a change: all right, whichever of them reads', async () => {
      const s = await stage();
      for (let round = 0; round < 3; round++) {
        await s.owner.patch(`/roles/${s.role_id}`, { name: `Clerk ${round}` }).expect(200);
        const all = await Promise.all(Array.from({ length: 20 }, () => afar(s.member).get('/stores')));
        expect(all.map(({ status }) => status)).toEqual(Array(20).fill(200));
      }
      const wave = Array.from({ length: 20 }, () => afar(s.member).get('/stores'));
      const [, ...answers] = await Promise.all([s.owner.patch(`/admin/members/${s.member.user_id}`, { status: 'suspended' }), ...wave]);
      expect(answers.every(({ status }) => [200, 403, 409].includes(status))).toBe(true);
      expect((await afar(s.member).get('/stores')).body.code).toBe('membership_suspended');
    });
  });

  it('names in the audit log whoever they are now, a minute later at the latest', async () => {
    const s = await stage();
    const remove = async (name: string): Promise<string | null> => {
      const { body } = await s.owner.post('/roles', { name, permissions: ['orders:read'] }).expect(201);
      await afar(s.member).get('/stores').expect(200);
      await afar(s.member).delete(`/roles/${body.role_id}`).expect(204);
      return (await platform<{ label: string | null }>(lastActor, [s.acme.tenant_id]))[0]?.label ?? null;
    };
    expect(await remove('One')).toBe(s.member.email);
    await platform(memberEmail, [s.acme.tenant_id, s.member.user_id, 'new@example.com']);
    advance(60_000);
    expect(await remove('Two')).toBe('new@example.com');
  });
});

describe('routes that remembered rights may open', () => {
  /** Mutating ones: all they do is one `TenantDb.run`. A new line is a decision that a reviewer sees. */
  const ONE_RUN = ['DELETE /admin/invitations/:invitation_id', 'DELETE /roles/:role_id'];
  let routes: readonly Route[];
  beforeAll(async () => {
    routes = (await world()).app.get(RouteTable).routes;
  }, 60_000);
  const nameOf = (route: Route): string => `${route.method} ${route.path}`;

  it('ask for a permission, and change nothing or are listed', () => {
    const remembering = routes.filter(({ remembers }) => remembers);
    expect(remembering.length).toBeGreaterThan(5);
    expect(remembering.filter(({ access }) => access.kind !== 'requires')).toEqual([]);
    expect(remembering.filter(({ mutating }) => mutating).map(nameOf).sort()).toEqual(ONE_RUN); // prettier-ignore
  });

  it('are not those that take the rights themselves', () => {
    for (const name of ['GET /tenant', 'GET /me', 'GET /rbac/explain', 'PATCH /admin/members/:user_id'])
      expect([name, routes.find((route) => nameOf(route) === name)?.remembers]).toEqual([name, false]);
  });

  it('cannot come by the rights in another way: who reads them off the request is known', () => {
    const readers = typescriptFiles()
      .filter(({ path: file }) => /^(apps\/api\/src|libs)\//.test(file) && !file.endsWith('.spec.ts'))
      .filter(({ text }) => /\.authz\b|\bauthz\b[^\n]*\} = (request|context|http)/.test(text))
      .map(({ path: file }) => file);
    expect(readers).toEqual([
      'apps/api/src/boot/application.ts', // the tenant of a metric
      'libs/platform/auth/tenant-access.ts', // puts them there
      'libs/platform/http/list.ts', // the tenant of a cursor
      'libs/platform/http/params.ts', // @Authz
      'libs/platform/stream/stream.controller.ts', // @SignedIn: read for the request
    ]);
  });
});
