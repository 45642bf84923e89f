import { createHmac } from 'node:crypto';
import pg from 'pg';
import { WebhookDispatcher } from '../../apps/api/src/modules/webhooks/index.js';
import { ClaimRepository } from '../../apps/api/src/modules/webhooks/dispatch/claim.repository.js';
import { DeliverWebhook } from '../../apps/api/src/modules/webhooks/dispatch/deliver-webhook.js';
import { Sweeper } from '../../apps/api/src/modules/webhooks/dispatch/sweeper.js';
import { TenantDb } from '../../libs/platform/db/index.js';
import { Schedules } from '../../libs/platform/queue/index.js';
import { Outbox, Relay } from '../../libs/platform/outbox/index.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { eventually } from '../support/eventually.js';
import { Receiver, type Answers } from '../support/receiver.js';
import { auditsOf, eventsOf } from '../support/records.js';
import { testScope } from '../support/test-jobs.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

const DELAYS = [60, 120, 240];

interface Hook {
  readonly webhook_id: string;
  readonly secret: string;
  readonly path: string;
}
interface Delivery {
  readonly delivery_id: string;
  readonly event_type: string;
  readonly status: string;
  readonly attempts: number;
  readonly http_status: number | null;
  readonly error_code: string | null;
}

describe('sending webhooks', () => {
  let w: World;
  let receiver: Receiver;
  let superuser: pg.Client;
  let tenant: TestTenant;
  let owner: TestUser;
  beforeAll(async () => {
    receiver = await Receiver.start();
    w = await world({
      own_database: `webhooks_${process.pid}`,
      work: true,
      env: { WEBHOOK_ALLOWED_CIDRS: '127.0.0.1/32', WEBHOOK_RETRY_DELAYS: DELAYS.join(','), WEBHOOK_DISABLE_AFTER: '1h' },
    });
    superuser = new pg.Client({ connectionString: w.database.superUrl });
    await superuser.connect();
    tenant = await w.tenant();
    owner = await tenant.user();
  }, 60_000);
  /** A lane that sleeps has no work, whatever the test before has done. */
  afterEach(async () => {
    expect(await one(`select count(*)::int as n from webhook_lanes l where l.next_at = 'infinity' and l.parked_by = '{}' and exists (
      select from webhook_deliveries d where d.tenant_id = l.tenant_id and d.webhook_id = l.webhook_id and d.status in ('pending', 'delivering'))`)).toEqual({ n: 0 }); // prettier-ignore
  });
  afterAll(async () => {
    await superuser?.end();
    await receiver?.stop();
  });

  const one = async (statement: string, ...params: unknown[]): Promise<Record<string, unknown>> =>
    (await superuser.query<Record<string, unknown>>(statement, params)).rows[0] ?? {};
  /** Mails to the owner about the nth endpoint. */
  const mailsAbout = async (nth: number): Promise<number> =>
    (
      await one(
        'select count(*)::int as n from mail_messages where to_email = $1 and subject like $2',
        owner.email,
        `The webhook Hook ${nth} %`,
      )
    )['n'] as number;
  let count = 0;
  /** An endpoint with a path of its own. */
  const hook = async (answers: Answers = {}, over: object = {}, who = owner): Promise<Hook> => {
    const path = `/hook-${(count += 1)}`;
    const url = receiver.url(path, answers);
    const { body } = await who.post('/webhooks', { name: `Hook ${count}`, url, events: ['inventory.*'], ...over }).expect(201);
    return { ...(body.webhook as { webhook_id: string; secret: string }), path };
  };
  const product = async (who = owner): Promise<string> => {
    const { body } = await who.post('/products', { name: 'Tea', sku: `SKU-${newId()}`, price_minor: 100 }).expect(201);
    return body.product_id as string;
  };
  const deliveriesOf = async ({ webhook_id }: Hook, query = '', who = owner): Promise<Delivery[]> =>
    (await who.get(`/webhooks/${webhook_id}/deliveries?limit=100${query}`).expect(200)).body.data as Delivery[];
  const ended = (endpoint: Hook, status: string, n = 1, who = owner): Promise<Delivery[]> =>
    eventually(async () => {
      const rows = await deliveriesOf(endpoint, '', who);
      expect(rows.filter((row) => row.status === status)).toHaveLength(n);
      return rows;
    }, 6_000);
  const detail = async ({ webhook_id }: Hook, { delivery_id }: Delivery, who = owner) =>
    (await who.get(`/webhooks/${webhook_id}/deliveries/${delivery_id}`).expect(200)).body;
  /** Endpoints of earlier tests must not take part. */
  const quiet = (...endpoints: Hook[]) =>
    Promise.all(endpoints.map(({ webhook_id }) => owner.delete(`/webhooks/${webhook_id}`).expect(204)));

  it('[004-29] [004-40] [004-51] tells an endpoint of a change, signed, with the stored bytes', async () => {
    const endpoint = await hook({ body: 'thanks' }, { headers: { 'x-api-key': 'theirs' } });
    const deaf = await hook({}, { events: ['order.created'] });
    const product_id = await product();
    const [delivery] = await ended(endpoint, 'success');
    const [request] = receiver.at(endpoint.path);
    expect(receiver.at(endpoint.path)).toHaveLength(1);
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ type: 'inventory.created', tenant_id: tenant.tenant_id, data: { product_id } });
    expect(request?.headers).toMatchObject({
      'x-api-key': 'theirs',
      'x-webhook-event': 'inventory.created',
      'x-webhook-attempt': '1',
      'x-webhook-signature': createHmac('sha256', endpoint.secret)
        .update(request?.body ?? '')
        .digest('hex'),
      'webhook-id': `msg_${delivery?.delivery_id.replaceAll('-', '')}`,
    });
    const stored = await one('select body from events where event_id = $1', JSON.parse(request?.body ?? '{}').id);
    expect(stored).toEqual({ body: request?.body });
    const shown = await detail(endpoint, delivery as Delivery);
    expect(shown).toMatchObject({
      status: 'success',
      attempts: 1,
      http_status: 200,
      body_withheld: false,
      body: JSON.parse(request?.body ?? ''),
    });
    expect(shown.attempts_log).toEqual([
      expect.objectContaining({ n: 1, http_status: 200, error_code: null, response_body: 'thanks', total_ms: expect.any(Number) }),
    ]);
    expect(await deliveriesOf(deaf)).toEqual([]);
    // What the guide's four queries ask for; nothing has failed yet, so the ratio of successes is one.
    const viewer = await tenant.user({ role: 'viewer' });
    await viewer.post('/webhooks', {}).expect(403);
    const metrics = await w.runtime.metrics.expose();
    for (const series of [
      /^rbac_denied_total\{.+\} [1-9]/m,
      new RegExp(`^tenant_request_rate\\{tenant_id="${tenant.tenant_id}"\\} [1-9]`, 'm'),
      /^db_query_duration_seconds_bucket\{.+\} [1-9]/m,
    ])
      expect(metrics).toMatch(series);
    const counted = [...metrics.matchAll(/^webhook_deliveries_total\{event="[^"]+",status="(\w+)"\} (\d+)$/gm)];
    expect(counted.map(([, status, n]) => [status, Number(n)])).toEqual([['success', 1]]);
    await quiet(endpoint, deaf);
  });

  it('[004-40] tells nothing of what was rolled back', async () => {
    const endpoint = await hook();
    const { app } = w;
    await expect(
      app.get(TenantDb).run(testScope(tenant.tenant_id), async (tx) => {
        await app.get(Outbox).emit(tx, { type: 'inventory.created', subject_id: newId(), data: { variant_id: newId(), product_id: newId(), sku: 'X', name: 'X' } });
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind'); // prettier-ignore
    const product_id = await product();
    await ended(endpoint, 'success');
    expect(receiver.at(endpoint.path).map(({ body }) => JSON.parse(body).data.product_id)).toEqual([product_id]);
    await owner.patch(`/products/${product_id}`, { status: 'archived' }).expect(200);
    await ended(endpoint, 'success', 2);
    expect(receiver.at(endpoint.path).map(({ headers }) => headers['x-webhook-event'])).toEqual(['inventory.created', 'inventory.deleted']);
    await quiet(endpoint);
  });

  it('[004-30] sends a test that the log shows, once, whatever the answer', async () => {
    const endpoint = await hook();
    const { body } = await owner.post(`/webhooks/${endpoint.webhook_id}/test`).expect(202);
    expect(body).toMatchObject({ event_type: 'webhook.test', trigger: 'test', webhook_id: endpoint.webhook_id });
    expect(await ended(endpoint, 'success')).toMatchObject([{ delivery_id: body.delivery_id, event_type: 'webhook.test' }]);
    const broken = await hook({ status: 500 });
    await owner.post(`/webhooks/${broken.webhook_id}/test`, { event_type: 'order.created' }).expect(202);
    const [failed] = await ended(broken, 'dlq');
    expect(failed).toMatchObject({ attempts: 1, http_status: 500, event_type: 'order.created' });
    expect(JSON.parse(receiver.at(broken.path)[0]?.body ?? '')).toMatchObject({ type: 'order.created', data: { number: 'SO-1001' } });
    expect((await owner.get(`/webhooks/${broken.webhook_id}`)).body).toMatchObject({ failure_count: 0, last_failure_at: null });
    for (let i = 0; i < 9; i += 1) await owner.post(`/webhooks/${endpoint.webhook_id}/test`).expect(202);
    expect((await owner.post(`/webhooks/${endpoint.webhook_id}/test`).expect(429)).body.code).toBe('rate_limited');
    await owner.post(`/webhooks/${endpoint.webhook_id}/test`, { event_type: 'nothing.here' }).expect(400);
    await quiet(endpoint, broken);
  });

  it('[004-33] tries once and three times more, at the times of the plan, then puts it into the dead letters', async () => {
    const endpoint = await hook({ status: 500, body: 'no' });
    await product();
    const [dead] = await ended(endpoint, 'dlq');
    const sends = receiver.at(endpoint.path);
    expect(sends.map(({ headers }) => headers['x-webhook-attempt'])).toEqual(['1', '2', '3', '4']);
    expect(new Set(sends.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const waits = sends.slice(1).map(({ at }, i) => at - (sends[i]?.at ?? 0));
    for (const [i, planned] of DELAYS.entries()) {
      expect(waits[i]).toBeGreaterThanOrEqual(planned - 1);
      expect(waits[i]).toBeLessThan(planned * 1.1 + 1_000);
    }
    const { attempts_log } = await detail(endpoint, dead as Delivery);
    expect(attempts_log.map(({ n, http_status }: { n: number; http_status: number }) => [n, http_status])).toEqual([[4, 500], [3, 500], [2, 500], [1, 500]]); // prettier-ignore
    expect(attempts_log[0]).toMatchObject({ response_body: 'no', error_message: expect.any(String), started_at: expect.any(String) });
    expect((await owner.get(`/webhooks/${endpoint.webhook_id}/dlq`).expect(200)).body.data).toHaveLength(1);
    await quiet(endpoint);
  });

  it('[004-34] retries what may pass and nothing that will not', async () => {
    const final = await Promise.all([400, 404, 422].map((status) => hook({ status })));
    const passing = await Promise.all(
      [408, 425, 429, 500, 302].map((status) =>
        hook((_, nth) => ({ status: nth === 1 ? status : 204, headers: { location: 'http://127.0.0.1:1/' } })),
      ),
    );
    const reset = await hook((_, nth) => (nth === 1 ? { instead: 'reset' } : {})); // prettier-ignore
    await product();
    for (const endpoint of final) expect((await ended(endpoint, 'dlq'))[0]).toMatchObject({ attempts: 1 });
    for (const endpoint of [...passing, reset]) expect((await ended(endpoint, 'success'))[0]).toMatchObject({ attempts: 2 });
    await quiet(...final, ...passing, reset);
  });

  it('[004-34] waits as long as Retry-After asks', async () => {
    const endpoint = await hook((_, nth) => (nth === 1 ? { status: 503, headers: { 'retry-after': '1' } } : {}));
    await product();
    await ended(endpoint, 'success');
    const [first, second] = receiver.at(endpoint.path);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(999);
    await quiet(endpoint);
  });

  it('[004-34] [004-36] disables at once an endpoint that is gone, and keeps what comes meanwhile for its return', async () => {
    const endpoint = await hook((_, nth) => ({ status: nth === 1 ? 410 : 200 }));
    const watcher = await hook({}, { events: ['webhook.*'] });
    await product();
    await ended(endpoint, 'dlq');
    await eventually(async () => {
      expect((await owner.get(`/webhooks/${endpoint.webhook_id}`)).body).toMatchObject({ status: 'disabled', disabled_reason: 'gone' });
    });
    expect(await ended(watcher, 'success')).toMatchObject([{ event_type: 'webhook.endpoint_disabled' }]);
    expect((await auditsOf(w, tenant.tenant_id, 'webhook.disabled'))[0]?.changes).toMatchObject({ disabled_reason: [undefined, 'gone'] });
    expect(await mailsAbout(count - 1)).toBe(1);
    expect((await owner.post(`/webhooks/${endpoint.webhook_id}/test`).expect(409)).body.code).toBe('webhook_not_active');
    await owner.post(`/webhooks/${endpoint.webhook_id}/resume`).expect(200);
    await product();
    await ended(endpoint, 'success');
    await quiet(endpoint, watcher);
  });

  it('[004-35] ends a send that takes longer than the endpoint allows', async () => {
    const endpoint = await hook({ instead: 'never' }, { timeout_ms: 1_000, retry_count: 0 });
    await product();
    const [dead] = await ended(endpoint, 'dlq');
    expect(dead).toMatchObject({ attempts: 1, error_code: 'timeout', http_status: null });
    const { attempts_log } = await detail(endpoint, dead as Delivery);
    expect(attempts_log[0].total_ms).toBeGreaterThanOrEqual(990);
    // Who never answered has no time of an answer.
    const stats = await owner.get(`/webhooks/${endpoint.webhook_id}/stats?window=1h`).expect(200);
    expect(stats.body).toMatchObject({ counts: { dlq: 1 }, p50_ms: null, p95_ms: null });
    expect(attempts_log[0].total_ms).toBeLessThan(1_800);
    await quiet(endpoint);
  });

  it('[004-36] [004-37] shows the health of an endpoint, and tells of the tenth failure once', async () => {
    const isUp = { now: false };
    const endpoint = await hook(() => ({ status: isUp.now ? 200 : 500 }), { retry_count: 12 });
    const watcher = await hook({}, { events: ['webhook.endpoint_failing'] });
    const health = async () => (await owner.get(`/webhooks/${endpoint.webhook_id}`).expect(200)).body;
    for (let i = 0; i < 4; i += 1) await product();
    await eventually(async () => expect((await health()).failure_count).toBeGreaterThanOrEqual(10), 8_000);
    expect(await health()).toMatchObject({
      last_success_at: null,
      last_failure_at: expect.any(String),
      failing_since: expect.any(String),
      status: 'active',
    });
    await ended(watcher, 'success');
    const [failing, ...more] = await eventsOf(w, tenant.tenant_id, 'webhook.endpoint_failing');
    expect(failing).toMatchObject({ subject_id: endpoint.webhook_id, data: { failure_count: expect.any(Number) } });
    expect(more).toEqual([]);
    isUp.now = true;
    for (const { delivery_id } of await deliveriesOf(endpoint, '&status=dlq'))
      await owner.post(`/webhooks/${endpoint.webhook_id}/deliveries/${delivery_id}/retry`);
    await superuser.query(`update webhook_deliveries set next_retry_at = now() where webhook_id = $1 and status = 'pending'`, [endpoint.webhook_id]); // prettier-ignore
    await superuser.query(`update webhook_lanes set next_at = now() where webhook_id = $1`, [endpoint.webhook_id]);
    await ended(endpoint, 'success', 4);
    await eventually(
      async () => expect(await health()).toMatchObject({ failure_count: 0, failing_since: null, last_success_at: expect.any(String) }),
      4_000,
    );
    await quiet(endpoint, watcher);
  }, 30_000);

  it('[004-36] warns of an endpoint without a success and disables it when its time is over', async () => {
    const endpoint = await hook({ status: 500 });
    const failingFor = (minutes: number) =>
      superuser.query(`update webhook_endpoints set failure_count = 12, failing_since = now() - $2 * interval '1 minute' where webhook_id = $1`, [endpoint.webhook_id, minutes]); // prettier-ignore
    for (const [minutes, sent] of [
      [10, 0],
      [31, 1],
      [32, 1],
      [55, 2],
    ] as const) {
      await failingFor(minutes); // prettier-ignore
      await w.app.get(Sweeper, { strict: false }).tidy();
      expect([minutes, await mailsAbout(count)]).toEqual([minutes, sent]);
    }
    await failingFor(61);
    await w.app.get(Sweeper, { strict: false }).tidy();
    expect((await owner.get(`/webhooks/${endpoint.webhook_id}`)).body).toMatchObject({ status: 'disabled', disabled_reason: 'no_success' });
    expect((await owner.post(`/webhooks/${endpoint.webhook_id}/resume`).expect(200)).body).toMatchObject({
      status: 'active',
      failure_count: 0,
      failing_since: null,
    });
    await quiet(endpoint);
  });

  it('[004-32] holds what comes while an endpoint is paused, and cancels what waits when it is deleted', async () => {
    const endpoint = await hook({ status: 500 }, { retry_count: 12 });
    await product();
    await eventually(() => expect(receiver.at(endpoint.path).length).toBeGreaterThan(0));
    await owner.post(`/webhooks/${endpoint.webhook_id}/pause`).expect(200);
    await product();
    await ended(endpoint, 'held', 2);
    const sent = receiver.at(endpoint.path).length;
    await w.app.get(Sweeper, { strict: false }).tidy();
    expect(receiver.at(endpoint.path)).toHaveLength(sent);
    await owner.delete(`/webhooks/${endpoint.webhook_id}`).expect(204);
    expect(await one(`select array_agg(distinct status) as s from webhook_deliveries where webhook_id = $1`, endpoint.webhook_id)).toEqual({
      s: ['cancelled'],
    });
    await product();
    expect(await one(`select count(*)::int as n from webhook_deliveries where webhook_id = $1`, endpoint.webhook_id)).toEqual({ n: 2 });
  });

  it('[004-32] sends one again on request, once for a double click, under the same id', async () => {
    const isUp = { now: false };
    const endpoint = await hook(() => ({ status: isUp.now ? 200 : 400, after_ms: 100 }));
    await product();
    const [dead] = await ended(endpoint, 'dlq');
    isUp.now = true;
    const path = `/webhooks/${endpoint.webhook_id}/deliveries/${dead?.delivery_id}`;
    const clicks = await Promise.all([owner.post(`${path}/retry`), owner.post(`${path}/retry`)]);
    expect(clicks.map(({ status }) => status).sort()).toEqual([202, 409]);
    expect(clicks.find(({ status }) => status === 409)?.body.code).toBe('delivery_in_progress');
    expect((await ended(endpoint, 'success'))[0]).toMatchObject({ attempts: 2 });
    expect(new Set(receiver.at(endpoint.path).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect((await owner.post(`${path}/cancel`).expect(409)).body.code).toBe('delivery_finished');
    await superuser.query(`update webhook_deliveries set event_id = $2 where delivery_id = $1`, [dead?.delivery_id, newId()]);
    expect((await owner.post(`${path}/retry`).expect(409)).body.code).toBe('event_expired');
    await quiet(endpoint);
    await owner.post(`${path}/retry`).expect(404);
  });

  it('[004-32] sends with the new secret where only that is known, and then drops the old one', async () => {
    const known = { secret: '' };
    const endpoint = await hook(({ headers, body }) => ({
      status: headers['x-webhook-signature'] === createHmac('sha256', known.secret).update(body).digest('hex') ? 200 : 401,
    }));
    known.secret = (await owner.post(`/webhooks/${endpoint.webhook_id}/rotate-secret`).expect(200)).body.webhook.secret as string;
    await product();
    const [delivered] = await ended(endpoint, 'success');
    expect(delivered).toMatchObject({ attempts: 1 });
    const { attempts_log } = await detail(endpoint, delivered as Delivery);
    expect(attempts_log.map(({ http_status, error_code }: Delivery) => [http_status, error_code])).toEqual([[200, null], [401, 'rotation']]); // prettier-ignore
    await eventually(async () => {
      const { secret_versions } = (await owner.get(`/webhooks/${endpoint.webhook_id}`)).body;
      expect(secret_versions.map(({ state }: { state: string }) => state)).toEqual(['current', 'retired']);
    });
    await quiet(endpoint);
  });

  it('[004-32] signs with the old secret until the overlap ends, and never after', async () => {
    const endpoint = await hook();
    const signature = (i: number) => receiver.at(endpoint.path)[i]?.headers['x-webhook-signature'];
    const of = (secret: string, i: number) => createHmac('sha256', secret).update(receiver.at(endpoint.path)[i]?.body ?? '').digest('hex'); // prettier-ignore
    const { secret: next } = (await owner.post(`/webhooks/${endpoint.webhook_id}/rotate-secret`).expect(200)).body.webhook as {
      secret: string;
    };
    await product();
    await ended(endpoint, 'success', 1);
    expect(signature(0)).toBe(of(endpoint.secret, 0));
    await superuser.query(`update webhook_secrets set expires_at = now() - interval '1 s' where webhook_id = $1 and state = 'current'`, [
      endpoint.webhook_id,
    ]);
    await product(); // before anybody has written it down
    await ended(endpoint, 'success', 2);
    expect(signature(1)).toBe(of(next, 1));
    await w.app.get(Sweeper, { strict: false }).tidy();
    expect(await one(`select state, secret_enc from webhook_secrets where webhook_id = $1 and version = 1`, endpoint.webhook_id)).toEqual({
      state: 'retired',
      secret_enc: null,
    });
    await quiet(endpoint);
  });

  it('[004-39] does not let a dead endpoint delay the others', async () => {
    const dead = await hook({ instead: 'never' }, { timeout_ms: 5_000, retry_count: 0 });
    const healthy = await hook();
    for (let i = 0; i < 5; i += 1) await product();
    const begun = performance.now();
    await ended(healthy, 'success', 5);
    expect(performance.now() - begun).toBeLessThan(3_000);
    // One place, however much waits.
    expect(receiver.at(dead.path)).toHaveLength(1);
    await quiet(dead, healthy);
  });

  it('gives an endpoint that refuses everything its next delivery when one is done, not one a poll', async () => {
    const refusing = await hook({ status: 404 });
    for (let i = 0; i < 24; i += 1) await product();
    await ended(refusing, 'dlq', 24); // within six seconds; one a poll would be as long again
    const begun = performance.now();
    for (let i = 0; i < 24; i += 1) await product();
    const made_ms = performance.now() - begun;
    await ended(refusing, 'dlq', 48);
    expect(performance.now() - begun).toBeLessThan(made_ms + 3_000);
    await quiet(refusing);
  });

  it('withholds a body from who may not read its event', async () => {
    const endpoint = await hook({}, { events: ['inventory.created', 'store.created'] });
    const { body: role } = await owner.post('/roles', { name: 'Watcher', permissions: ['webhooks:read', 'stores:read'] }).expect(201);
    const watcher = await tenant.user({ role: role.code as string });
    await product();
    const [delivery] = await ended(endpoint, 'success');
    expect(await detail(endpoint, delivery as Delivery, watcher)).toMatchObject({ body: null, body_withheld: true });
    const { body } = await detail(endpoint, delivery as Delivery);
    expect((await watcher.get(`/webhooks/events/${body.id}`).expect(403)).body.code).toBe('permission_denied');
    expect((await owner.get(`/webhooks/events/${body.id}`).expect(200)).body).toEqual(body);
    await owner.get(`/webhooks/events/${newId()}`).expect(404);
    await quiet(endpoint);
  });

  it('[004-31] lists deliveries by status and event, a page at a time', async () => {
    const endpoint = await hook(({ headers }) => ({ status: headers['x-webhook-event'] === 'inventory.updated' ? 400 : 200 }));
    const id = await product();
    await product();
    await owner.patch(`/products/${id}`, { name: 'Other' }).expect(200);
    await ended(endpoint, 'success', 2);
    await ended(endpoint, 'dlq', 1);
    expect(await deliveriesOf(endpoint, '&status=dlq')).toMatchObject([{ event_type: 'inventory.updated', http_status: 400 }]);
    expect(await deliveriesOf(endpoint, '&event_type=inventory.created')).toHaveLength(2);
    expect(await deliveriesOf(endpoint, '&http_status=400')).toHaveLength(1);
    expect(await deliveriesOf(endpoint, `&until=${new Date(Date.now() - 3_600_000).toISOString()}`)).toEqual([]);
    expect(await deliveriesOf(endpoint, `&since=${new Date(Date.now() - 3_600_000).toISOString()}`)).toHaveLength(3);
    const path = `/webhooks/${endpoint.webhook_id}/deliveries?limit=2`;
    const first = await owner.get(path).expect(200);
    const second = await owner.get(`${path}&cursor=${first.body.next_cursor}`).expect(200);
    const ids = [...first.body.data, ...second.body.data].map((row: Delivery) => row.delivery_id);
    expect(ids).toEqual([...ids].sort().reverse());
    expect(ids).toHaveLength(3);
    await owner.get(`${path}&status=nonsense`).expect(400);
    expect((await owner.get(`/webhooks/${endpoint.webhook_id}/stats?window=1h`).expect(200)).body).toMatchObject({
      counts: { success: 2, dlq: 1, pending: 0 }, success_rate: 2 / 3, p50_ms: expect.any(Number),
    }); // prettier-ignore
    const { hours } = (await owner.get(`/webhooks/${endpoint.webhook_id}/stats?window=24h`).expect(200)).body as {
      hours: { at: string; success: number; dlq: number }[];
    };
    expect(hours.every(({ at }) => /T\d\d:00:00\.000Z$/.test(at))).toBe(true);
    // The three may lie on both sides of a full hour.
    const total = (of: 'success' | 'dlq'): number => hours.reduce((sum, hour) => sum + hour[of], 0);
    expect([total('success'), total('dlq')]).toEqual([2, 1]);
    await quiet(endpoint);
  });

  it('stops with the tenant’s module and goes on with it', async () => {
    const other = await w.tenant();
    const user = await other.user();
    const endpoint = await hook({}, {}, user);
    await user.patch('/tenant/settings', { modules: { webhooks: false } }).expect(200);
    await eventually(
      async () =>
        expect(await one('select parked_by from webhook_lanes where webhook_id = $1', endpoint.webhook_id)).toEqual({
          parked_by: ['module'],
        }),
      4_000,
    );
    await product(user);
    await eventually(async () =>
      expect(
        await one(`select count(*)::int as n from webhook_deliveries where webhook_id = $1 and status = 'pending'`, endpoint.webhook_id),
      ).toEqual({ n: 1 }),
    );
    expect(receiver.at(endpoint.path)).toEqual([]);
    await user.patch('/tenant/settings', { modules: { webhooks: true } }).expect(200);
    await ended(endpoint, 'success', 1, user);
  });

  describe('many at once', () => {
    const jobEnds = (webhook_job_id: string, state = 'succeeded') =>
      eventually(async () => {
        const { body } = await owner.get(`/webhooks/jobs/${webhook_job_id}`).expect(200);
        expect(body).toMatchObject({ state });
        return body as { total: number; done: number };
      }, 8_000);

    it('[004-32] replays dead letters: counts first, sends each once under its id, shows how far it came', async () => {
      const isUp = { now: false };
      const endpoint = await hook(
        ({ headers }) => ({ status: isUp.now ? 200 : headers['x-webhook-event'] === 'inventory.updated' ? 302 : 400 }),
        { retry_count: 0 },
      );
      const id = await product();
      for (let i = 0; i < 3; i += 1) await product();
      await owner.patch(`/products/${id}`, { name: 'Other' }).expect(200);
      const dead = await ended(endpoint, 'dlq', 5);
      const path = `/webhooks/${endpoint.webhook_id}/dlq/replay`;
      expect((await owner.post(path, { dry_run: true }).expect(200)).body).toEqual({ count: 5 });
      expect((await owner.post(path, { dry_run: true, http_status: 400 }).expect(200)).body).toEqual({ count: 4 });
      expect((await owner.post(path, { dry_run: true, error_code: 'redirect_refused' }).expect(200)).body).toEqual({ count: 1 });
      expect((await owner.post(path, { dry_run: true, error_code: 'timeout' }).expect(200)).body).toEqual({ count: 0 });
      expect(await deliveriesOf(endpoint, '&error_code=redirect_refused')).toMatchObject([
        { http_status: 302, event_type: 'inventory.updated' },
      ]);
      expect((await owner.post(path, { dry_run: true, event_type: 'inventory.created' }).expect(200)).body).toEqual({ count: 4 });
      expect((await owner.post(path, { dry_run: true, delivery_ids: [dead[0]?.delivery_id] }).expect(200)).body).toEqual({ count: 1 });
      expect((await owner.post(path, { delivery_ids: [newId()] }).expect(404)).body.code).toBe('not_found');
      isUp.now = true;
      const { body } = await owner.post(path, { event_type: 'inventory.created' }).expect(202);
      expect(body).toMatchObject({ kind: 'replay', total: 4, done: 0, state: 'queued' });
      expect(await jobEnds(body.webhook_job_id)).toMatchObject({ total: 4, done: 4 });
      await ended(endpoint, 'success', 4);
      expect(receiver.at(endpoint.path)).toHaveLength(9);
      expect(new Set(receiver.at(endpoint.path).map(({ headers }) => headers['webhook-id'])).size).toBe(5);
      expect((await auditsOf(w, tenant.tenant_id, 'webhook.replayed'))[0]?.changes).toMatchObject({ total: [undefined, 4] });
      expect((await owner.post(`/webhooks/jobs/${body.webhook_job_id}/cancel`).expect(409)).body.code).toBe('job_finished');

      expect((await owner.post(`/webhooks/${endpoint.webhook_id}/dlq/purge`, { reason: 'short' }).expect(400)).body.code).toBe(
        'reason_required',
      );
      const purge = await owner.post(`/webhooks/${endpoint.webhook_id}/dlq/purge`, { reason: 'these are of no use' }).expect(202);
      expect(await jobEnds(purge.body.webhook_job_id)).toMatchObject({ done: 1 });
      expect(await deliveriesOf(endpoint, '&status=cancelled')).toHaveLength(1);
      expect((await auditsOf(w, tenant.tenant_id, 'webhook.purged'))[0]).toMatchObject({ reason: 'these are of no use' });
      expect((await owner.get(`/webhooks/${endpoint.webhook_id}/jobs`).expect(200)).body.data).toHaveLength(2);
      await quiet(endpoint);
    });

    it('[004-32] [004-36] sends what was held, oldest first, when an endpoint is resumed', async () => {
      const endpoint = await hook();
      await owner.post(`/webhooks/${endpoint.webhook_id}/pause`).expect(200);
      const products: string[] = [];
      for (let i = 0; i < 4; i += 1) products.push(await product());
      await ended(endpoint, 'held', 4);
      await owner.post(`/webhooks/${endpoint.webhook_id}/resume`).expect(200);
      await ended(endpoint, 'success', 4);
      const sent = receiver.at(endpoint.path).map(({ body }) => JSON.parse(body).data.product_id as string);
      expect(sent[0]).toBe(products[0]); // its success opens the lane, and the others go side by side
      expect(sent.sort()).toEqual(products.sort());
      await quiet(endpoint);
    });

    it('recovers what an endpoint was not told while it was disabled, and makes nothing twice', async () => {
      const endpoint = await hook((_, nth) => ({ status: nth === 1 ? 410 : 200 }));
      const since = new Date(Date.now() - 1_000).toISOString();
      await product();
      await ended(endpoint, 'dlq');
      await eventually(async () => expect((await owner.get(`/webhooks/${endpoint.webhook_id}`)).body.status).toBe('disabled'));
      const missed = await product();
      await eventually(async () => expect(await one('select count(*)::int as n from event_outbox')).toEqual({ n: 0 }));
      const path = `/webhooks/${endpoint.webhook_id}/recover`;
      expect((await owner.post(path, { since }).expect(409)).body.code).toBe('webhook_not_active');
      await owner.post(`/webhooks/${endpoint.webhook_id}/resume`).expect(200);
      await owner.post(path, { since: new Date(Date.now() - 40 * 86_400_000).toISOString() }).expect(400);
      await owner.post(path, {}).expect(400);
      expect((await owner.post(path, { since, dry_run: true }).expect(200)).body).toEqual({ count: 1 });
      const { body: counted } = await owner.post(path, { since, include_missing: true, dry_run: true }).expect(200);
      const { body } = await owner.post(path, { since, include_missing: true }).expect(202);
      expect(body.total).toBe(counted.count);
      expect((await jobEnds(body.webhook_job_id)).done).toBe(counted.count);
      await ended(endpoint, 'success', counted.count);
      expect(receiver.at(endpoint.path).map(({ body: sent }) => JSON.parse(sent).data.product_id)).toContain(missed);
      expect((await owner.post(path, { since, include_missing: true, dry_run: true }).expect(200)).body).toEqual({ count: 0 });
      await quiet(endpoint);
    });

    it('has one job of an endpoint at a time, 64 deliveries ahead at most, and stops when told', async () => {
      const endpoint = await hook((_, nth) => (nth <= 1 ? { status: 200 } : { instead: 'never' }), { timeout_ms: 60_000 });
      await product();
      await ended(endpoint, 'success');
      // A hundred dead letters of events that exist.
      await superuser.query(
        `insert into webhook_deliveries (tenant_id, delivery_id, webhook_id, event_id, event_type, status, completed_at)
         select d.tenant_id, overlay(d.delivery_id::text placing lpad(to_hex(i), 12, '0') from 25)::uuid, d.webhook_id, d.event_id, d.event_type, 'dlq', now()
           from webhook_deliveries d, generate_series(1, 100) i where d.webhook_id = $1`, [endpoint.webhook_id]); // prettier-ignore
      const path = `/webhooks/${endpoint.webhook_id}/dlq/replay`;
      const { body } = await owner.post(path).expect(202);
      expect((await owner.post(path).expect(409)).body.code).toBe('job_running');
      await eventually(async () =>
        expect((await owner.get(`/webhooks/jobs/${body.webhook_job_id}`)).body).toMatchObject({ state: 'running', total: 100, done: 64 }),
      );
      expect(
        await one(
          `select count(*)::int as n from webhook_deliveries where webhook_id = $1 and status in ('pending', 'delivering')`,
          endpoint.webhook_id,
        ),
      ).toEqual({ n: 64 });
      expect((await owner.post(`/webhooks/jobs/${body.webhook_job_id}/cancel`).expect(200)).body).toMatchObject({
        state: 'cancelled',
        done: 64,
      });
      await quiet(endpoint);
      receiver.cut(endpoint.path);
    });
  });

  describe('with the dispatcher at rest', () => {
    beforeAll(() => w.app.get(WebhookDispatcher, { strict: false }).stop());
    afterAll(() => w.app.get(WebhookDispatcher, { strict: false }).start());

    const waiting = async (endpoint: Hook, n: number): Promise<void> =>
      eventually(async () => expect(await deliveriesOf(endpoint, '&status=pending')).toHaveLength(n));
    const claimed = async (endpoint: Hook, pool: 'fast' | 'slow' = 'slow') => {
      const { work } = await w.app
        .get(ClaimRepository, { strict: false })
        .claim({ pool, free: 256, tenant_limit: 64, in_flight: new Map(), lease_margin_ms: 1_000 });
      return work.filter(({ webhook_id }) => webhook_id === endpoint.webhook_id);
    };

    it('gives an unproven endpoint one place and a proven one eight a visit', async () => {
      const endpoint = await hook();
      for (let i = 0; i < 20; i += 1) await product();
      await waiting(endpoint, 20);
      expect(await claimed(endpoint)).toHaveLength(1);
      expect(await claimed(endpoint)).toHaveLength(0);
      await superuser.query('update webhook_lanes set proven = true, slow = false, next_at = now() where webhook_id = $1', [
        endpoint.webhook_id,
      ]);
      expect(await claimed(endpoint, 'fast')).toHaveLength(8);
      expect(await claimed(endpoint, 'fast')).toHaveLength(7); // sixteen under way
      await superuser.query(`update webhook_lanes set next_at = now() where webhook_id = $1`, [endpoint.webhook_id]);
      expect(await claimed(endpoint, 'fast')).toHaveLength(0);
      await quiet(endpoint);
    });

    it('[004-38] brings back what a lost worker held, without a failure; the fifth loss is the last', async () => {
      const endpoint = await hook();
      await product();
      await waiting(endpoint, 1);
      const sweeper = w.app.get(Sweeper, { strict: false });
      for (let loss = 1; loss <= 5; loss += 1) {
        await superuser.query('update webhook_lanes set next_at = now() where webhook_id = $1', [endpoint.webhook_id]);
        expect(await claimed(endpoint)).toMatchObject([{ attempts: loss, failures: 0 }]);
        await sweeper.expireLeases(); // the lease is not over: nothing happens
        expect(await deliveriesOf(endpoint, '&status=delivering')).toHaveLength(1);
        await superuser.query(`update webhook_deliveries set leased_until = now() - interval '1 s' where webhook_id = $1`, [
          endpoint.webhook_id,
        ]);
        await sweeper.expireLeases();
      }
      const [dead] = await deliveriesOf(endpoint, '&status=dlq');
      expect(dead).toMatchObject({ error_code: 'worker_lost', attempts: 5 });
      const shown = await detail(endpoint, dead as Delivery);
      expect(shown).toMatchObject({ failures: 0 });
      expect(shown.attempts_log.map(({ error_code }: Delivery) => error_code)).toEqual(Array(5).fill('worker_lost'));
      await quiet(endpoint);
    });

    it('sleeps over nothing: a row that commits between the claim and the lock keeps its lane awake', async () => {
      const endpoint = await hook();
      const lane = { tenant_id: tenant.tenant_id, webhook_id: endpoint.webhook_id };
      await superuser.query('update webhook_lanes set next_at = now() where webhook_id = $1', [endpoint.webhook_id]);
      await product();
      await waiting(endpoint, 1); // the relay has committed; a dispatcher that saw nothing before it now puts the lane to sleep
      await w.app.get(ClaimRepository, { strict: false }).sleep([lane]);
      expect(await one(`select next_at <= now() as awake from webhook_lanes where webhook_id = $1`, endpoint.webhook_id)).toEqual({
        awake: true,
      });
      await superuser.query(`update webhook_deliveries set status = 'cancelled' where webhook_id = $1`, [endpoint.webhook_id]);
      await w.app.get(ClaimRepository, { strict: false }).sleep([lane]);
      expect(await one(`select next_at = 'infinity' as asleep from webhook_lanes where webhook_id = $1`, endpoint.webhook_id)).toEqual({
        asleep: true,
      });
      await quiet(endpoint);
    });

    it('writes down a result that comes after its lease, and lets it change nothing', async () => {
      const endpoint = await hook();
      await product();
      await waiting(endpoint, 1);
      const [first] = await claimed(endpoint);
      if (!first) throw new Error('nothing was claimed');
      await superuser.query(`update webhook_deliveries set leased_until = now() - interval '1 s' where webhook_id = $1`, [
        endpoint.webhook_id,
      ]);
      await w.app.get(Sweeper, { strict: false }).expireLeases();
      await w.app.get(DeliverWebhook, { strict: false }).run(first, 'slow'); // it was only slow: its answer is 200
      const [delivery] = await deliveriesOf(endpoint);
      expect(delivery).toMatchObject({ status: 'pending', attempts: 1, http_status: null });
      const { attempts_log } = await detail(endpoint, delivery as Delivery);
      expect(attempts_log.map(({ error_code, http_status }: Delivery) => [error_code, http_status])).toEqual([['late_result', 200], ['worker_lost', null]]); // prettier-ignore
      await quiet(endpoint);
    });

    it('matches endpoints as they are when the event is taken: new ones get all, paused ones hold, deleted ones get none', async () => {
      await w.app.get(Relay).stop();
      const [paused, deleted] = [await hook(), await hook()];
      for (let i = 0; i < 3; i += 1) await product();
      const late = await hook();
      await owner.post(`/webhooks/${paused.webhook_id}/pause`).expect(200);
      await quiet(deleted);
      expect(await w.app.get(Relay).relayBatch()).toBe(3);
      expect(await deliveriesOf(late, '&status=pending')).toHaveLength(3);
      expect(await deliveriesOf(paused, '&status=held')).toHaveLength(3);
      expect(await one('select count(*)::int as n from webhook_deliveries where webhook_id = $1', deleted.webhook_id)).toEqual({ n: 0 });
      // The same events once more, as after a fan-out that was repeated: each is one row.
      await superuser.query(
        'insert into event_outbox (tenant_id, event_id) select distinct tenant_id, event_id from webhook_deliveries where webhook_id = $1',
        [late.webhook_id],
      );
      expect(await w.app.get(Relay).relayBatch()).toBe(3);
      expect(await deliveriesOf(late)).toHaveLength(3);
      w.app.get(Relay).start();
      await quiet(paused, late);
    });

    it('[004-39] gives a tenant at most its share of a pool', async () => {
      const endpoints = [await hook(), await hook(), await hook(), await hook()];
      for (let i = 0; i < 3; i += 1) await product();
      for (const endpoint of endpoints) await waiting(endpoint, 3);
      await superuser.query('update webhook_lanes set proven = true where tenant_id = $1', [tenant.tenant_id]);
      const claims = w.app.get(ClaimRepository, { strict: false });
      const terms = { pool: 'slow', free: 256, lease_margin_ms: 1_000, tenant_limit: 7 } as const;
      expect((await claims.claim({ ...terms, in_flight: new Map() })).work).toHaveLength(7);
      await superuser.query('update webhook_lanes set next_at = now() where tenant_id = $1', [tenant.tenant_id]);
      expect((await claims.claim({ ...terms, in_flight: new Map([[tenant.tenant_id, 5]]) })).work).toHaveLength(2);
      await superuser.query('update webhook_lanes set next_at = now() where tenant_id = $1', [tenant.tenant_id]);
      expect((await claims.claim({ ...terms, in_flight: new Map([[tenant.tenant_id, 7]]) })).work).toHaveLength(0);
      await quiet(...endpoints);
    });

    it('refuses a move that a delivery does not make', async () => {
      const endpoint = await hook();
      await product();
      await waiting(endpoint, 1);
      for (const status of ['success', 'dlq'])
        await expect(
          superuser.query('update webhook_deliveries set status = $2 where webhook_id = $1', [endpoint.webhook_id, status]),
        ).rejects.toMatchObject({ code: '55000' });
      await quiet(endpoint);
    });
  });

  it('drops whole weeks that are no longer kept, tells of what was still open, and makes weeks ahead', async () => {
    const endpoint = await hook();
    await superuser.query(`
      select make_partition(t, t || '_2020_01_06', format('for values from (%L) to (%L)', partition_bound(t, '2020-01-06Z'), partition_bound(t, '2020-01-13Z')))
        from unnest(array['events', 'webhook_deliveries', 'webhook_attempts']) t`);
    const old_id = '016f8a00-0000-7000-8000-000000000001';
    await superuser.query(
      `insert into webhook_deliveries (tenant_id, delivery_id, webhook_id, event_id, event_type, status) values ($1, $2, $3, $2, 'inventory.created', 'held')`,
      [tenant.tenant_id, old_id, endpoint.webhook_id],
    );
    const weeks = () =>
      one(`select count(*)::int as n from pg_class where relname ~ '^(events|webhook_deliveries|webhook_attempts)_2020_01_06$'`);
    expect(await weeks()).toEqual({ n: 3 });
    const outcome = await w.app.get(Schedules, { strict: false }).runNow('webhooks.retain');
    expect(outcome).toMatchObject({ processed: 3, failed: 0 });
    expect(await weeks()).toEqual({ n: 0 });
    expect(await w.runtime.metrics.expose()).toContain('webhook_expired_total{status="held"} 1');
    const [{ n }] = (await superuser.query(`select count(*)::int as n from pg_class where relname ~ '^webhook_deliveries_\\d{4}_'`))
      .rows as [{ n: number }];
    expect(n).toBeGreaterThanOrEqual(5);
    // The young are safe from whoever asks.
    expect(await one(`select drop_expired_week('webhook_deliveries', interval '0') as week`)).toEqual({ week: null });
    await expect(superuser.query(`select drop_expired_week('stores', interval '90 days')`)).rejects.toMatchObject({ code: '22023' });
    await quiet(endpoint);
  });

  it('[004-50] counts each delivery once, when it ends, by event and status', async () => {
    const count = async (status: string): Promise<number> =>
      Number(
        new RegExp(`webhook_deliveries_total\\{event="store\\.created",status="${status}"\\} (\\d+)`).exec(
          await w.runtime.metrics.expose(),
        )?.[1] ?? 0,
      );
    const good = await hook({}, { events: ['store.created'] });
    const bad = await hook({ status: 500 }, { events: ['store.created'], retry_count: 2 });
    await owner.post('/stores', { code: 'M1', name: 'M1' }).expect(201);
    await ended(good, 'success');
    await ended(bad, 'dlq');
    expect([await count('success'), await count('dlq')]).toEqual([1, 1]);
    const text = await w.runtime.metrics.expose();
    expect(text).toMatch(/webhook_attempts_total\{outcome="success"\} \d+/);
    for (const name of [
      'webhook_backlog{pool="fast"}',
      'webhook_lanes{state="parked"}',
      'webhook_pool_in_use{pool="slow"}',
      'webhook_e2e_latency_seconds_count',
      'webhook_lane_repaired_total 0',
    ])
      expect(text).toContain(name);
    await quiet(good, bad);
  });
});
