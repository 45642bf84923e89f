import { newId } from '../../libs/platform/crypto/index.js';
import type { Permission } from '../../libs/contracts/permissions.js';
import { RouteTable, type Route } from '../../libs/platform/auth/index.js';
import { bodyClassOf } from '../../libs/platform/http/body.js';
import { listSpecOf } from '../../libs/platform/http/list.js';
import { withClient } from '../support/migrate.js';
import { auditsOf } from '../support/records.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

/**
 * Every route of webhooks with each of its refusals. The last test asks the route table whether one was left out: a code that a route
 * declares and that nothing here has been answered with fails it by name.
 */
describe('routes of webhooks', () => {
  const ADDRESS = 'https://93.184.215.14/';
  const reason = 'the receiver floods our network';
  let w: World;
  let acme: TestTenant;
  let owner: TestUser;
  let routes: readonly Route[];
  beforeAll(async () => {
    w = await world();
    acme = await w.tenant();
    owner = await acme.user();
    await withClient(w.database.superUrl, (client) =>
      client.query(`update entitlements set limits = limits || '{"max_webhooks": null, "max_custom_roles": null}' where tenant_id = $1`, [
        acme.tenant_id,
      ]),
    );
    routes = w.app.get(RouteTable).routes.filter(({ path }) => /^\/(ops\/)?webhooks(\/|$)/.test(path));
  }, 60_000);

  let count = 0;
  const asSuperuser = (statement: string, ...params: unknown[]) =>
    withClient(w.database.superUrl, (client) => client.query(statement, params));
  const wanted = (over: object = {}) => ({ name: `Hook ${(count += 1)}`, url: ADDRESS, events: ['inventory.*'], ...over });
  const made = async (over: object = {}, who = owner): Promise<string> =>
    (await who.post('/webhooks', wanted(over)).expect(201)).body.webhook.webhook_id as string;
  const holder = async (...permissions: string[]): Promise<TestUser> => {
    const { body } = await owner.post('/roles', { name: `Holder ${(count += 1)}`, permissions }).expect(201);
    return acme.user({ role: body.code as string });
  };
  /** A delivery as it would be after these states, of an event that is kept. */
  const delivery = async (webhook_id: string, ...states: string[]): Promise<string> => {
    const { body } = await owner.post(`/webhooks/${webhook_id}/test`).expect(202);
    for (const state of states)
      await asSuperuser('update webhook_deliveries set status = $2 where delivery_id = $1', body.delivery_id, state);
    return body.delivery_id as string;
  };

  // ---- what was refused ----------------------------------------------------------------------------------------------------------
  const seen = new Set<string>();
  const routeOf = (method: string, path: string): Route => {
    const found = routes
      .filter(
        (route) => route.method === method && new RegExp(`^${route.path.replace(/:[a-z_]+/g, '[^/]+')}$`).test(path.split('?')[0] ?? ''),
      )
      .sort((a, b) => a.path.split(':').length - b.path.split(':').length)[0];
    if (!found) throw new Error(`no route ${method} ${path}`);
    return found;
  };
  type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  type Caller = Pick<TestUser, 'get' | 'post' | 'put' | 'patch' | 'delete'>;
  const call = (who: Caller, method: Method, path: string, body?: object) => {
    if (method === 'GET') return who.get(path);
    if (method === 'DELETE') return who.delete(path);
    return who[method.toLowerCase() as 'post' | 'put' | 'patch'](path, body);
  };
  /** The refusal of a request, noted; its status belongs to its code (every answer is held against the document). */
  const refused = async (who: Caller, method: Method, path: string, code: string, body?: object) => {
    const { body: told } = await call(who, method, path, body);
    expect([method, path, told.code]).toEqual([method, path, code]);
    seen.add(`${routeOf(method, path).id} ${code}`);
    return told as Record<string, unknown> & { errors?: { field: string; code: string }[] };
  };
  const BODIES: Readonly<Record<string, () => object>> = {
    webhooks_create: () => wanted(),
    webhookJobs_purge: () => ({ reason }),
    webhookJobs_recover: () => ({ since: new Date(Date.now() - 3_600_000).toISOString() }),
    webhooksConsole_relayAgain: () => ({ reason }),
    webhooksConsole_disable: () => ({ reason }),
    webhooksConsole_enable: () => ({ reason }),
  };
  const pathWith = (route: Route, ids: Readonly<Record<string, string>> = {}): string =>
    route.path.replace(/:([a-z_]+)/g, (_, name: string) => ids[name] ?? newId());
  const bodyFor = (route: Route): object | undefined => (route.mutating ? (BODIES[route.id]?.() ?? {}) : undefined);
  const tenantRoutes = (): Route[] => routes.filter(({ access }) => access.kind === 'requires');

  it('are as many as the page has', () => {
    expect(tenantRoutes()).toHaveLength(26);
    expect(routes.length - tenantRoutes().length).toBe(6);
  });

  it('refuse strangers, and who lacks the permission of the route', async () => {
    const without: Readonly<Partial<Record<Permission, TestUser>>> = {
      'webhooks:read': await holder('inventory:read', 'orders:read'),
      'webhooks:write': await holder('webhooks:read', 'inventory:read'),
      'webhooks:delete': await holder('webhooks:read', 'webhooks:write', 'inventory:read'),
    };
    const viewer = await w.staff('ops_viewer');
    for (const route of routes) {
      const path = pathWith(route);
      const { status, body } = await w.request()[route.method.toLowerCase() as 'get'](`/api/v1${path}`).set('host', 'localhost');
      expect([route.id, status, body.code]).toEqual([route.id, 401, 'unauthenticated']);
      if (route.access.kind !== 'requires') continue;
      const [permission] = route.access.permissions;
      const told = await refused(
        without[permission as Permission] as TestUser,
        route.method as Method,
        path,
        'permission_denied',
        bodyFor(route),
      );
      expect([route.id, told['permission']]).toEqual([route.id, permission]);
    }
    for (const [method, path] of [['POST', `/ops/webhooks/${newId()}/disable`], ['POST', `/ops/webhooks/${newId()}/enable`], ['POST', `/ops/webhooks/outbox/${newId()}/retry`]] as const)
      expect((await refused(viewer, method, path, 'permission_denied', { reason }))['permission']).toBe('platform:webhooks'); // prettier-ignore
  });

  it('[004-68] are closed while the module is off', async () => {
    const tenant = await w.tenant();
    const user = await tenant.user();
    await user.patch('/tenant/settings', { modules: { webhooks: false } }).expect(200);
    for (const route of tenantRoutes()) await refused(user, route.method as Method, pathWith(route), 'module_disabled', bodyFor(route));
  });

  it('know nothing of what is absent, deleted or no id', async () => {
    const deleted = await made();
    await owner.delete(`/webhooks/${deleted}`).expect(204);
    const staff = await w.staff('superuser');
    for (const route of routes.filter(({ path }) => path.includes(':'))) {
      const who = route.access.kind === 'requires' ? owner : staff;
      const names = [...route.path.matchAll(/:([a-z_]+)/g)].map(([, name]) => name ?? '');
      await refused(who, route.method as Method, pathWith(route), 'not_found', bodyFor(route));
      for (const name of names)
        await refused(who, route.method as Method, pathWith(route, { [name]: 'not-an-id' }), 'not_found', bodyFor(route));
      if (names.includes('webhook_id'))
        await refused(who, route.method as Method, pathWith(route, { webhook_id: deleted }), 'not_found', bodyFor(route));
    }
  });

  it('do not show or touch a delivery through another webhook of the same tenant', async () => {
    const [one, other] = [await made(), await made()];
    const delivery_id = await delivery(one, 'delivering', 'dlq');
    for (const [method, path, body] of [
      ['GET', `/webhooks/${other}/deliveries/${delivery_id}`],
      ['POST', `/webhooks/${other}/deliveries/${delivery_id}/retry`, {}],
      ['POST', `/webhooks/${other}/deliveries/${delivery_id}/cancel`, {}],
      ['POST', `/webhooks/${other}/dlq/replay`, { delivery_ids: [delivery_id] }],
      ['POST', `/webhooks/${other}/dlq/purge`, { delivery_ids: [delivery_id], reason }],
    ] as const)
      await refused(owner, method, path, 'not_found', body);
    expect((await owner.get(`/webhooks/${one}/deliveries/${delivery_id}`).expect(200)).body.status).toBe('dlq');
  });

  it('refuse fields and parameters that they do not have, and values outside their bounds', async () => {
    const staff = await w.staff('superuser');
    for (const route of routes) {
      const who = route.access.kind === 'requires' ? owner : staff;
      if (bodyClassOf(route.controller, route.handler_name)) {
        const told = await refused(who, route.method as Method, pathWith(route), 'validation_failed', { ...bodyFor(route), stranger: 1 });
        expect([route.id, told.errors?.map(({ field }) => field)]).toEqual([route.id, ['/stranger']]);
      }
      if (listSpecOf(route.handler)) {
        for (const query of ['stranger=1', 'limit=0', 'limit=101', 'limit=x'])
          await refused(who, 'GET', `${pathWith(route)}?${query}`, 'validation_failed');
        await refused(who, 'GET', `${pathWith(route)}?cursor=c1.e30.AAAA`, 'cursor_invalid');
      }
    }
    const webhook_id = await made();
    for (const path of ['/webhooks/deliveries', `/webhooks/${webhook_id}/deliveries`])
      for (const query of ['status=sent', 'http_status=99', 'http_status=600', 'since=yesterday', 'until=2026-13-01', 'event_id=7', `event_type=${'x'.repeat(81)}`]) {
        const told = await refused(owner, 'GET', `${path}?${query}`, 'validation_failed');
        expect(told.errors?.[0]?.field).toBe(`/query/${query.split('=')[0]}`);
      } // prettier-ignore
    await refused(owner, 'GET', `/webhooks/${webhook_id}/dlq?status=dlq`, 'validation_failed');
    await refused(owner, 'GET', '/webhooks?status=gone', 'validation_failed');
    await refused(owner, 'GET', `/webhooks/${webhook_id}/stats?window=1y`, 'validation_failed');
    await refused(owner, 'POST', `/webhooks/${webhook_id}/test`, 'validation_failed', { event_type: 'settings.changed' });
    await refused(owner, 'POST', `/webhooks/${webhook_id}/rotate-secret`, 'validation_failed', { overlap_s: -1 });
    await refused(owner, 'POST', `/webhooks/${webhook_id}/resume`, 'validation_failed', { release_held: 'yes' });
    for (const body of [{ delivery_ids: [] }, { delivery_ids: ['x'] }, { delivery_ids: Array.from({ length: 501 }, () => newId()) }, { http_status: 1 }, { since: 'now' }])
      for (const verb of ['replay', 'purge']) await refused(owner, 'POST', `/webhooks/${webhook_id}/dlq/${verb}`, 'validation_failed', { ...body, ...(verb === 'purge' ? { reason } : {}) }); // prettier-ignore
    for (const body of [{}, { since: 'now' }, { since: new Date().toISOString(), statuses: ['pending'] }, { since: new Date().toISOString(), statuses: [] }])
      await refused(owner, 'POST', `/webhooks/${webhook_id}/recover`, 'validation_failed', body); // prettier-ignore
    const early = await refused(owner, 'POST', `/webhooks/${webhook_id}/recover`, 'validation_failed', { since: new Date(Date.now() - 40 * 86_400_000).toISOString() }); // prettier-ignore
    expect(early.errors).toMatchObject([{ field: '/since', code: 'too_early' }]);
  });

  it.each(['POST', 'PATCH', 'PUT'] as const)(
    '%s of an endpoint refuses events, addresses, headers and names that it may not have',
    async (method) => {
      const webhook_id = await made();
      const taken = wanted();
      await owner.post('/webhooks', taken).expect(201);
      const path = method === 'POST' ? '/webhooks' : `/webhooks/${webhook_id}`;
      const write = (code: string, over: object, who: Caller = owner) =>
        refused(who, method, path, code, method === 'POST' ? wanted(over) : over);
      for (const over of [{ name: '' }, { name: 'x'.repeat(81) }, { events: [] }, { events: Array.from({ length: 101 }, (_, n) => `a.b${n}`) }, { retry_count: 13 }, { timeout_ms: 60_001 }, { url: 'https://a:b@93.184.215.14/' }, { url: `https://93.184.215.14/#part` }, { url: `https://93.184.215.14/${'x'.repeat(2_048)}` }])
      await write('validation_failed', over); // prettier-ignore
      const unknown = await write('unknown_event', { events: ['inventory.sold'] });
      expect(unknown).toMatchObject({ unknown_events: ['inventory.sold'], valid_events: expect.arrayContaining(['order.created']) });
      for (const url of ['https://10.1.2.3/', 'https://93.184.215.14:6379/']) await write('destination_not_allowed', { url });
      for (const headers of [{ 'x-webhook-event': 'mine' }, { 'Content-Type': 'text/plain' }])
        await write('header_not_allowed', { headers });
      await write('name_taken', { name: taken.name });
      const clerk = await holder('webhooks:read', 'webhooks:write', 'inventory:read');
      for (const [events, missing] of [[['order.created'], ['orders:read']], [['*'], expect.arrayContaining(['orders:read', 'users:read'])]] as const)
      expect(await write('event_not_permitted', { events }, clerk)).toMatchObject({ missing }); // prettier-ignore
      if (method !== 'POST') {
        const { body, status } = await owner[method === 'PUT' ? 'put' : 'patch'](path, { timeout_ms: 5_000 }).set('if-match', '"99"');
        expect([status, body.code]).toEqual([412, 'precondition_failed']);
        seen.add(`${routeOf(method, path).id} precondition_failed`);
        expect((await owner.get(path).expect(200)).body).toMatchObject({ url: ADDRESS, events: ['inventory.*'], row_version: 1 });
        return;
      }
      const tenant = await w.tenant();
      const user = await tenant.user();
      await asSuperuser(`update entitlements set limits = limits || '{"max_webhooks": 0}' where tenant_id = $1`, tenant.tenant_id);
      expect(await refused(user, 'POST', '/webhooks', 'limit_reached', wanted())).toMatchObject({ limit: 'max_webhooks', used: 0, max: 0 });
    },
  );

  it('refuse what the state of an endpoint forbids', async () => {
    const admin = await w.staff('ops_admin');
    const webhook_id = await made();
    const path = `/webhooks/${webhook_id}`;
    await refused(owner, 'POST', `${path}/resume`, 'webhook_already_active', {});
    await refused(owner, 'POST', `${path}/promote-secret`, 'no_rotation', {});
    await owner.post(`${path}/rotate-secret`).expect(200);
    await refused(owner, 'POST', `${path}/rotate-secret`, 'rotation_open', {});
    const dead = await delivery(webhook_id, 'delivering', 'dlq');
    const since = new Date(Date.now() - 60_000).toISOString();

    await refused(admin, 'POST', `/ops${path}/enable`, 'webhook_already_active', { reason });
    const states = [
      ['paused', () => owner.post(`${path}/pause`).expect(200)],
      ['disabled', () => admin.post(`/ops${path}/disable`, { reason }).expect(200)],
    ] as const;
    for (const [status, enter] of states) {
      await enter();
      for (const [verb, body] of [
        ['pause', {}],
        ['test', {}],
        [`deliveries/${dead}/retry`, {}],
        ['dlq/replay', {}],
        ['dlq/replay', { dry_run: true }],
        ['recover', { since }],
      ] as const)
        expect((await refused(owner, 'POST', `${path}/${verb}`, 'webhook_not_active', body))['status']).toBeDefined();
      expect((await owner.get(path).expect(200)).body.status).toBe(status);
    }
    await refused(admin, 'POST', `/ops${path}/disable`, 'webhook_not_active', { reason });
    // Giving up what is dead needs no living endpoint.
    expect((await owner.post(`${path}/dlq/purge`, { reason, dry_run: true }).expect(200)).body).toEqual({ count: 1 });
    await owner.post(`${path}/resume`).expect(200);
    await owner.post(`${path}/deliveries/${dead}/retry`).expect(202);
  });

  it('refuse a second hand on a delivery that moves or has ended', async () => {
    const webhook_id = await made();
    const path = `/webhooks/${webhook_id}/deliveries`;
    for (const states of [[], ['delivering']]) {
      const id = await delivery(webhook_id, ...states);
      await refused(owner, 'POST', `${path}/${id}/retry`, 'delivery_in_progress', {});
    }
    await refused(owner, 'POST', `${path}/${await delivery(webhook_id, 'delivering')}/cancel`, 'delivery_in_progress', {});
    for (const states of [['delivering', 'dlq'], ['delivering', 'success'], ['cancelled']])
      await refused(owner, 'POST', `${path}/${await delivery(webhook_id, ...states)}/cancel`, 'delivery_finished', {});
    for (const state of ['pending', 'held']) {
      const id = await delivery(webhook_id, ...(state === 'held' ? ['held'] : []));
      expect((await owner.post(`${path}/${id}/cancel`).expect(200)).body.status).toBe('cancelled');
    }
    const lost = await delivery(webhook_id, 'delivering', 'dlq');
    await asSuperuser('update webhook_deliveries set event_id = $2 where delivery_id = $1', lost, newId());
    await refused(owner, 'POST', `${path}/${lost}/retry`, 'event_expired', {});
    // Ten tests a minute.
    const other = await made();
    for (let n = 0; n < 10; n += 1) await owner.post(`/webhooks/${other}/test`).expect(202);
    const { body, headers } = await owner.post(`/webhooks/${other}/test`).expect(429);
    expect([body.code, Number(headers['retry-after']) > 0]).toEqual(['rate_limited', true]);
    await owner.post(`/webhooks/${await made()}/test`).expect(202); // each endpoint has its own
  });

  it('refuse a second bulk job of an endpoint, and the end of one that has ended', async () => {
    const webhook_id = await made();
    const since = new Date(Date.now() - 60_000).toISOString();
    const { body } = await owner.post(`/webhooks/${webhook_id}/dlq/replay`).expect(202);
    await refused(owner, 'POST', `/webhooks/${webhook_id}/dlq/replay`, 'job_running', {});
    await refused(owner, 'POST', `/webhooks/${webhook_id}/dlq/purge`, 'job_running', { reason });
    await refused(owner, 'POST', `/webhooks/${webhook_id}/recover`, 'job_running', { since });
    for (const bad of ['', 'short']) {
      const told = await call(owner, 'POST', `/webhooks/${webhook_id}/dlq/purge`, { reason: bad });
      expect(told.status).toBe(400);
    }
    await refused(owner, 'POST', `/webhooks/${webhook_id}/dlq/purge`, 'reason_required', { reason: 'short' });
    expect((await owner.post(`/webhooks/jobs/${body.webhook_job_id}/cancel`).expect(200)).body.state).toBe('cancelled');
    await refused(owner, 'POST', `/webhooks/jobs/${body.webhook_job_id}/cancel`, 'job_finished', {});
    await owner.post(`/webhooks/${webhook_id}/dlq/purge`, { reason }).expect(202);
  });

  it('give the body of an event to who may read it, and have none of what no webhook carries', async () => {
    const watcher = await holder('webhooks:read', 'stores:read');
    const { body: store } = await owner.post('/stores', { code: `R${(count += 1)}`, name: 'R' }).expect(201);
    await owner.patch(`/stores/${store.store_id}`, { name: 'Other' }).expect(200);
    await owner.post('/products', { name: 'Tea', sku: `SKU-${newId()}`, price_minor: 100 }).expect(201);
    const eventOf = async (type: string): Promise<string> =>
      (await asSuperuser('select event_id from events where tenant_id = $1 and event_type = $2 order by event_id desc limit 1', acme.tenant_id, type))
        .rows[0].event_id as string; // prettier-ignore
    expect((await watcher.get(`/webhooks/events/${await eventOf('store.created')}`).expect(200)).body.data.store_id).toBe(store.store_id);
    const hidden = await eventOf('inventory.created');
    expect(await refused(watcher, 'GET', `/webhooks/events/${hidden}`, 'permission_denied')).toMatchObject({
      permission: 'inventory:read',
    });
    await owner.get(`/webhooks/events/${hidden}`).expect(200);
    await refused(owner, 'GET', `/webhooks/events/${await eventOf('store.updated')}`, 'not_found');
    // The same in the log of deliveries.
    const webhook_id = await made({ events: ['inventory.created', 'store.created'] });
    for (const [type, withheld] of [['inventory.created', true], ['store.created', false]] as const) {
      const { body } = await owner.post(`/webhooks/${webhook_id}/test`, { event_type: type }).expect(202);
      const shown = (await watcher.get(`/webhooks/${webhook_id}/deliveries/${body.delivery_id}`).expect(200)).body;
      expect([type, shown.body_withheld, shown.body === null]).toEqual([type, withheld, withheld]);
    } // prettier-ignore
  });

  it('write down each change under its own name, in the log of the tenant', async () => {
    const tenant = await w.tenant();
    const user = await tenant.user();
    const admin = await w.staff('ops_admin');
    const webhook_id = await made({}, user);
    const path = `/webhooks/${webhook_id}`;
    const test = async (...states: string[]): Promise<string> => {
      const { body } = await user.post(`${path}/test`).expect(202);
      for (const state of states)
        await asSuperuser('update webhook_deliveries set status = $2 where delivery_id = $1', body.delivery_id, state);
      return body.delivery_id as string;
    };
    await user.patch(path, { timeout_ms: 5_000 }).expect(200);
    await user.post(`${path}/pause`).expect(200);
    await user.post(`${path}/resume`).expect(200);
    await user.post(`${path}/rotate-secret`).expect(200);
    await user.post(`${path}/promote-secret`).expect(200);
    await user.post(`${path}/deliveries/${await test('delivering', 'dlq')}/retry`).expect(202);
    await user.post(`${path}/deliveries/${await test()}/cancel`).expect(200);
    for (const [verb, body] of [['dlq/replay', {}], ['dlq/purge', { reason }], ['recover', { since: new Date(Date.now() - 60_000).toISOString() }]] as const) {
      const job = (await user.post(`${path}/${verb}`, body).expect(202)).body.webhook_job_id as string;
      await user.post(`/webhooks/jobs/${job}/cancel`).expect(200);
    } // prettier-ignore
    await admin.post(`/ops${path}/disable`, { reason }).expect(200);
    await admin.post(`/ops${path}/enable`, { reason }).expect(200);
    await user.delete(path).expect(204);
    const event_id = newId();
    await asSuperuser(`insert into event_outbox (tenant_id, event_id, attempts, parked_at) values ($1, $2, 10, now())`, tenant.tenant_id, event_id); // prettier-ignore
    await admin.post(`/ops/webhooks/outbox/${event_id}/retry`, { reason }).expect(200);
    const written = new Set((await auditsOf(w, tenant.tenant_id)).map(({ action }) => action));
    const declared = [...new Set(routes.flatMap(({ audited }) => (typeof audited === 'string' ? [audited] : [])))];
    expect(declared.length).toBeGreaterThan(15);
    expect(declared.filter((action) => !written.has(action))).toEqual([]);
  });

  it('of staff ask for a reason', async () => {
    const admin = await w.staff('ops_admin');
    for (const path of [`/ops/webhooks/${newId()}/disable`, `/ops/webhooks/${newId()}/enable`, `/ops/webhooks/outbox/${newId()}/retry`])
      await refused(admin, 'POST', path, 'reason_required', { reason: 'short' });
  });

  it('have been answered with every refusal that they declare', () => {
    const missing = routes.flatMap(({ id, answer }) => answer.codes.filter((code) => code !== 'rate_limited' && !seen.has(`${id} ${code}`)).map((code) => `${id} ${code}`)); // prettier-ignore
    expect(missing).toEqual([]);
    const expected = tenantRoutes().flatMap(({ id, path }) => ['permission_denied', 'module_disabled', ...(path.includes(':') ? ['not_found'] : [])].map((code) => `${id} ${code}`)); // prettier-ignore
    expect(expected.filter((line) => !seen.has(line))).toEqual([]);
  });
});
