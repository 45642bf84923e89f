import pg from 'pg';
import type { TenantId } from '../../libs/contracts/ids.js';
import { ADD_ONS, LIMIT_CODES, PLANS } from '../../libs/contracts/modules.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { PlatformDb } from '../../libs/platform/db/index.js';
import { Metrics } from '../../libs/platform/metrics/index.js';
import { JobRunner, platformScope, Schedules } from '../../libs/platform/queue/index.js';
import { Recount } from '../../apps/api/src/modules/entitlements/recount.js';
import { Entitlements } from '../../apps/api/src/modules/entitlements/index.js';
import { auditsOf, eventsOf } from '../support/records.js';
import type { StaffClient } from '../support/test-staff.js';
import type { TenantOptions, TestTenant, TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

const DAY_MS = 86_400_000;
const REASON = 'Agreed with the customer on the phone';
/** A loaded machine may let a lock wait too long; who is told so may try again. */
const TRY_AGAIN = ['busy', 'timeout'];

let w: World;
let superuser: pg.Client;
let staff: StaffClient;

beforeAll(async () => {
  w = await world();
  superuser = new pg.Client({ connectionString: w.database.superUrl });
  await superuser.connect();
}, 60_000);
// One for each test: a member of staff changes at most 60 things a minute.
beforeEach(async () => {
  staff = await w.staff();
});
afterAll(() => superuser?.end());
afterEach(() => w.clock.reset());

const rows = async <R extends pg.QueryResultRow>(text: string, ...values: unknown[]): Promise<R[]> =>
  (await superuser.query<R>(text, values)).rows;
const row = async <R extends pg.QueryResultRow>(text: string, ...values: unknown[]): Promise<R | undefined> =>
  (await rows<R>(text, ...values))[0];
const stored = (tenant: TestTenant) =>
  row<{
    plan_code: string;
    status: string;
    modules: string[];
    limits: Record<string, number | null>;
    valid_until: Date | null;
    source: string;
  }>('select plan_code, status, modules, limits, valid_until, source from entitlements where tenant_id = $1', tenant.tenant_id);
const at = (tenant: TestTenant): string => `/platform/tenants/${tenant.tenant_id}/entitlements`;
const say = (tenant: TestTenant, change: object) => staff.put(at(tenant), { reason: REASON, ...change });
const item = () => ({ name: 'Tea', sku: newId(), price_minor: 1 });
const limitOf = (body: { limits: { code: string; max: number | null }[] }, code: string) =>
  body.limits.find((one) => one.code === code)?.max;

/** A tenant whose subscription has ended, so that it may buy one. */
async function unsubscribed(options: TenantOptions = {}): Promise<{ tenant: TestTenant; owner: TestUser }> {
  const tenant = await w.tenant(options);
  const owner = await tenant.user(); // before: a plan that is closed takes nobody in
  await say(tenant, { subscription: { status: 'cancelled' } }).expect(200);
  return { tenant, owner };
}
/** A tenant in its trial, as signing up makes it. */
async function onTrial(): Promise<{ tenant: TestTenant; owner: TestUser; ends: Date }> {
  const tenant = await w.tenant({ plan: 'premium' });
  const ends = new Date(Date.now() + 5 * DAY_MS);
  await superuser.query("update subscriptions set status = 'trialing', trial_ends_at = $2, current_period_end = $2 where tenant_id = $1", [
    tenant.tenant_id,
    ends,
  ]);
  await say(tenant, { overrides: [] }).expect(200);
  return { tenant, owner: await tenant.user(), ends };
}

describe('GET /plans', () => {
  it('is the price list for anybody: base plans first, what is bought beside them, their prices', async () => {
    const { body } = await w.request().get('/api/v1/plans').set('host', 'localhost').expect(200);
    const codes = body.data.map((plan: { plan_code: string }) => plan.plan_code);
    expect(codes.slice(0, 4)).toEqual(Object.keys(PLANS).sort());
    expect(codes).toEqual(expect.arrayContaining(Object.keys(ADD_ONS)));
    const standard = body.data.find((plan: { plan_code: string }) => plan.plan_code === 'standard');
    expect(standard).toMatchObject({
      name: 'Standard',
      is_addon: false,
      trial_days: 0,
      limits: { max_users: 10, max_stores: 3, requests_per_minute: 300 },
    });
    expect(standard.prices).toContainEqual({ currency: 'EUR', interval: 'month', amount: 2_900 });
    expect(body.data.find((plan: { plan_code: string }) => plan.plan_code === 'enterprise').prices).toEqual([]);
  });

  it('pages, and takes nothing it does not know', async () => {
    const get = (query: string) => w.request().get(`/api/v1/plans${query}`).set('host', 'localhost');
    const first = (await get('?limit=3').expect(200)).body;
    const second = (await get(`?limit=3&cursor=${first.next_cursor}`).expect(200)).body;
    const all = (await get('').expect(200)).body;
    expect([...first.data, ...second.data]).toEqual(all.data.slice(0, 6));
    await get('?plan=free').expect(400);
  });
});

describe('POST /subscription', () => {
  it('[000-45] is for who holds billing:write: a manager and an administrator are refused, the billing administrator buys', async () => {
    const tenant = await w.tenant({ template: 'org' });
    const [manager, admin, operator, buyer] = [await tenant.user({ role: 'manager' }), await tenant.user({ role: 'org_admin' }), await tenant.user({ role: 'operator' }), await tenant.user({ role: 'billing_admin' })]; // prettier-ignore
    await say(tenant, { subscription: { status: 'cancelled' } }).expect(200);
    const order = { plan_code: 'standard', interval: 'month', currency: 'EUR' };
    for (const user of [manager, admin, operator])
      expect((await user.post('/subscription', order).expect(403)).body).toMatchObject({
        code: 'permission_denied',
        permission: 'billing:write',
      });
    const { body } = await buyer.post('/subscription', order).expect(201);
    expect(body).toMatchObject({
      plan_code: 'standard',
      status: 'active',
      interval: 'month',
      currency: 'EUR',
      provider: 'manual',
      cancel_at_period_end: false,
      total_amount: 2_900,
    });
    expect((await buyer.get('/subscription').expect(200)).body).toEqual(body);
    expect((await admin.get('/subscription').expect(200)).body).toEqual(body); // billing:read is enough to look
  });

  it('[000-46] needs one base plan; add-ons raise limits by quantity, each at the price of the day it was bought', async () => {
    const { tenant, owner } = await unsubscribed();
    for (const [body, code] of [
      [{}, 'base_plan_required'],
      [{ items: [{ plan_code: 'extra_users', quantity: 1 }] }, 'base_plan_required'],
      [{ plan_code: 'extra_users' }, 'base_plan_required'],
      [{ plan_code: 'standard', items: [{ plan_code: 'premium', quantity: 1 }] }, 'base_plan_required'],
      [{ plan_code: 'gold' }, 'unknown_plan'],
      [{ plan_code: 'standard', items: [{ plan_code: 'extra_luck', quantity: 1 }] }, 'unknown_plan'],
      [{ plan_code: 'enterprise' }, 'validation_failed'], // sold by staff alone
      [{ plan_code: 'standard', currency: 'CHF' }, 'validation_failed'],
      [{ plan_code: 'standard', items: [{ plan_code: 'extra_users', quantity: 0 }] }, 'validation_failed'],
      [{ plan_code: 'standard', amount: 1 }, 'validation_failed'],
    ] as const)
      expect([body, (await owner.post('/subscription', body).expect(400)).body.code]).toEqual([body, code]);
    expect((await stored(tenant))?.status).toBe('expired');

    const items = [{ plan_code: 'extra_users', quantity: 5 }, { plan_code: 'extra_stores', quantity: 2 }]; // prettier-ignore
    const { body } = await owner.post('/subscription', { plan_code: 'standard', interval: 'year', currency: 'USD', items }).expect(201);
    expect(
      body.items.map(({ plan_code, quantity, unit_amount, currency }: Record<string, unknown>) => [
        plan_code,
        quantity,
        unit_amount,
        currency,
      ]),
    ).toEqual([
      ['standard', 1, 29_000, 'USD'],
      ['extra_stores', 2, 19_000, 'USD'],
      ['extra_users', 5, 5_000, 'USD'],
    ]);
    expect(body.total_amount).toBe(29_000 + 2 * 19_000 + 5 * 5_000);
    const mine = (await owner.get('/me/entitlements').expect(200)).body;
    expect(mine).toMatchObject({ plan_code: 'standard', status: 'active', source: 'subscription', period_end: body.current_period_end });
    expect([limitOf(mine, 'max_users'), limitOf(mine, 'max_stores'), limitOf(mine, 'max_registers')]).toEqual([15, 5, 5]);

    // The list gets dearer: what was bought stays at its price, also when there is more of it; what is new costs what it costs now.
    await staff.patch('/platform/plans/extra_users', { prices: [{ currency: 'USD', interval: 'year', amount: 99_000 }] }).expect(200);
    await staff.patch('/platform/plans/extra_registers', { prices: [{ currency: 'USD', interval: 'year', amount: 7 }] }).expect(200);
    const more = await owner.patch('/subscription', { items: [{ plan_code: 'extra_users', quantity: 8 }, { plan_code: 'extra_registers', quantity: 1 }] }).expect(200); // prettier-ignore
    expect(
      more.body.items.map(({ plan_code, quantity, unit_amount }: Record<string, unknown>) => [plan_code, quantity, unit_amount]),
    ).toEqual([
      ['standard', 1, 29_000],
      ['extra_registers', 1, 7],
      ['extra_users', 8, 5_000],
    ]);
    expect(limitOf((await owner.get('/me/entitlements').expect(200)).body, 'max_stores')).toBe(3);
  });

  it('[000-46] a second live one is refused, also when ten come at once', async () => {
    const { tenant, owner } = await unsubscribed();
    const answers = await Promise.all(Array.from({ length: 10 }, () => owner.post('/subscription', { plan_code: 'standard' })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 201).map(({ body }) => body.code as string);
    expect(refused.filter((code) => code !== 'subscription_exists' && !TRY_AGAIN.includes(code))).toEqual([]);
    expect(refused).toContain('subscription_exists');
    expect(
      await rows(
        "select plan_code, status from subscriptions where tenant_id = $1 and status in ('trialing', 'active', 'past_due')",
        tenant.tenant_id,
      ),
    ).toEqual([{ plan_code: 'standard', status: 'active' }]);
    expect((await owner.post('/subscription', { plan_code: 'premium' }).expect(409)).body.code).toBe('subscription_exists');
    expect((await stored(tenant))?.plan_code).toBe('standard');
  }, 30_000);

  it('writes who bought what, tells what follows, and answers a repeated key with what was bought', async () => {
    const { tenant, owner } = await unsubscribed();
    const key = `buy-${newId()}`;
    const buy = () => owner.post('/subscription', { plan_code: 'standard' }).set('idempotency-key', key);
    const first = await buy().expect(201);
    const again = await buy().expect(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    const [bought] = await auditsOf(w, tenant.tenant_id, 'subscription.created');
    expect(bought).toMatchObject({
      actor: { type: 'user', id: owner.user_id },
      changes: { plan_code: [undefined, 'standard'], items: [undefined, ['standard']], status: [undefined, 'active'] },
    });
    const [changed] = await auditsOf(w, tenant.tenant_id, 'entitlement.updated');
    expect(changed?.actor.id).toBe(owner.user_id);
    expect(changed?.changes['status']).toEqual(['expired', 'active']);
    expect((await eventsOf(w, tenant.tenant_id, 'entitlement.updated'))[0]).toMatchObject({
      subject_id: tenant.tenant_id,
      data: { plan_code: 'standard', status: 'active' },
    });
  });
});

it('a key that was used in one tenant of a person stands for nothing in another', async () => {
  const email = `both.${newId().slice(-8)}@example.com`;
  const [first, second] = [await w.tenant(), await w.tenant()];
  const [here, there] = [await first.user({ email }), await second.user({ email })];
  for (const tenant of [first, second]) await say(tenant, { subscription: { status: 'cancelled' } }).expect(200);
  const key = `buy-${newId()}`;
  const bought = await here.post('/subscription', { plan_code: 'standard' }).set('idempotency-key', key).expect(201);
  const also = await there.post('/subscription', { plan_code: 'standard' }).set('idempotency-key', key).expect(201);
  expect(also.headers['idempotency-replayed']).toBeUndefined();
  expect(also.body.subscription_id).not.toBe(bought.body.subscription_id);
  expect((await stored(second))?.plan_code).toBe('standard');
});

describe('GET /subscription', () => {
  it('is not there for a tenant that never had one', async () => {
    const tenant = await w.tenant();
    const owner = await tenant.user();
    for (const table of ['subscription_items', 'subscriptions'])
      await superuser.query(`delete from ${table} where tenant_id = $1`, [tenant.tenant_id]);
    expect((await owner.get('/subscription').expect(404)).body.code).toBe('not_found');
    expect((await owner.patch('/subscription', { cancel_at_period_end: true }).expect(404)).body.code).toBe('not_found');
  });

  it('answers a native client like any other: what it may not show it hides by itself', async () => {
    const tenant = await w.tenant();
    const owner = await tenant.user();
    for (const path of ['/subscription', '/me/entitlements', '/plans'])
      expect((await owner.get(path).set('x-client', 'native').expect(200)).body).toEqual((await owner.get(path).expect(200)).body);
  });

  it('shows a tenant its own only, to the role of the database too', async () => {
    const [acme, other] = [await w.tenant({ plan: 'standard' }), await w.tenant()];
    expect((await (await acme.user()).get('/subscription').expect(200)).body.plan_code).toBe('standard');
    const app = new pg.Client({ connectionString: w.database.appUrl });
    await app.connect();
    try {
      await app.query('begin');
      await app.query("select set_config('app.tenant_id', $1, true)", [acme.tenant_id]);
      for (const table of ['subscriptions', 'subscription_items', 'entitlements', 'entitlement_overrides', 'usage_counters'])
        expect([table, (await app.query(`select tenant_id from ${table} where tenant_id = $1`, [other.tenant_id])).rowCount]).toEqual([
          table,
          0,
        ]);
      for (const write of [
        'insert into subscriptions default values',
        'delete from subscription_items',
        "update entitlements set status = 'active'",
        'delete from entitlement_overrides',
        'insert into usage_counters default values',
      ]) {
        await app.query('savepoint s');
        await expect(app.query(write)).rejects.toMatchObject({ code: '42501' });
        await app.query('rollback to s');
      }
    } finally {
      await app.end();
    }
  });
});

describe('PATCH /subscription', () => {
  it('moves to another plan at once; a smaller one deletes nothing, and nothing new fits', async () => {
    const { tenant, owner } = await unsubscribed();
    await owner.post('/subscription', { plan_code: 'premium' }).expect(201);
    for (const code of ['A', 'B']) await owner.post('/stores', { code, name: code }).expect(201);
    const { body } = await owner.patch('/subscription', { plan_code: 'free' }).expect(200);
    expect(body).toMatchObject({ plan_code: 'free', total_amount: 0 });
    const mine = (await owner.get('/me/entitlements').expect(200)).body;
    expect(mine.limits).toContainEqual({ code: 'max_stores', max: 1, used: 3 });
    expect(mine.modules).not.toContain('stock');
    expect((await owner.get('/stores').expect(200)).body.data).toHaveLength(3);
    expect((await owner.post('/stores', { code: 'C', name: 'C' }).expect(409)).body).toMatchObject({
      code: 'limit_reached',
      used: 3,
      max: 1,
    });
    expect((await auditsOf(w, tenant.tenant_id, 'subscription.updated'))[0]?.changes).toEqual({
      plan_code: ['premium', 'free'],
      items: [['premium'], ['free']],
    });
  });

  it('says nothing when nothing changes', async () => {
    const { tenant, owner } = await unsubscribed();
    const { body } = await owner.post('/subscription', { plan_code: 'premium' }).expect(201);
    const events = (await eventsOf(w, tenant.tenant_id, 'entitlement.updated')).length;
    for (const patch of [{}, { plan_code: 'premium' }, { cancel_at_period_end: false }, { items: [] }])
      expect((await owner.patch('/subscription', patch).expect(200)).body).toEqual(body);
    expect(await auditsOf(w, tenant.tenant_id, 'subscription.updated')).toHaveLength(1); // the one by which staff ended the first
    expect(await eventsOf(w, tenant.tenant_id, 'entitlement.updated')).toHaveLength(events);
  });

  it('buying ends a trial: the period begins, the limits are those of the plan', async () => {
    const { tenant, owner } = await onTrial();
    expect(limitOf((await owner.get('/me/entitlements').expect(200)).body, 'max_users')).toBe(5);
    const { body } = await owner.patch('/subscription', { plan_code: 'premium' }).expect(200);
    expect(body).toMatchObject({ status: 'active', trial_ends_at: null, total_amount: 9_900 });
    expect((await stored(tenant))?.limits).toMatchObject({ max_users: 50, max_stores: 10 });
    expect((await owner.post('/subscription', { plan_code: 'premium' }).expect(409)).body.code).toBe('subscription_exists');
  });

  it('whoever is late pays before buying more; what has ended is bought anew', async () => {
    const { tenant, owner } = await unsubscribed();
    for (const patch of [{ plan_code: 'premium' }, { cancel_at_period_end: true }])
      expect((await owner.patch('/subscription', patch).expect(409)).body).toMatchObject({ code: 'invalid_transition', from: 'cancelled' });
    await owner.post('/subscription', { plan_code: 'standard' }).expect(201);
    await say(tenant, { subscription: { status: 'past_due' } }).expect(200);
    expect((await owner.patch('/subscription', { plan_code: 'premium' }).expect(409)).body).toMatchObject({
      code: 'invalid_transition',
      from: 'past_due',
    });
    await owner.patch('/subscription', { cancel_at_period_end: true }).expect(200); // leaving is open to everybody
  });

  it('cancelled at the end of its period: everything stays until then, and the very next request after it is refused', async () => {
    const { tenant, owner } = await unsubscribed();
    await owner.post('/subscription', { plan_code: 'standard' }).expect(201);
    const { body } = await owner.patch('/subscription', { cancel_at_period_end: true }).expect(200);
    const end = new Date(body.current_period_end as string).getTime();
    w.clock.advance(end - Date.now() - 5_000);
    const leaving = await tenant.session(owner);
    await leaving.post('/products', item()).expect(201);
    w.clock.advance(6_000);
    expect((await leaving.post('/products', item()).expect(403)).body).toMatchObject({
      code: 'entitlement_inactive', permission: 'inventory:write', plan_status: 'expired', reason: 'subscription_ended',
    }); // prettier-ignore
    await leaving.get('/inventory').expect(200);
    expect((await leaving.get('/subscription').expect(200)).body.status).toBe('cancelled');
    await leaving.post('/subscription', { plan_code: 'standard' }).expect(201);
    await leaving.post('/products', item()).expect(201);
  });

  it('a period that ends goes on by itself, without a word', async () => {
    const { tenant, owner } = await unsubscribed();
    const { body } = await owner.post('/subscription', { plan_code: 'standard' }).expect(201);
    const events = (await eventsOf(w, tenant.tenant_id, 'entitlement.updated')).length;
    w.clock.advance(new Date(body.current_period_end as string).getTime() - Date.now() + 40 * DAY_MS);
    const later = await tenant.session(owner);
    await later.post('/products', item()).expect(201);
    const after = (await later.get('/subscription').expect(200)).body;
    expect(after.status).toBe('active');
    expect(new Date(after.current_period_end).getTime()).toBeGreaterThan(w.clock.now().getTime());
    expect((await stored(tenant))?.valid_until?.toISOString()).toBe(after.current_period_end);
    expect(await eventsOf(w, tenant.tenant_id, 'entitlement.updated')).toHaveLength(events);
  });

  it('stays open to a tenant that is suspended, and to no other route', async () => {
    const { tenant, owner } = await unsubscribed();
    await staff.post(`/platform/tenants/${tenant.tenant_id}/suspend`, { reason: REASON }).expect(200);
    await owner.get('/stores').expect(403);
    await owner.get('/subscription').expect(200);
    await owner.post('/subscription', { plan_code: 'standard' }).expect(201);
    await owner.patch('/subscription', { cancel_at_period_end: true }).expect(200);
  });
});

describe('what time alone changes', () => {
  it('[000-47] a trial that ends while rights are remembered: the next write is refused, reading and export stay', async () => {
    const { tenant, owner, ends } = await onTrial();
    w.clock.advance(ends.getTime() - Date.now() - 5_000);
    const user = await tenant.session(owner);
    await user.post('/products', item()).expect(201);
    w.clock.advance(6_000);
    expect((await user.post('/products', item()).expect(403)).body).toMatchObject({
      code: 'entitlement_inactive',
      plan_status: 'expired',
      reason: 'trial_ended',
    });
    await user.get('/inventory').expect(200);
    await user.get('/audit-logs').expect(200);
    expect((await user.get('/me/entitlements').expect(200)).body).toMatchObject({
      status: 'expired', modules: expect.arrayContaining(['catalog']), permissions: expect.arrayContaining(['inventory:read', 'audit:export', 'billing:write']),
    }); // prettier-ignore
    expect((await user.get('/subscription').expect(200)).body.status).toBe('expired');
    expect((await stored(tenant))?.status).toBe('expired'); // the request that came first has written it down
    await user.post('/subscription', { plan_code: 'standard' }).expect(201);
    await user.post('/products', item()).expect(201);
  });

  it('[000-47] a payment that is late: open for fourteen days, then closed with its reason, then open again when it is paid', async () => {
    const tenant = await w.tenant();
    const owner = await tenant.user();
    const { body } = await say(tenant, { subscription: { status: 'past_due' } }).expect(200);
    expect(body).toMatchObject({ status: 'past_due', subscription: { status: 'past_due' } });
    const grace = new Date(body.grace_until as string).getTime();
    expect(Math.round((grace - Date.now()) / DAY_MS)).toBe(14);
    await owner.post('/products', item()).expect(201);
    w.clock.advance(grace - Date.now() + 1_000);
    const later = await tenant.session(owner);
    expect((await later.post('/stores', { code: 'N', name: 'N' }).expect(403)).body).toMatchObject({
      code: 'entitlement_inactive',
      plan_status: 'suspended',
      reason: 'payment_overdue',
    });
    await later.get('/stores').expect(200);
    w.clock.reset();
    await say(tenant, { subscription: { status: 'active' } }).expect(200);
    await owner.post('/stores', { code: 'N', name: 'N' }).expect(201);
  });

  it('takes in nobody while the plan is closed, not even who was invited before; going stays open', async () => {
    const tenant = await w.tenant();
    const owner = await tenant.user();
    const email = `guest.${newId().slice(-8)}@example.com`;
    await owner.post('/admin/invitations', { email, role: 'viewer', store_scope: { mode: 'all', store_ids: [] } }).expect(201);
    const token = await w.mail.token(email);
    await say(tenant, { subscription: { status: 'cancelled' } }).expect(200);
    expect((await owner.post('/admin/invitations', { email: `x${email}`, role: 'viewer', store_scope: { mode: 'all', store_ids: [] } }).expect(403)).body).toMatchObject({
      code: 'entitlement_inactive', plan_status: 'expired', reason: 'subscription_ended',
    }); // prettier-ignore
    const accept = await w
      .request()
      .post('/api/v1/auth/accept-invitation')
      .set('host', 'localhost')
      .send({ token, password: 'Correct horse battery 7' });
    expect([accept.status, accept.body.code]).toEqual([403, 'entitlement_inactive']);
    expect(
      await row('select used::int as used from usage_counters where tenant_id = $1 and limit_code = $2', tenant.tenant_id, 'max_users'),
    ).toEqual({ used: 1 });
  });

  it('an override that ends takes its module with it, on the very next request on every instance', async () => {
    const second = await world({ database: w.database });
    const tenant = await w.tenant({ plan: 'free' });
    const owner = await tenant.user();
    const expires_at = new Date(Date.now() + 60_000).toISOString();
    await say(tenant, { overrides: [{ kind: 'module', code: 'catalog', allowed: false }] }).expect(200);
    expect((await owner.get('/inventory').expect(403)).body).toMatchObject({ code: 'module_disabled', reason: 'not_in_plan' });
    await say(tenant, { overrides: [{ kind: 'module', code: 'catalog', allowed: false, expires_at }] }).expect(200);
    for (const instance of [w, second]) await requestOn(instance, owner, '/inventory').expect(403);
    for (const instance of [w, second]) instance.clock.advance(61_000);
    for (const instance of [second, w]) await requestOn(instance, owner, '/inventory').expect(200);
    expect(await stored(tenant)).toMatchObject({ source: 'subscription', modules: expect.arrayContaining(['catalog']) });
    await second.close();
  }, 30_000);

  it('a schedule writes down what has passed and tells of it, so that what reads the row alone is right too', async () => {
    const { tenant, ends } = await onTrial();
    w.clock.advance(ends.getTime() - Date.now() + 1_000);
    await w.app.get(Schedules, { strict: false }).runNow('entitlements.settle');
    expect(await stored(tenant)).toMatchObject({ status: 'expired', valid_until: null });
    expect(await row('select status from subscriptions where tenant_id = $1', tenant.tenant_id)).toEqual({ status: 'expired' });
    expect((await eventsOf(w, tenant.tenant_id, 'entitlement.updated'))[0]?.data).toEqual({ plan_code: 'premium', status: 'expired' });
    const [audit] = await auditsOf(w, tenant.tenant_id, 'entitlement.updated');
    expect(audit).toMatchObject({ actor: { type: 'system', id: 'entitlements.settle' }, changes: { status: ['trial', 'expired'] } });
    expect(await w.app.get(Schedules, { strict: false }).runNow('entitlements.settle')).toMatchObject({ failed: 0 });
    expect(await eventsOf(w, tenant.tenant_id, 'entitlement.updated')).toHaveLength(
      (await auditsOf(w, tenant.tenant_id, 'entitlement.updated')).length,
    );
  }, 30_000);
});

const requestOn = (instance: World, user: TestUser, path: string) =>
  instance.request().get(`/api/v1${path}`).set('host', 'localhost').set('authorization', `Bearer ${user.token}`);

describe('PUT /platform/tenants/{tenant_id}/entitlements', () => {
  it('sets limits and modules with a reason that the tenant can read, and takes them back', async () => {
    const tenant = await w.tenant({ plan: 'standard' });
    const owner = await tenant.user();
    const { body } = await say(tenant, {
      overrides: [{ kind: 'limit', code: 'max_stores', value: 7 }, { kind: 'module', code: 'AI', allowed: true, expires_at: new Date(Date.now() + DAY_MS).toISOString() }],
    }).expect(200); // prettier-ignore
    expect(body).toMatchObject({
      tenant_id: tenant.tenant_id,
      plan_code: 'standard',
      status: 'active',
      source: 'override',
      subscription: { plan_code: 'standard' },
    });
    expect(limitOf(body, 'max_stores')).toBe(7);
    expect(body.modules).toContain('forecasts');
    expect(body.overrides).toMatchObject([
      { kind: 'limit', code: 'max_stores', value: 7, allowed: null, expires_at: null, reason: REASON, set_by: staff.platform_user_id },
      { kind: 'module', code: 'forecasts', value: null, allowed: true, reason: REASON },
    ]);
    expect((await staff.get(at(tenant)).expect(200)).body).toEqual(body);
    expect(limitOf((await owner.get('/me/entitlements').expect(200)).body, 'max_stores')).toBe(7);
    expect((await eventsOf(w, tenant.tenant_id, 'entitlement.updated'))[0]).toMatchObject({
      data: { plan_code: 'standard', status: 'active' },
    });
    for (const log of [tenant.tenant_id, '00000000-0000-0000-0000-000000000000']) {
      const [act] = await auditsOf(w, log, 'entitlement.overridden');
      expect(act).toMatchObject({
        actor: { type: 'platform_staff', id: staff.platform_user_id },
        targets: [{ type: 'entitlement', id: tenant.tenant_id }],
      });
      expect(act?.changes['overrides']?.[1]).toContain('max_stores = 7');
    }
    const own = (await owner.get('/audit-logs?action=entitlement.overridden').expect(200)).body;
    expect(own.data[0]?.reason).toBe(REASON);

    const cleared = (await say(tenant, { overrides: [] }).expect(200)).body;
    expect(cleared).toMatchObject({ source: 'subscription', overrides: [] });
    expect(limitOf(cleared, 'max_stores')).toBe(3);
  });

  it('limits given by staff become overrides; what is not named stays, and each is checked', async () => {
    const tenant = await w.tenant({ plan: 'standard' });
    const owner = await tenant.user();
    const first = (await say(tenant, { limits: { max_items: 2, max_users: 4 } }).expect(200)).body;
    expect([limitOf(first, 'max_items'), limitOf(first, 'max_users'), limitOf(first, 'max_stores')]).toEqual([2, 4, 3]);
    const second = (await say(tenant, { limits: { max_items: null } }).expect(200)).body;
    expect([limitOf(second, 'max_items'), limitOf(second, 'max_users')]).toEqual([null, 4]);
    expect(second.overrides.map(({ code }: { code: string }) => code)).toEqual(['max_items', 'max_users']);
    expect((await owner.get('/tenant').expect(200)).body.limits).toMatchObject({ max_items: null, max_users: 4 });
    for (const [change, field] of [
      [{ limits: { max_pens: 1 } }, '/limits/max_pens'],
      [{ limits: { max_users: -1 } }, '/limits/max_users'],
      [{ limits: { max_users: 'many' } }, '/limits/max_users'],
      [{ overrides: [{ kind: 'limit', code: 'max_users' }] }, '/overrides/0/value'],
      [
        { overrides: [{ kind: 'limit', code: 'max_users', value: 1, expires_at: new Date(Date.now() - 1_000).toISOString() }] },
        '/overrides/0/expires_at',
      ],
      [{ overrides: [{ kind: 'module', code: 'crm', allowed: true }] }, '/overrides/0/code'],
      [{}, ''],
    ] as const)
      expect((await say(tenant, change).expect(400)).body.errors[0].field).toBe(field);
    expect((await staff.put(at(tenant), { limits: { max_users: 1 } }).expect(400)).body.code).toBe('reason_required');
    expect((await staff.put(at(tenant), { limits: { max_users: 1 }, reason: 'short' }).expect(400)).body.code).toBe('reason_required');
    expect((await staff.get(at(tenant)).expect(200)).body).toEqual(second);
  });

  it('[004-10] a limit of staff holds at once, and under parallel creates', async () => {
    const tenant = await w.tenant();
    const owner = await tenant.user();
    await say(tenant, { limits: { max_items: 2 } }).expect(200);
    const answers = await Promise.all(Array.from({ length: 12 }, () => owner.post('/products', item())));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
      code: 'limit_reached',
      limit: 'max_items',
      used: 2,
      max: 2,
    });
  });

  it('sells by hand, extends a trial, ends at once; what cannot follow is refused', async () => {
    const { tenant, owner, ends } = await onTrial();
    const later = new Date(ends.getTime() + 30 * DAY_MS).toISOString();
    expect((await say(tenant, { subscription: { trial_ends_at: later } }).expect(200)).body).toMatchObject({
      status: 'trial',
      trial_ends_at: later,
    });
    expect((await say(tenant, { subscription: { status: 'past_due' } }).expect(409)).body).toMatchObject({
      code: 'invalid_transition',
      from: 'trialing',
      to: 'past_due',
    });
    expect((await say(tenant, { subscription: { interval: 'year' } }).expect(400)).body.errors[0].field).toBe('/subscription/interval');
    const sold = (await say(tenant, { subscription: { plan_code: 'enterprise', status: 'active' } }).expect(200)).body;
    expect(sold).toMatchObject({ plan_code: 'enterprise', status: 'active', subscription: { status: 'active', total_amount: 0 } });
    expect((await say(tenant, { subscription: { trial_ends_at: later } }).expect(409)).body.code).toBe('invalid_transition');
    expect((await say(tenant, { subscription: { status: 'cancelled' } }).expect(200)).body).toMatchObject({
      status: 'expired',
      subscription: { status: 'cancelled' },
    });
    expect((await say(tenant, { subscription: { status: 'active' } }).expect(409)).body).toMatchObject({
      code: 'invalid_transition',
      from: 'cancelled',
    });
    expect((await say(tenant, { subscription: { plan_code: 'gold' } }).expect(400)).body.code).toBe('unknown_plan');
    const anew = (await say(tenant, { subscription: { plan_code: 'enterprise', interval: 'year', currency: 'CHF' } }).expect(200)).body;
    expect(anew.subscription).toMatchObject({ status: 'active', interval: 'year', currency: 'CHF', total_amount: 0 });
    expect((await owner.get('/subscription').expect(200)).body).toEqual(anew.subscription);
  });

  it('gives without any subscription, and leaves nothing when that ends', async () => {
    const tenant = await w.tenant();
    const owner = await tenant.user();
    for (const table of ['subscription_items', 'subscriptions'])
      await superuser.query(`delete from ${table} where tenant_id = $1`, [tenant.tenant_id]);
    const expires_at = new Date(Date.now() + 60_000).toISOString();
    const { body } = await say(tenant, {
      overrides: [
        { kind: 'module', code: 'catalog', allowed: true, expires_at },
        { kind: 'limit', code: 'max_items', value: 1, expires_at },
      ],
    }).expect(200);
    expect(body).toMatchObject({ plan_code: null, status: 'active', source: 'manual', modules: ['catalog'], subscription: null });
    await owner.post('/products', item()).expect(201);
    expect((await owner.post('/products', item()).expect(409)).body.code).toBe('limit_reached');
    w.clock.advance(61_000);
    expect((await owner.get('/inventory').expect(403)).body).toMatchObject({ code: 'module_disabled', reason: 'not_in_plan' });
    expect((await owner.get('/me/entitlements').expect(200)).body).toMatchObject({
      plan_code: null,
      status: 'none',
      source: null,
      modules: [],
      limits: [],
    });
    expect(await stored(tenant)).toBeUndefined();
  });

  it('is for staff who bill; a tenant that is not there is not found', async () => {
    const tenant = await w.tenant();
    const viewer = await w.staff('ops_viewer');
    for (const answer of [
      await viewer.get(at(tenant)),
      await viewer.put(at(tenant), { reason: REASON, limits: {} }),
      await viewer.get('/platform/plans'),
    ])
      expect([answer.status, answer.body.permission]).toEqual([403, 'platform:billing']);
    await (await w.staff('ops_admin')).get(at(tenant)).expect(200);
    await staff.get(`/platform/tenants/${newId()}/entitlements`).expect(404);
    await staff.put(`/platform/tenants/${newId()}/entitlements`, { reason: REASON, overrides: [] }).expect(404);
    expect((await (await tenant.user()).get(at(tenant)).expect(401)).body.code).toBe('wrong_realm');
  });
});

describe('/platform/plans', () => {
  const code = (): string => `p_${newId().slice(-10)}`;
  const plan = (more: object = {}) => ({
    plan_code: code(),
    name: 'Gold',
    modules: ['PRODUCTS'],
    limits: { max_users: 5, max_stores: 2, max_items: null },
    ...more,
  });

  it('makes a plan, shows it to everybody, changes it under If-Match', async () => {
    const input = plan({ prices: [{ currency: 'EUR', interval: 'month', amount: 500 }] });
    const { body } = await staff.post('/platform/plans', input).expect(201);
    expect(body).toMatchObject({
      ...input,
      modules: ['catalog'],
      is_addon: false,
      is_active: true,
      trial_days: 0,
      trial_limits: {},
      subscription_count: 0,
      row_version: 1,
    });
    expect((await staff.post('/platform/plans', input).expect(409)).body.code).toBe('invalid_state');
    const path = `/platform/plans/${input.plan_code}`;
    const changed = (
      await staff
        .patch(path, { name: 'Golden', limits: { max_users: 6 } })
        .set('if-match', '"1"')
        .expect(200)
    ).body;
    expect(changed).toMatchObject({ name: 'Golden', limits: { max_users: 6, max_stores: 2, max_items: null }, row_version: 2 });
    expect((await staff.patch(path, { name: 'Old' }).set('if-match', '"1"').expect(412)).body.code).toBe('precondition_failed');
    expect((await staff.get(path).expect(200)).body).toEqual(changed);
    expect((await staff.patch(path, {}).expect(200)).body).toEqual(changed);
    const list = async () =>
      (await w.request().get('/api/v1/plans?limit=100').set('host', 'localhost').expect(200)).body.data.map(
        (one: { plan_code: string }) => one.plan_code,
      );
    expect(await list()).toContain(input.plan_code);
    await staff.patch(path, { is_active: false }).expect(200);
    expect(await list()).not.toContain(input.plan_code);
    expect(
      (await staff.get('/platform/plans?limit=100').expect(200)).body.data.map((one: { plan_code: string }) => one.plan_code),
    ).toContain(input.plan_code);
    await staff.get('/platform/plans/none').expect(404);
    await staff.patch('/platform/plans/none', { name: 'X' }).expect(404);
  });

  it('refuses what no plan can give', async () => {
    for (const [more, field] of [
      [{ limits: { max_pens: 1 } }, '/limits/max_pens'],
      [{ limits: { max_users: -1 } }, '/limits/max_users'],
      [{ modules: ['crm'] }, '/modules/0'],
      [{ is_addon: true, limits: { max_users: null } }, '/limits/max_users'],
      [{ plan_code: 'Not a code' }, '/plan_code'],
      [{ prices: [{ currency: 'EUR', interval: 'week', amount: 1 }] }, '/prices/0/interval'],
      [{ trial_days: -1 }, '/trial_days'],
    ] as const)
      expect((await staff.post('/platform/plans', plan(more)).expect(400)).body.errors[0].field).toBe(field);
  });

  it('takes no plan off the list while somebody has it', async () => {
    const { plan_code } = (await staff.post('/platform/plans', plan()).expect(201)).body;
    const tenant = await w.tenant();
    await say(tenant, { subscription: { plan_code } }).expect(200);
    expect((await staff.patch(`/platform/plans/${plan_code}`, { is_active: false }).expect(409)).body).toMatchObject({
      code: 'plan_in_use',
      subscriptions: 1,
    });
    await say(tenant, { subscription: { plan_code: 'standard' } }).expect(200);
    await staff.patch(`/platform/plans/${plan_code}`, { is_active: false }).expect(200);
    expect((await say(tenant, { subscription: { plan_code } }).expect(400)).body.code).toBe('unknown_plan');
  });

  it('a plan that gives something else reaches every tenant that has it, by a job that may stop and go on', async () => {
    const { plan_code } = (await staff.post('/platform/plans', plan()).expect(201)).body;
    const [acme, other] = [await w.tenant(), await w.tenant()];
    for (const tenant of [acme, other]) await say(tenant, { subscription: { plan_code } }).expect(200);
    const apart = await w.tenant();
    await staff.patch(`/platform/plans/${plan_code}`, { modules: ['catalog', 'sales'], limits: { max_users: 9 } }).expect(200);
    await staff.patch(`/platform/plans/${plan_code}`, { name: 'Same for its tenants' }).expect(200);
    const jobs = await rows<{ plan_roll_out_id: string }>('select plan_roll_out_id from plan_roll_outs where plan_code = $1', plan_code);
    expect(jobs).toHaveLength(1);
    expect((await stored(acme))?.limits['max_users']).toBe(5);
    const before = await row('select version from tenant_state where tenant_id = $1', apart.tenant_id);
    const run = () =>
      w.app.get(JobRunner, { strict: false }).run('entitlements.roll_out', { plan_roll_out_id: jobs[0]?.plan_roll_out_id ?? '' });
    expect(await run()).toBe('done');
    for (const tenant of [acme, other])
      expect(await stored(tenant)).toMatchObject({ modules: ['catalog', 'sales'], limits: { max_users: 9, max_stores: 2 } });
    expect(await row('select state, done from plan_roll_outs where plan_code = $1', plan_code)).toEqual({ state: 'succeeded', done: '2' });
    expect(await row('select version from tenant_state where tenant_id = $1', apart.tenant_id)).toEqual(before);
    expect(await run()).toBe('not_due');
    expect((await eventsOf(w, acme.tenant_id, 'entitlement.updated'))[0]?.data).toEqual({ plan_code, status: 'active' });

    // A worker that died in the middle: the next one begins behind the last tenant that was written down.
    await staff.patch(`/platform/plans/${plan_code}`, { limits: { max_users: 3 } }).expect(200);
    const [first, last] = [acme.tenant_id, other.tenant_id].sort();
    const id =
      (
        await row<{ plan_roll_out_id: string }>(
          "select plan_roll_out_id from plan_roll_outs where plan_code = $1 and state <> 'succeeded'",
          plan_code,
        )
      )?.plan_roll_out_id ?? '';
    await superuser.query(
      "update plan_roll_outs set state = 'running', lease_until = now() - interval '1 s', attempts = 1, after_tenant_id = $2 where plan_roll_out_id = $1",
      [id, first],
    );
    expect(await w.app.get(JobRunner, { strict: false }).run('entitlements.roll_out', { plan_roll_out_id: id })).toBe('done');
    const users = async (tenant_id: string | undefined) =>
      (await row<{ n: number }>("select (limits ->> 'max_users')::int as n from entitlements where tenant_id = $1", tenant_id))?.n;
    expect([await users(first), await users(last)]).toEqual([9, 3]);
  }, 30_000);
});

describe('counters', () => {
  const used = async (tenant: TestTenant, limit: string): Promise<number> =>
    Number(
      (await row<{ used: string }>('select used from usage_counters where tenant_id = $1 and limit_code = $2', tenant.tenant_id, limit))
        ?.used,
    );
  const places = async (tenant: TestTenant, limit: string, left: number) =>
    say(tenant, { limits: { [limit]: (await used(tenant, limit)) + left } }).expect(200);

  it('[004-10] fifty who ask at once for the last three seats get three; the counter is the number of members', async () => {
    const tenant = await w.tenant();
    await tenant.user();
    await places(tenant, 'max_users', 3);
    const answers = await Promise.allSettled(Array.from({ length: 50 }, () => tenant.user({ role: 'viewer' })));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    // Straight from the services: a lock that was waited for too long (55P03) is what the API calls a timeout.
    const refused = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason as { code?: string; extras?: object }] : [],
    );
    expect(refused.filter(({ code }) => code !== 'limit_reached' && code !== '55P03' && code !== 'busy')).toEqual([]);
    expect(refused.find(({ code }) => code === 'limit_reached')?.extras).toEqual({ limit: 'max_users', used: 4, max: 4 });
    const members = await row<{ n: number }>(
      "select count(*)::int as n from memberships where tenant_id = $1 and status <> 'removed'",
      tenant.tenant_id,
    );
    expect(members?.n).toBe(4);
    expect(await used(tenant, 'max_users')).toBe(4);
  }, 60_000);

  it('a connection that dies between the unit and the commit leaks nothing', async () => {
    const tenant = await w.tenant();
    await places(tenant, 'max_users', 1);
    const before = await used(tenant, 'max_users');
    const entitlements = w.app.get(Entitlements, { strict: false });
    const db = w.app.get(PlatformDb, { strict: false });
    const work = db.inTenant(platformScope('test'), tenant.tenant_id as TenantId, async (tx) => {
      await entitlements.take(tx, 'max_users');
      await superuser.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'tenantry_platform' and state = 'idle in transaction' and datname = current_database()",
      );
      await entitlements.take(tx, 'max_items');
    });
    await expect(work).rejects.toThrow();
    expect(await used(tenant, 'max_users')).toBe(before);
    await tenant.user({ role: 'viewer' });
    expect(await used(tenant, 'max_users')).toBe(before + 1);
  });

  it('are recounted at night: a wrong one is repaired and reported, a right one is left, and nobody slips in between', async () => {
    const tenant = await w.tenant();
    const owner = await tenant.user();
    for (let i = 0; i < 2; i++) await owner.post('/products', item()).expect(201);
    await superuser.query("update usage_counters set used = 99 where tenant_id = $1 and limit_code = 'max_items'", [tenant.tenant_id]);
    await superuser.query("delete from usage_counters where tenant_id = $1 and limit_code = 'max_webhooks'", [tenant.tenant_id]);
    const recount = w.app.get(Recount, { strict: false });
    const create = () => owner.post('/products', item());
    const [wrong, ...made] = await Promise.all([
      recount.tenant(platformScope('test'), tenant.tenant_id),
      create(),
      create(),
      create(),
      create(),
    ]);
    expect([...wrong.keys()]).toEqual(['max_items']);
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(await used(tenant, 'max_items')).toBe(6);
    expect(
      (await rows<{ limit_code: string }>('select limit_code from usage_counters where tenant_id = $1', tenant.tenant_id))
        .map((one) => one.limit_code)
        .sort(),
    ).toEqual([...LIMIT_CODES].sort());
    expect(await recount.tenant(platformScope('test'), tenant.tenant_id)).toEqual(new Map());
  }, 30_000);

  it('the nightly run says by how much they were wrong', async () => {
    const tenant = await w.tenant();
    await superuser.query("update usage_counters set used = used + 5 where tenant_id = $1 and limit_code = 'max_custom_roles'", [
      tenant.tenant_id,
    ]);
    await w.app.get(Schedules, { strict: false }).runNow('entitlements.recount');
    const text = await w.app.get(Metrics, { strict: false }).expose();
    expect(Number(/usage_counter_drift_units\{limit="max_custom_roles"\} (\d+)/.exec(text)?.[1])).toBeGreaterThanOrEqual(5);
    expect(text).toMatch(/usage_counter_repairs_total\{limit="max_custom_roles"\} \d+/);
    expect(await used(tenant, 'max_custom_roles')).toBe(0);
  }, 60_000);
});
