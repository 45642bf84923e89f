import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { auditsOf } from '../support/records.js';
import { withClient } from '../support/migrate.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { world, type World } from '../support/world.js';

const HEX_64 = /^[0-9a-f]{64}$/;
const ADDRESS = 'https://93.184.215.14/webhook';

interface Made {
  readonly webhook_id: string;
  readonly secret: string;
  readonly name: string;
}

describe('webhooks', () => {
  let w: World;
  let acme: TestTenant;
  let owner: TestUser;
  beforeAll(async () => {
    w = await world();
    acme = await w.tenant();
    owner = await acme.user();
  }, 60_000);

  let count = 0;
  const wanted = (over: object = {}) => ({ name: `Hook ${(count += 1)}`, url: ADDRESS, events: ['inventory.*'], ...over });
  const made = async (over: object = {}, who = owner): Promise<Made> =>
    (await who.post('/webhooks', wanted(over)).expect(201)).body.webhook as Made;
  /** A tenant of its own: the last test of limits and lists must see only its own rows. */
  const elsewhere = async () => {
    const tenant = await w.tenant();
    return { tenant, user: await tenant.user() };
  };

  describe('POST /webhooks', () => {
    it('[004-25] takes the call of the integrator’s guide word by word, and shows the secret this once', async () => {
      const { tenant, user } = await elsewhere();
      const call = {
        name: 'Inventory Sync Webhook',
        url: ADDRESS,
        events: ['inventory.updated', 'inventory.created', 'forecast.updated'],
        headers: { 'X-Custom-Header': 'value-of-the-header' },
        retry_count: 3,
        timeout_ms: 30_000,
      };
      const { body } = await w
        .request()
        .post('/api/webhooks')
        .set('host', 'localhost')
        .set('authorization', `Bearer ${user.token}`)
        .set('x-tenant-id', tenant.tenant_id)
        .send(call)
        .expect(201);
      expect(body).toEqual({
        success: true,
        webhook: {
          webhook_id: expect.any(String), secret: expect.stringMatching(HEX_64), name: call.name, url: ADDRESS, events: call.events, status: 'active',
        },
      }); // prettier-ignore
      const { webhook_id, secret } = body.webhook as Made;

      const answers = [
        await user.get(`/webhooks/${webhook_id}`).expect(200),
        await user.get('/webhooks').expect(200),
        await user.patch(`/webhooks/${webhook_id}`, { retry_count: 5 }).expect(200),
        await user.post(`/webhooks/${webhook_id}/pause`).expect(200),
        await user.post(`/webhooks/${webhook_id}/resume`).expect(200),
        await user.get('/audit-logs?limit=100').expect(200),
      ];
      const told = [...answers.map(({ text }) => text), ...w.logs.lines, JSON.stringify(await auditsOf(w, tenant.tenant_id))].join('\n');
      expect(told).not.toContain(secret);
      expect(told).not.toContain('value-of-the-header');
      expect(answers[0]?.body).toMatchObject({
        header_names: [expect.stringMatching(/^x-custom-header$/i)], retry_count: 3, timeout_ms: 30_000, failure_count: 0, secret_versions: [{ version: 1, state: 'current', expires_at: null }],
      }); // prettier-ignore
      expect((await auditsOf(w, tenant.tenant_id, 'webhook.created'))[0]).toMatchObject({
        targets: [{ type: 'webhook', id: webhook_id }],
        changes: { name: [undefined, call.name], url: [undefined, ADDRESS], events: [undefined, call.events] },
      });
      // At rest both are sealed.
      const rows = await withClient(w.database.superUrl, (client) =>
        client.query('select s.secret_enc, w.headers_enc from webhook_secrets s join webhook_endpoints w using (tenant_id, webhook_id) where webhook_id = $1', [webhook_id]),
      ); // prettier-ignore
      expect(rows.rows).toEqual([{ secret_enc: expect.stringMatching(/^v1\./), headers_enc: expect.stringMatching(/^v1\./) }]);
    });

    it('[004-26] refuses an event that does not exist and says which do; case and spelling count', async () => {
      for (const unknown of ['inventory.sold', 'Inventory.created', 'inventory', '*.created', 'settings.changed', 'member.*']) {
        const { body } = await owner.post('/webhooks', wanted({ events: ['inventory.created', unknown] })).expect(400);
        expect(body).toMatchObject({ code: 'unknown_event', unknown_events: [unknown] });
        expect(body.valid_events).toEqual(expect.arrayContaining(['inventory.created', 'order.created', 'webhook.test']));
        expect(body.valid_events).not.toContain('settings.changed');
      }
      for (const events of [['*'], ['order.*'], ['policy.committed', 'user.created']]) await made({ events });
      await owner.post('/webhooks', wanted({ events: [] })).expect(400);
      await owner.post('/webhooks', wanted({ events: ['*', '*'] })).expect(400);
    });

    it('refuses retries and times outside their bounds, and fills in what is left out', async () => {
      for (const bad of [{ retry_count: -1 }, { retry_count: 13 }, { timeout_ms: 999 }, { timeout_ms: 60_001 }, { name: ' ' }, { name: 'x'.repeat(81) }, { headers: { a: 1 } }, { status: 'paused' }]) {
        expect((await owner.post('/webhooks', wanted(bad)).expect(400)).body.code).toBe('validation_failed');
      } // prettier-ignore
      const { webhook_id } = await made();
      expect((await owner.get(`/webhooks/${webhook_id}`).expect(200)).body).toMatchObject({ retry_count: 3, timeout_ms: 30_000 });
    });

    it('[004-27] refuses addresses that are not public, at create and at every change, with one answer', async () => {
      const { webhook_id } = await made();
      const answers: unknown[] = [];
      for (const url of [
        'http://127.0.0.1/', 'http://localhost:8080/', 'https://10.0.0.8/hook', 'https://192.168.1.4/', 'http://169.254.169.254/latest/meta-data', 'http://[::1]/', 'http://2130706433/',
        'http://0x7f.1/', 'http://[::ffff:10.0.0.1]/', 'https://100.64.0.1/',
      ]) {
        const { body } = await owner.post('/webhooks', wanted({ url })).expect(400);
        const { request_id: _, ...answer } = (await owner.patch(`/webhooks/${webhook_id}`, { url }).expect(400)).body as Record<string, unknown>;
        expect([url, body.code]).toEqual([url, 'destination_not_allowed']);
        answers.push(answer);
      } // prettier-ignore
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      for (const url of ['ftp://93.184.215.14/', 'https://user:pass@93.184.215.14/', 'not a url'])
        await owner.post('/webhooks', wanted({ url })).expect(400);
      expect((await owner.get(`/webhooks/${webhook_id}`).expect(200)).body.url).toBe(ADDRESS);
    });

    it('[004-28] refuses headers that are ours or the protocol’s', async () => {
      for (const name of [
        'Webhook-Id',
        'x-webhook-signature',
        'Host',
        'Content-Type',
        'content-length',
        'Cookie',
        'Transfer-Encoding',
        'traceparent',
      ])
        expect([name, (await owner.post('/webhooks', wanted({ headers: { [name]: 'x' } })).expect(400)).body.code]).toEqual([
          name,
          'header_not_allowed',
        ]);
      for (const headers of [{ 'x-a': 'a\r\nx-b: c' }, { 'x a': 'b' }])
        expect((await owner.post('/webhooks', wanted({ headers })).expect(400)).body.code).toMatch(
          /^(header_not_allowed|validation_failed)$/,
        );
    });

    it('has one of a name, until it is deleted', async () => {
      const { name, webhook_id } = await made();
      expect((await owner.post('/webhooks', wanted({ name })).expect(409)).body.code).toBe('name_taken');
      const other = await made();
      expect((await owner.patch(`/webhooks/${other.webhook_id}`, { name }).expect(409)).body.code).toBe('name_taken');
      await owner.delete(`/webhooks/${webhook_id}`).expect(204);
      await made({ name });
    });

    it('takes a place of the plan and gives it back', async () => {
      const { tenant, user } = await elsewhere();
      await withClient(w.database.superUrl, (client) =>
        client.query(`update entitlements set limits = limits || '{"max_webhooks": 1}' where tenant_id = $1`, [tenant.tenant_id]),
      );
      const { webhook_id } = await made({}, user);
      expect((await user.post('/webhooks', wanted()).expect(409)).body).toMatchObject({ code: 'limit_reached', used: 1, max: 1 });
      await user.delete(`/webhooks/${webhook_id}`).expect(204);
      await made({}, user);
    });

    it('is for who may write webhooks and read what they carry', async () => {
      const viewer = await acme.user({ role: 'viewer' });
      expect((await viewer.post('/webhooks', wanted()).expect(403)).body.code).toBe('permission_denied');
      const { body: role } = await owner
        .post('/roles', { name: 'Integrator', permissions: ['webhooks:read', 'webhooks:write', 'inventory:read'] })
        .expect(201);
      const integrator = await acme.user({ role: role.code as string });
      for (const events of [['order.created'], ['*'], ['inventory.created', 'user.created']]) {
        const { body } = await integrator.post('/webhooks', wanted({ events })).expect(403);
        expect(body.code).toBe('event_not_permitted');
        expect(body.missing).not.toContain('inventory:read');
        expect(body.missing.length).toBeGreaterThan(0);
      }
      const own = await made({}, integrator);
      // A new address would take somebody else's events there.
      const { webhook_id } = await made({ events: ['order.created'] });
      expect((await integrator.patch(`/webhooks/${webhook_id}`, { url: 'https://93.184.215.15/' }).expect(403)).body.code).toBe(
        'event_not_permitted',
      );
      expect((await integrator.patch(`/webhooks/${own.webhook_id}`, { events: ['order.*'] }).expect(403)).body.missing).toEqual([
        'orders:read',
      ]);
      // Events are of the whole tenant: rights in one store do not read them.
      const { body: store } = await owner.post('/stores', { code: 'W1', name: 'W1' }).expect(201);
      const { body: hooks } = await owner.post('/roles', { name: 'Hooks', permissions: ['webhooks:write'] }).expect(201);
      const clerk = await acme.user({ role: hooks.code as string });
      await owner
        .patch(`/admin/members/${clerk.user_id}`, {
          assignments: [
            { role_id: hooks.role_id, store_scope: { mode: 'all', store_ids: [] } },
            { role_id: role.role_id, store_scope: { mode: 'selected', store_ids: [store.store_id] } },
          ],
        })
        .expect(200);
      expect((await clerk.post('/webhooks', wanted()).expect(403)).body).toMatchObject({
        code: 'event_not_permitted',
        missing: ['inventory:read'],
      });
    });
  });

  describe('GET /webhooks/events', () => {
    it('[004-41] lists every type with summary, schema and an example', async () => {
      const { body } = await owner.get('/webhooks/events').expect(200);
      const types = body.data.map(({ type }: { type: string }) => type);
      for (const type of [
        'inventory.created', 'inventory.updated', 'inventory.deleted', 'order.created', 'order.updated', 'forecast.updated', 'policy.committed', 'anomaly.detected',
        'user.created', 'tenant.updated', 'webhook.test',
      ]) expect(types).toContain(type); // prettier-ignore
      for (const { schema, example, summary } of body.data as { schema: { required: string[] }; example: object; summary: string }[]) {
        expect(Object.keys(example).sort()).toEqual([...schema.required].sort());
        expect(summary.length).toBeGreaterThan(8);
      }
      expect(body.data.find(({ type }: { type: string }) => type === 'order.created')).toMatchObject({
        requires: 'orders:read',
        emitted: false,
      });
      expect(body.data.find(({ type }: { type: string }) => type === 'user.created')).toMatchObject({
        requires: 'users:read',
        emitted: true,
      });
      expect(body.next_cursor).toBeNull();
    });
  });

  describe('changing one', () => {
    it('[004-32] changes only what is named, by PATCH and by PUT, and refuses a stale version', async () => {
      const { webhook_id, name } = await made({ headers: { authorization: 'Bearer abc' } });
      const path = `/webhooks/${webhook_id}`;
      const { body: changed } = await owner
        .patch(path, { events: ['user.created'], timeout_ms: 5_000 })
        .set('if-match', '"1"')
        .expect(200);
      expect(changed).toMatchObject({ name, events: ['user.created'], timeout_ms: 5_000, header_names: ['authorization'], row_version: 2 });
      expect(changed.granted_requires).toEqual(['users:read']);
      expect((await owner.patch(path, { timeout_ms: 6_000 }).set('if-match', '"1"').expect(412)).body.code).toBe('precondition_failed');
      const { body: put } = await owner.put(path, { headers: {} }).expect(200);
      expect(put).toMatchObject({ header_names: [], timeout_ms: 5_000, row_version: 3 });
      expect((await owner.patch(path, { timeout_ms: 5_000 }).expect(200)).body.row_version).toBe(3);
      expect((await owner.patch(path, { events: ['nothing.here'] }).expect(400)).body.code).toBe('unknown_event');
      const [last] = await auditsOf(w, acme.tenant_id, 'webhook.updated');
      expect(last?.changes).toEqual({ header_names: [['authorization'], []] });
    });

    it('[004-32] pauses, resumes and deletes; what is deleted is nowhere', async () => {
      const { webhook_id } = await made();
      const path = `/webhooks/${webhook_id}`;
      expect((await owner.post(`${path}/resume`).expect(409)).body.code).toBe('webhook_already_active');
      expect((await owner.post(`${path}/pause`).expect(200)).body.status).toBe('paused');
      expect((await owner.post(`${path}/pause`).expect(409)).body.code).toBe('webhook_not_active');
      expect((await owner.get('/webhooks?status=paused').expect(200)).body.data.map((row: Made) => row.webhook_id)).toContain(webhook_id);
      expect((await owner.post(`${path}/resume`, { release_held: false }).expect(200)).body.status).toBe('active');
      await owner.delete(path).expect(204);
      for (const answer of [
        owner.get(path),
        owner.delete(path),
        owner.patch(path, {}),
        owner.post(`${path}/pause`),
        owner.post(`${path}/rotate-secret`),
      ])
        expect((await answer.expect(404)).body.code).toBe('not_found');
      expect((await owner.get('/webhooks').expect(200)).body.data.map((row: Made) => row.webhook_id)).not.toContain(webhook_id);
      const rows = await withClient(w.database.superUrl, (client) =>
        client.query('select s.state, s.secret_enc, w.headers_enc from webhook_secrets s join webhook_endpoints w using (tenant_id, webhook_id) where webhook_id = $1', [webhook_id]),
      ); // prettier-ignore
      expect(rows.rows).toEqual([{ state: 'retired', secret_enc: null, headers_enc: null }]);
      await owner.get('/webhooks/not-an-id').expect(404);
    });

    it('[004-32] rotates: both secrets count until the overlap ends or somebody promotes', async () => {
      const { webhook_id, secret } = await made();
      const path = `/webhooks/${webhook_id}`;
      expect((await owner.post(`${path}/promote-secret`).expect(409)).body.code).toBe('no_rotation');
      const { body } = await owner.post(`${path}/rotate-secret`).expect(200);
      expect(body.success).toBe(true);
      expect(body.webhook.secret).toMatch(HEX_64);
      expect(body.webhook.secret).not.toBe(secret);
      expect(body.webhook.secret_versions).toEqual([
        { version: 2, state: 'next', expires_at: null },
        { version: 1, state: 'current', expires_at: expect.any(String) },
      ]);
      const left_ms = new Date(body.webhook.secret_versions[1].expires_at as string).getTime() - Date.now();
      expect(Math.abs(left_ms - 86_400_000)).toBeLessThan(60_000);
      expect((await owner.post(`${path}/rotate-secret`).expect(409)).body.code).toBe('rotation_open');
      const { body: promoted } = await owner.post(`${path}/promote-secret`).expect(200);
      expect(promoted.secret_versions.map(({ state }: { state: string }) => state)).toEqual(['current', 'retired']);
      // 0: the old one has leaked and is gone at once.
      const { body: leaked } = await owner.post(`${path}/rotate-secret`, { overlap_s: 0 }).expect(200);
      expect(leaked.webhook.secret_versions.map(({ state }: { state: string }) => state)).toEqual(['current', 'retired', 'retired']);
      await owner.post(`${path}/rotate-secret`, { overlap_s: 604_801 }).expect(400);
      expect(JSON.stringify(await auditsOf(w, acme.tenant_id))).not.toContain(leaked.webhook.secret);
      expect((await auditsOf(w, acme.tenant_id, 'webhook.secret_promoted'))[0]?.changes).toEqual({
        version: [undefined, 2], retired_version: [undefined, 1], cause: [undefined, 'asked'],
      }); // prettier-ignore
    });
  });

  describe('the console of staff', () => {
    const reason = 'the receiver floods our network';
    it('shows pools, lanes and the outbox, to whoever may read', async () => {
      const { webhook_id, name } = await made();
      const viewer = await w.staff('ops_viewer');
      const { body } = await viewer.get('/ops/webhooks').expect(200);
      expect(body).toMatchObject({
        pools: [{ pool: 'fast' }, { pool: 'slow' }],
        lanes: { parked: expect.any(Number) },
        outbox: { parked: expect.any(Number) },
      });
      const lanes = await viewer.get(`/ops/webhooks/lanes?limit=100&tenant_id=${acme.tenant_id}`).expect(200);
      expect(lanes.body.data).toContainEqual(
        expect.objectContaining({ webhook_id, name, slow: true, proven: false, parked_by: [], next_at: null }),
      );
      expect((await viewer.post(`/ops/webhooks/${webhook_id}/disable`, { reason }).expect(403)).body.code).toBe('permission_denied');
    });

    it('disables and enables with a reason that both logs keep', async () => {
      const { webhook_id } = await made();
      const admin = await w.staff('ops_admin');
      const path = `/ops/webhooks/${webhook_id}`;
      expect((await admin.post(`${path}/disable`, { reason: 'short' }).expect(400)).body.code).toBe('reason_required');
      expect((await admin.post(`${path}/disable`, { reason }).expect(200)).body).toEqual({
        tenant_id: acme.tenant_id,
        webhook_id,
        status: 'disabled',
      });
      expect((await admin.post(`${path}/disable`, { reason }).expect(409)).body.code).toBe('webhook_not_active');
      expect((await owner.get(`/webhooks/${webhook_id}`).expect(200)).body).toMatchObject({ status: 'disabled', disabled_reason: 'staff' });
      expect((await admin.post(`${path}/enable`, { reason }).expect(200)).body.status).toBe('active');
      expect((await admin.post(`${path}/enable`, { reason }).expect(409)).body.code).toBe('webhook_already_active');
      for (const action of ['webhook.disabled', 'webhook.enabled'])
        for (const log of [acme.tenant_id, '00000000-0000-0000-0000-000000000000'])
          expect((await auditsOf(w, log, action))[0]).toMatchObject({
            reason,
            actor: { type: 'platform_staff' },
            targets: [{ id: webhook_id }],
          });
      await admin.post('/ops/webhooks/0197e2a4-6f00-7c3d-8a51-3f9d2b7c1e10/disable', { reason }).expect(404);
    });

    it('lets a parked event be relayed again', async () => {
      const event_id = newId();
      await withClient(w.database.superUrl, (client) =>
        client.query(
          `insert into event_outbox (tenant_id, event_id, attempts, parked_at, last_error) values ($1, $2, 10, now(), 'Error: broken')`,
          [acme.tenant_id, event_id],
        ),
      );
      const admin = await w.staff('ops_admin');
      expect((await admin.get('/ops/webhooks/outbox/parked').expect(200)).body.data).toContainEqual(
        expect.objectContaining({ event_id, attempts: 10, last_error: 'Error: broken' }),
      );
      expect((await admin.post(`/ops/webhooks/outbox/${event_id}/retry`, { reason }).expect(200)).body).toEqual({
        tenant_id: acme.tenant_id,
        event_id,
      });
      await admin.post(`/ops/webhooks/outbox/${event_id}/retry`, { reason }).expect(404);
    });
  });

  it('lists newest first, a page at a time', async () => {
    const { user } = await elsewhere();
    const ids: string[] = [];
    for (let i = 0; i < 3; i += 1) ids.unshift((await made({}, user)).webhook_id);
    const first = await user.get('/webhooks?limit=2').expect(200);
    const second = await user.get(`/webhooks?limit=2&cursor=${first.body.next_cursor}`).expect(200);
    expect([...first.body.data, ...second.body.data].map((row: Made) => row.webhook_id)).toEqual(ids);
    expect(second.body.next_cursor).toBeNull();
  });

  it('[004-68] is closed while the module is switched off', async () => {
    const { user } = await elsewhere();
    await user.patch('/tenant/settings', { modules: { webhooks: false } }).expect(200);
    for (const answer of [user.get('/webhooks'), user.get('/webhooks/events'), user.post('/webhooks', wanted())])
      expect((await answer.expect(403)).body.code).toBe('module_disabled');
  });

  describe('the statements of the runbook, word by word', () => {
    const HEALTH = `
-- Check webhook health
SELECT
  name,
  status,
  last_success_at,
  last_failure_at,
  failure_count
FROM webhook_endpoints
WHERE tenant_id = '<TENANT_ID>';`;
    const RECENT = `
-- View recent deliveries
SELECT
  event_type,
  status,
  attempts,
  http_status,
  created_at,
  completed_at
FROM webhook_deliveries
WHERE webhook_id = '<WEBHOOK_ID>'
ORDER BY created_at DESC
LIMIT 20;`;
    const DEAD = `
-- Check DLQ (dead-letter queue)
SELECT COUNT(*) as dlq_count
FROM webhook_deliveries
WHERE webhook_id = '<WEBHOOK_ID>' AND status = 'dlq';`;
    const STUCK = `
-- Check pending deliveries
SELECT
  webhook_id,
  event_type,
  status,
  attempts,
  next_retry_at,
  error_message
FROM webhook_deliveries
WHERE status = 'pending'
ORDER BY created_at DESC
LIMIT 10;`;

    it('[004-37] run as the platform role, and as the role of tenants inside one', async () => {
      const { tenant, user } = await elsewhere();
      const { webhook_id, name } = await made({}, user);
      await user.post(`/webhooks/${webhook_id}/test`).expect(202);
      const filled = (statement: string): string => statement.replace('<TENANT_ID>', tenant.tenant_id).replace('<WEBHOOK_ID>', webhook_id);
      for (const [url, inside] of [
        [w.database.platformUrl, false],
        [w.database.appUrl, true],
      ] as const)
        await withClient(url, async (client) => {
          await client.query('begin');
          if (inside) await client.query(`select set_config('app.tenant_id', $1, true)`, [tenant.tenant_id]);
          expect((await client.query(filled(HEALTH))).rows).toEqual([
            { name, status: 'active', last_success_at: null, last_failure_at: null, failure_count: 0 },
          ]);
          expect((await client.query(filled(RECENT))).rows).toMatchObject([
            { event_type: 'webhook.test', status: 'pending', attempts: 0, http_status: null },
          ]);
          expect((await client.query(filled(DEAD))).rows).toEqual([{ dlq_count: '0' }]);
          expect((await client.query(filled(STUCK))).rows).toEqual(
            expect.arrayContaining([expect.objectContaining({ webhook_id, status: 'pending' })]),
          );
          await client.query('rollback');
        });
    });
  });

  it('keeps secrets from the role that serves tenants', async () => {
    await made();
    await withClient(w.database.appUrl, async (client) => {
      await client.query('begin');
      await client.query(`select set_config('app.tenant_id', $1, true)`, [acme.tenant_id]);
      expect((await client.query('select count(*)::int as n from webhook_secrets')).rows[0]).not.toEqual({ n: 0 });
      await expect(client.query('select secret_enc from webhook_secrets')).rejects.toMatchObject({ code: '42501' });
      await client.query('rollback');
    });
  });
});
