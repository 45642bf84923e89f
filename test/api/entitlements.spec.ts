import pg from 'pg';
import { LIMIT_CODES, TOGGLE_MODULES } from '../../libs/contracts/modules.js';
import { newId } from '../../libs/platform/crypto/index.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

const DAY_MS = 86_400_000;
jest.setTimeout(30_000);
let w: World;
let superuser: pg.Client;

beforeAll(async () => {
  w = await world();
  superuser = new pg.Client({ connectionString: w.database.superUrl });
  await superuser.connect();
}, 60_000);
afterAll(() => superuser?.end());
afterEach(() => w.clock.reset());

interface Mine {
  readonly plan_code: string | null;
  readonly status: string;
  readonly trial_ends_at: string | null;
  readonly modules: readonly string[];
  readonly limits: readonly { readonly code: string; readonly max: number | null; readonly used: number }[];
  readonly store_scope: { readonly mode: string; readonly store_ids: readonly string[] };
  readonly permissions: readonly string[];
}
const mine = async (user: TestUser): Promise<Mine> => (await user.get('/me/entitlements').expect(200)).body as Mine;
const limitOf = ({ limits }: Mine, code: string) => limits.find((limit) => limit.code === code);
const set = (tenant: TestTenant, columns: string, ...values: unknown[]) =>
  superuser.query(`update entitlements set ${columns} where tenant_id = $1`, [tenant.tenant_id, ...values]);
const item = () => ({ name: 'Tea', sku: newId(), price_minor: 1 });

describe('GET /me/entitlements', () => {
  it('[000-44] gives plan, status, modules, limits with what is used, and the stores of the caller', async () => {
    const acme = await w.tenant({ stores: ['NORTH'] });
    const owner = await acme.user();
    await owner.post('/products', item()).expect(201);
    const body = await mine(owner);
    expect(body).toMatchObject({
      plan_code: 'enterprise',
      status: 'active',
      trial_ends_at: null,
      source: 'subscription',
      store_scope: { mode: 'all', store_ids: [] },
    });
    const { body: me } = await owner.get('/me').expect(200);
    const on = Object.keys(me.modules as object).filter((code) => me.modules[code] === 'on' && Object.hasOwn(TOGGLE_MODULES, code));
    expect(on).toContain('catalog');
    expect(body.modules).toEqual(on);
    expect(body.limits.map(({ code }) => code)).toEqual([...LIMIT_CODES]);
    expect(limitOf(body, 'max_items')).toEqual({ code: 'max_items', max: null, used: 1 });
    expect(limitOf(body, 'max_users')).toEqual({ code: 'max_users', max: null, used: 1 });
    expect(body.permissions).toContain('inventory:write');

    const north = acme.stores['NORTH'] ?? '';
    const clerk = await acme.user({ role: 'operator', store_scope: { mode: 'selected', store_ids: [north] } });
    expect((await mine(clerk)).store_scope).toEqual({ mode: 'selected', store_ids: [north] });
  });

  it('shows a trial as what it is: the plan, fewer places, an end', async () => {
    const staff = await w.staff();
    const acme = await w.tenant({ plan: 'premium' });
    expect((await mine(await acme.user())).status).toBe('active');
    const { body: created } = await staff
      .post('/platform/tenants', { name: 'Trial', subdomain: `trial-${newId().slice(-8)}`, template_code: 'business' })
      .expect(201);
    await w
      .request()
      .post('/api/v1/provisioning/worker')
      .set('host', 'localhost')
      .set('x-cron-key', 'cron-key-of-the-tests-0123456789abcdef')
      .expect(200);
    const { rows } = await superuser.query<{
      plan_code: string;
      status: string;
      limits: Record<string, number | null>;
      trial_ends_at: Date;
    }>('select plan_code, status, limits, trial_ends_at from entitlements where tenant_id = $1', [created.tenant_id]);
    expect(rows[0]).toMatchObject({
      plan_code: 'premium',
      status: 'trial',
      limits: { max_users: 5, max_stores: 1, max_registers: 2, max_items: 100_000 },
    });
    expect(Math.round(((rows[0]?.trial_ends_at.getTime() ?? 0) - Date.now()) / DAY_MS)).toBe(14);
  });

  it('[000-48] shows nothing where there is nothing, and denies it too', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    await superuser.query('delete from entitlements where tenant_id = $1', [acme.tenant_id]);
    const body = await mine(owner);
    expect(body).toMatchObject({ plan_code: null, status: 'none', modules: [], limits: [] });
    expect(body.permissions).not.toContain('inventory:read');
    expect((await owner.get('/inventory').expect(403)).body).toMatchObject({ code: 'module_disabled', reason: 'not_in_plan' });
    expect((await owner.post('/stores', { code: 'X', name: 'X' }).expect(403)).body.code).toBe('entitlement_inactive');
    const { body: me } = await owner.get('/me').expect(200);
    expect(me.nav).not.toContain('inventory');
    expect(me.entitlements).toMatchObject({ plan_code: null, status: 'none' });
  });

  it('[000-48] guard, entitlements and navigation say the same of a module, whatever switched it off', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    const agree = async (): Promise<string> => {
      const [entitlements, { body: me }, answer] = [await mine(owner), await owner.get('/me').expect(200), await owner.get('/inventory')];
      const told = [
        entitlements.modules.includes('catalog'),
        me.nav.includes('inventory'),
        me.modules.catalog === 'on',
        answer.status === 200,
        entitlements.permissions.includes('inventory:read'),
      ];
      expect(new Set(told).size).toBe(1);
      return answer.status === 200 ? 'on' : `${answer.body.code} ${answer.body.reason}`;
    };
    expect(await agree()).toBe('on');
    await superuser.query("update tenant_modules set enabled = false where tenant_id = $1 and module_code = 'catalog'", [acme.tenant_id]);
    expect(await agree()).toBe('module_disabled off_by_tenant');
    await superuser.query("update tenant_modules set enabled = true where tenant_id = $1 and module_code = 'catalog'", [acme.tenant_id]);
    await set(acme, "modules = array_remove(modules, 'catalog')");
    expect(await agree()).toBe('module_disabled not_in_plan');
    await set(acme, "modules = array_append(modules, 'catalog')");
    expect(await agree()).toBe('on');
  });

  it('shows no other tenant’s use', async () => {
    const [busy, quiet] = [await w.tenant(), await w.tenant()];
    const worker = await busy.user();
    for (let i = 0; i < 3; i++) await worker.post('/products', item()).expect(201);
    expect(limitOf(await mine(await quiet.user()), 'max_items')?.used).toBe(0);
  });
});

describe('a subscription that ended', () => {
  it.each([
    ['expired', { status: 'expired' }],
    ['suspended', { status: 'suspended' }],
  ])('[000-47] %s: refuses what is new, keeps reading, signing in and reducing open', async (status, columns) => {
    const acme = await w.tenant();
    const owner = await acme.user();
    const leaver = await acme.user({ role: 'viewer' });
    const { body: product } = await owner.post('/products', item()).expect(201);
    await set(acme, 'status = $2', columns.status);
    expect((await owner.post('/products', item()).expect(403)).body.code).toBe('entitlement_inactive');
    expect((await owner.patch(`/products/${product.product_id}`, { name: 'New' }).expect(403)).body.code).toBe('entitlement_inactive');
    expect((await owner.post('/stores', { code: 'N', name: 'N' }).expect(403)).body.code).toBe('entitlement_inactive');
    await owner.get('/inventory').expect(200);
    await owner.get('/audit-logs').expect(200);
    await owner.get('/me').expect(200);
    await owner.delete(`/admin/members/${leaver.user_id}`).expect(204);
    expect((await mine(owner)).status).toBe(status);
  });

  it('[000-47] past due: open within the grace, closed after it, to the second', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    const grace = new Date(Date.now() + DAY_MS);
    await set(acme, "status = 'past_due', grace_until = $2", grace);
    await owner.post('/products', item()).expect(201);
    w.clock.advance(grace.getTime() - Date.now() + 1_000);
    const later = await acme.session(owner);
    expect((await later.post('/products', item()).expect(403)).body.code).toBe('entitlement_inactive');
    await later.get('/inventory').expect(200);
    expect((await mine(later)).status).toBe('suspended');
  });

  it('a trial ends by the clock, and no job has to say so', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    const end = new Date(Date.now() + 3 * DAY_MS);
    await set(acme, "status = 'trial', trial_ends_at = $2", end);
    await owner.post('/products', item()).expect(201);
    w.clock.advance(end.getTime() - Date.now() - 2_000);
    const before = await acme.session(owner);
    await before.post('/products', item()).expect(201);
    w.clock.advance(3_000);
    expect((await before.post('/products', item()).expect(403)).body.code).toBe('entitlement_inactive');
    await before.get('/inventory').expect(200);
    expect((await mine(before)).status).toBe('expired');
  });
});

describe('limits', () => {
  const used = async (tenant: TestTenant, code: string): Promise<number> => {
    const { rows } = await superuser.query<{ used: string }>('select used from usage_counters where tenant_id = $1 and limit_code = $2', [
      tenant.tenant_id,
      code,
    ]);
    return Number(rows[0]?.used);
  };
  const limit = (tenant: TestTenant, code: string, max: number | null) =>
    set(tenant, 'limits = limits || jsonb_build_object($2::text, $3::int)', code, max);

  it('[004-10] fifty who ask at once for three places get three, of each kind that is counted', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    const kinds = [
      [
        'max_stores',
        () => owner.post('/stores', { code: newId().slice(-12), name: 'Store' }),
        'select count(*)::int as n from stores where tenant_id = $1',
      ],
      [
        'max_custom_roles',
        () => owner.post('/roles', { name: newId(), permissions: ['stores:read'] }),
        'select count(*)::int as n from roles where tenant_id = $1 and not is_system',
      ],
      ['max_items', () => owner.post('/products', item()), 'select count(*)::int as n from variants where tenant_id = $1'],
    ] as const;
    for (const [code, ask, count] of kinds) {
      const before = await used(acme, code);
      await limit(acme, code, before + 3);
      const answers = await Promise.all(Array.from({ length: 50 }, ask));
      expect([code, answers.filter(({ status }) => status === 201).length]).toEqual([code, 3]);
      expect(
        new Set(answers.filter(({ status }) => status !== 201).map(({ body }) => `${body.code} ${body.limit} ${body.used} ${body.max}`)),
      ).toEqual(new Set([`limit_reached ${code} ${before + 3} ${before + 3}`]));
      const { rows } = await superuser.query<{ n: number }>(count, [acme.tenant_id]);
      expect(await used(acme, code)).toBe(rows[0]?.n);
    }
  });

  it('leak no unit when the work behind them is taken back', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    await owner.post('/roles', { name: 'Taken', permissions: ['stores:read'] }).expect(201);
    const before = await used(acme, 'max_custom_roles');
    await owner.post('/roles', { name: 'taken', permissions: ['stores:read'] }).expect(409);
    await owner.post('/roles', { name: 'Other', permissions: ['no:such'] }).expect(400);
    expect(await used(acme, 'max_custom_roles')).toBe(before);
  });

  it('of zero are none, of null no limit; a plan that shrank below its use deletes nothing and takes nothing new', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    await limit(acme, 'max_items', 0);
    expect((await owner.post('/products', item()).expect(409)).body).toMatchObject({ used: 0, max: 0 });
    await limit(acme, 'max_items', null);
    for (let i = 0; i < 3; i++) await owner.post('/products', item()).expect(201);
    await limit(acme, 'max_items', 1);
    expect((await owner.post('/products', item()).expect(409)).body).toMatchObject({ code: 'limit_reached', used: 3, max: 1 });
    expect((await owner.get('/inventory').expect(200)).body.data).toHaveLength(3);
  });

  it('cannot be written by the role that serves tenants', async () => {
    const client = new pg.Client({ connectionString: w.database.appUrl });
    await client.connect();
    const acme = await w.tenant();
    try {
      await client.query('begin');
      await client.query("select set_config('app.tenant_id', $1, true)", [acme.tenant_id]);
      for (const statement of [
        'update entitlements set plan_code = null',
        'delete from entitlements',
        'update subscriptions set plan_code = plan_code',
        'insert into entitlement_overrides (tenant_id, override_id, kind, code) values (gen_random_uuid(), gen_random_uuid(), $$limit$$, $$max_users$$)',
      ]) {
        await client.query('savepoint s');
        await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
        await client.query('rollback to s');
      }
    } finally {
      await client.end();
    }
  });
});
