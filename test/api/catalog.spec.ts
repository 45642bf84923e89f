import { PlatformDb, sql } from '../../libs/platform/db/index.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { platformScope } from '../../libs/platform/queue/index.js';
import { auditsOf, eventsOf } from '../support/records.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

jest.setTimeout(30_000);
let w: World;
let acme: TestTenant;
let owner: TestUser;

beforeAll(async () => {
  w = await world();
  acme = await w.tenant();
  owner = await acme.user();
}, 60_000);

let n = 0;
const item = (over: object = {}) => ({ name: 'Green tea', sku: `TEA-${++n}-${newId().slice(-6)}`, price_minor: 450, ...over });
const setLimit = sql`update entitlements set limits = limits || jsonb_build_object('max_items', $2::int) where tenant_id = $1`;
const itemsOf = sql`
  select (select count(*)::int from variants where tenant_id = $1 and status <> 'archived') as rows,
         (select used::int from usage_counters where tenant_id = $1 and limit_code = 'max_items') as used`;
const db = () => w.app.get(PlatformDb, { strict: false });
const counted = async ({ tenant_id }: TestTenant) =>
  (await db().query<{ rows: number; used: number }>(platformScope('test'), itemsOf, [tenant_id]))[0];

describe('POST /products', () => {
  it('[002-29] makes a product with its first variant, with audit row, event and counter in one transaction', async () => {
    const tenant = await w.tenant();
    const user = await tenant.user();
    const { body } = await user
      .post('/products', item({ name: '  Sencha ', description: 'leaves', barcode: `B${newId()}`, uom: 'g', sku: 'ab-1' }))
      .expect(201);
    expect(body).toMatchObject({
      name: 'Sencha',
      description: 'leaves',
      status: 'active',
      variants: [{ sku: 'ab-1', uom: 'g', price_minor: 450, track_stock: true, status: 'active' }],
    });
    expect(await auditsOf(w, tenant.tenant_id, 'product.created')).toEqual([
      expect.objectContaining({
        actor: expect.objectContaining({ type: 'user', id: user.user_id }),
        targets: [expect.objectContaining({ type: 'product', id: body.product_id })],
        changes: { name: [undefined, 'Sencha'], sku: [undefined, 'ab-1'], status: [undefined, 'active'] },
      }),
    ]);
    expect(await eventsOf(w, tenant.tenant_id, 'inventory.created')).toEqual([
      {
        type: 'inventory.created',
        subject_id: body.variants[0].variant_id,
        data: { variant_id: body.variants[0].variant_id, product_id: body.product_id, sku: 'ab-1', name: 'Sencha' },
      },
    ]);
    expect(await counted(tenant)).toEqual({ rows: 1, used: 1 });
  });

  it('refuses a SKU that is taken, whatever its case, spaces and width, and leaves nothing behind', async () => {
    const tenant = await w.tenant();
    const user = await tenant.user();
    await user.post('/products', item({ sku: 'Blue Shirt-XL' })).expect(201);
    for (const sku of ['blue shirt-xl', 'BLUE  SHIRT-XL', 'Ｂlue Shirt-XL'])
      expect((await user.post('/products', item({ sku })).expect(409)).body.code).toBe('sku_taken');
    expect(await counted(tenant)).toEqual({ rows: 1, used: 1 });
    expect(await auditsOf(w, tenant.tenant_id, 'product.created')).toHaveLength(1);
    expect(await eventsOf(w, tenant.tenant_id, 'inventory.created')).toHaveLength(1);
  });

  it('refuses a barcode that is taken; another tenant may have both', async () => {
    const [one, other] = [await w.tenant(), await w.tenant()];
    const [first, second] = [await one.user(), await other.user()];
    const barcode = `4006381${newId().slice(-6)}`;
    await first.post('/products', item({ sku: 'A', barcode })).expect(201);
    expect((await first.post('/products', item({ sku: 'B', barcode })).expect(409)).body.code).toBe('barcode_taken');
    await second.post('/products', item({ sku: 'A', barcode })).expect(201);
  });

  it.each([
    ['a name of spaces', { name: ' \u00a0\t ' }],
    ['no name', { name: undefined }],
    ['a SKU of spaces', { sku: '   ' }],
    ['a SKU with a space at its end', { sku: 'A-1 ' }],
    ['a SKU with a line break', { sku: 'a\nb' }],
    ['a SKU of 65 letters', { sku: 'x'.repeat(65) }],
    ['a negative price', { price_minor: -1 }],
    ['half a cent', { price_minor: 0.5 }],
    ['a price beyond exact numbers', { price_minor: 2 ** 53 }],
    ['a unit that does not exist', { uom: 'barrel' }],
    ['null for what may be left out', { description: null }],
    ['a status: it begins active', { status: 'archived' }],
  ])('refuses %s', async (_, over) => {
    expect((await owner.post('/products', item(over)).expect(400)).body.code).toBe('validation_failed');
  });

  it('takes what is at the edge', async () => {
    const { body } = await owner
      .post(
        '/products',
        item({ name: 'x'.repeat(200), description: 'y'.repeat(4_000), price_minor: Number.MAX_SAFE_INTEGER, sku: '\ufdfa'.repeat(64) }),
      )
      .expect(201);
    expect(body.variants[0].price_minor).toBe(Number.MAX_SAFE_INTEGER);
    await owner.post('/products', item({ price_minor: 0 })).expect(201);
  });

  it('[004-10] gives the last three places of the plan to three of twenty who ask at once', async () => {
    const tenant = await w.tenant();
    const user = await tenant.user();
    await user.post('/products', item()).expect(201);
    await db().run(platformScope('test'), (tx) => tx.query(setLimit, [tenant.tenant_id, 4]));
    const answers = await Promise.all(Array.from({ length: 20 }, () => user.post('/products', item())));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(new Set(refused.map(({ status, body }) => `${status} ${body.code} ${body.limit} ${body.used} of ${body.max}`))).toEqual(
      new Set(['409 limit_reached max_items 4 of 4']),
    );
    expect(await counted(tenant)).toEqual({ rows: 4, used: 4 });
  });
});

describe('GET /inventory', () => {
  let shop: TestTenant;
  let clerk: TestUser;
  const skus = async (query: string): Promise<string[]> =>
    ((await clerk.get(`/inventory${query}`).expect(200)).body as { data: { sku: string }[] }).data.map(({ sku }) => sku);

  beforeAll(async () => {
    shop = await w.tenant();
    clerk = await shop.user();
    for (const [sku, name, barcode] of [['A-1', 'Apple juice', '111'], ['A-2', 'Apple cake', '222'], ['B-1', 'Bread', '333']]) await clerk.post('/products', item({ sku, name, barcode })).expect(201); // prettier-ignore
    const { body } = await clerk.get('/inventory?q=B-1').expect(200);
    await clerk.patch(`/products/${body.data[0].product_id}`, { status: 'hidden' }).expect(200);
  });

  it('lists newest first, by status, and finds by name, SKU and barcode in any case', async () => {
    expect(await skus('')).toEqual(['B-1', 'A-2', 'A-1']);
    expect(await skus('?status=hidden')).toEqual(['B-1']);
    expect(await skus('?status=active')).toEqual(['A-2', 'A-1']);
    expect(await skus('?q=APPLE')).toEqual(['A-2', 'A-1']);
    expect(await skus('?q=a-1')).toEqual(['A-1']);
    expect(await skus('?q=222')).toEqual(['A-2']);
    expect(await skus('?q=apple&status=hidden')).toEqual([]);
  });

  it('[004-21] needs inventory:read, and says so', async () => {
    const cashier = await shop.user({ role: 'operator' });
    await cashier.get('/inventory').expect(200);
    const { body: role } = await clerk.post('/roles', { name: 'Bookkeeper', permissions: ['billing:read'] }).expect(201);
    const bookkeeper = await shop.user({ role: role.code });
    expect((await bookkeeper.get('/inventory').expect(403)).body).toMatchObject({
      code: 'permission_denied',
      permission: 'inventory:read',
    });
  });

  it('answers one item as the list does', async () => {
    const { body } = await clerk.get('/inventory?q=A-1').expect(200);
    expect((await clerk.get(`/inventory/${body.data[0].variant_id}`).expect(200)).body).toEqual(body.data[0]);
    await clerk.get(`/inventory/${newId()}`).expect(404);
  });
});

describe('PATCH /products/:product_id', () => {
  it('[002-29] changes what is said, with old and new in the audit log and an event for each variant', async () => {
    const { body: before } = await owner.post('/products', item({ name: 'Old' })).expect(201);
    const { body: after } = await owner.patch(`/products/${before.product_id}`, { name: ' New ', status: 'hidden' }).expect(200);
    expect(after).toEqual({ ...before, name: 'New', status: 'hidden', variants: [{ ...before.variants[0], status: 'hidden' }] });
    const [audit] = await auditsOf(w, acme.tenant_id, 'product.updated');
    expect(audit).toMatchObject({
      targets: [{ type: 'product', id: before.product_id }],
      changes: { name: ['Old', 'New'], status: ['active', 'hidden'] },
    });
    const [event] = await eventsOf(w, acme.tenant_id, 'inventory.updated');
    expect(event).toMatchObject({ subject_id: before.variants[0].variant_id, data: { name: 'New' } });
  });

  it('writes nothing where nothing is different', async () => {
    const { body } = await owner.post('/products', item({ name: 'Same' })).expect(201);
    const [audits, events] = [await auditsOf(w, acme.tenant_id, 'product.updated'), await eventsOf(w, acme.tenant_id, 'inventory.updated')];
    expect((await owner.patch(`/products/${body.product_id}`, { name: 'Same', description: '' }).expect(200)).body).toEqual(body);
    expect((await owner.patch(`/products/${body.product_id}`, {}).expect(200)).body).toEqual(body);
    expect(await auditsOf(w, acme.tenant_id, 'product.updated')).toEqual(audits);
    expect(await eventsOf(w, acme.tenant_id, 'inventory.updated')).toEqual(events);
  });

  it('gives the place of an archived item back, and takes one when it returns', async () => {
    const tenant = await w.tenant();
    const user = await tenant.user();
    const { body: kept } = await user.post('/products', item()).expect(201);
    await user.patch(`/products/${kept.product_id}`, { status: 'archived' }).expect(200);
    expect(await counted(tenant)).toEqual({ rows: 0, used: 0 });
    await user.patch(`/products/${kept.product_id}`, { status: 'archived', name: 'Still archived' }).expect(200);
    await user.post('/products', item()).expect(201);
    await db().run(platformScope('test'), (tx) => tx.query(setLimit, [tenant.tenant_id, 1]));
    expect((await user.patch(`/products/${kept.product_id}`, { status: 'active' }).expect(409)).body).toMatchObject({
      code: 'limit_reached',
      limit: 'max_items',
      used: 1,
      max: 1,
    });
    await db().run(platformScope('test'), (tx) => tx.query(setLimit, [tenant.tenant_id, 2]));
    await user.patch(`/products/${kept.product_id}`, { status: 'hidden' }).expect(200);
    expect(await counted(tenant)).toEqual({ rows: 2, used: 2 });
  });

  it('needs inventory:write, and is 404 for what is not there', async () => {
    const { body } = await owner.post('/products', item()).expect(201);
    const viewer = await acme.user({ role: 'viewer' });
    expect((await viewer.patch(`/products/${body.product_id}`, { name: 'Mine' }).expect(403)).body.permission).toBe('inventory:write');
    await owner.patch(`/products/${newId()}`, { name: 'Nobody' }).expect(404);
    await owner.patch(`/products/${body.product_id}`, { name: ' ' }).expect(400);
    await owner.patch(`/products/${body.product_id}`, { sku: 'x' }).expect(400);
  });
});

describe('a tenant without the module', () => {
  const switchModule = sql`update tenant_modules set enabled = $2 where tenant_id = $1 and module_code = 'catalog'`;

  it('refuses its routes with 403 module_disabled, whatever the role, and opens them on the next request', async () => {
    const tenant = await w.tenant();
    const user = await tenant.user();
    const { body } = await user.post('/products', item()).expect(201);
    await db().run(platformScope('test'), (tx) => tx.query(switchModule, [tenant.tenant_id, false]));
    for (const call of [
      user.get('/inventory'),
      user.get(`/products/${body.product_id}`),
      user.post('/products', item()),
      user.patch(`/products/${body.product_id}`, { name: 'X' }),
    ])
      expect((await call.expect(403)).body).toMatchObject({ code: 'module_disabled', module_code: 'catalog', reason: 'off_by_tenant' });
    await db().run(platformScope('test'), (tx) => tx.query(switchModule, [tenant.tenant_id, true]));
    await user.get(`/products/${body.product_id}`).expect(200);
  });
});
