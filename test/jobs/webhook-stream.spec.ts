import { once } from 'node:events';
import http from 'node:http';
import pg from 'pg';
import { newId } from '../../libs/platform/crypto/index.js';
import { TenantDb } from '../../libs/platform/db/index.js';
import { Outbox } from '../../libs/platform/outbox/index.js';
import { Reaper } from '../../libs/platform/queue/index.js';
import { Notifications, StreamAudience } from '../../libs/platform/stream/index.js';
import { eventually } from '../support/eventually.js';
import { Receiver, type Answers } from '../support/receiver.js';
import { testScope } from '../support/test-jobs.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

/** What two processes do together: one answers people, the other sends webhooks and runs jobs. */
describe('deliveries and jobs on the stream', () => {
  let front: World;
  let worker: World;
  let url: string;
  let receiver: Receiver;
  let superuser: pg.Client;
  let acme: TestTenant;
  let owner: TestUser;
  const open: { close(): void }[] = [];
  /** What went from process to process on the stream's channel. */
  const notified: { topic: string; event: string; data: Record<string, unknown> }[] = [];
  let ear: pg.Client;
  beforeAll(async () => {
    receiver = await Receiver.start();
    const env = { WEBHOOK_ALLOWED_CIDRS: '127.0.0.1/32', WEBHOOK_RETRY_DELAYS: '60000' };
    front = await world({ own_database: `webhook_stream_${process.pid}`, env });
    worker = await world({ database: front.database, env, work: true });
    await front.app.listen(0, '127.0.0.1');
    url = await front.app.getUrl();
    superuser = new pg.Client({ connectionString: front.database.superUrl });
    ear = new pg.Client({ connectionString: front.database.platformUrl });
    await Promise.all([superuser.connect(), ear.connect()]);
    ear.on('notification', ({ payload }) => notified.push(JSON.parse(payload ?? '{}')));
    await ear.query('listen tenantry_stream');
    acme = await front.tenant();
    owner = await acme.user();
  }, 90_000);
  afterEach(async () => {
    for (const stream of open.splice(0)) stream.close();
    notified.splice(0);
  });
  afterAll(async () => {
    await Promise.all([superuser?.end(), ear?.end()]);
    await receiver?.stop();
  });

  async function listen(topics: string, { token }: TestUser) {
    const request = http.get(`${url}/api/v1/stream?topics=${topics}`, { agent: false, headers: { authorization: `Bearer ${token}` } });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const state = { text: '', ended: false };
    response.setEncoding('utf8').on('data', (chunk: string) => (state.text += chunk));
    response.on('close', () => (state.ended = true)).on('error', () => undefined);
    const stream = {
      status: response.statusCode,
      state,
      events: () =>
        [...state.text.matchAll(/event: (.*)\ndata: (.*)\n/g)].map(([, event, data]) => ({
          event,
          data: JSON.parse(data ?? '{}') as Record<string, unknown>,
        })),
      /** Deliveries that were told, the last state of each. */
      told: () => {
        const told = new Map<string, string>();
        for (const { event, data } of stream.events())
          if (event === 'delivery.updated')
            for (const row of data['deliveries'] as { webhook_id: string; delivery_id: string; status: string }[]) {
              expect(Object.keys(row).sort()).toEqual(['delivery_id', 'status', 'webhook_id']);
              told.set(row.delivery_id, row.status);
            }
        return told;
      },
      close: () => void request.destroy(),
    };
    open.push(stream);
    return stream;
  }
  /** The worker knows of the reader: a NOTIFY has come through. */
  const heard = (topic: string, tenant_id: string) =>
    eventually(() => worker.app.get(StreamAudience, { strict: false }).topicsOf(tenant_id).has(topic), 10_000);

  let count = 0;
  const hook = async (who = owner, answers: Answers = {}): Promise<string> => {
    const path = `/hook-${(count += 1)}`;
    const { body } = await who
      .post('/webhooks', { name: `Hook ${count}`, url: receiver.url(path, answers), events: ['inventory.*'] })
      .expect(201);
    return body.webhook.webhook_id as string;
  };
  const product = (who = owner) => who.post('/products', { name: 'Tea', sku: `SKU-${newId()}`, price_minor: 100 }).expect(201);
  const deliveriesOf = async (webhook_id: string, who = owner): Promise<{ delivery_id: string; status: string }[]> =>
    (await who.get(`/webhooks/${webhook_id}/deliveries`).expect(200)).body.data;

  it('tells whoever looks at an endpoint, or at all of them, what became of its deliveries, from another process', async () => {
    const [good, bad] = [await hook(), await hook(owner, { status: 400 })];
    const all = await listen('webhooks', owner);
    const one = await listen(`webhook:${bad}`, owner);
    expect([all.status, one.status]).toEqual([200, 200]);
    await heard(`webhook:${bad}`, acme.tenant_id);
    await product();
    await eventually(() => expect(one.told().size).toBe(1), 10_000);
    await eventually(() => expect(all.told().size).toBe(2), 10_000);
    const [dead] = await deliveriesOf(bad);
    const [delivered] = await deliveriesOf(good);
    expect([...one.told()]).toEqual([[dead?.delivery_id, 'dlq']]);
    expect(Object.fromEntries(all.told())).toEqual({ [String(dead?.delivery_id)]: 'dlq', [String(delivered?.delivery_id)]: 'success' });
    // What a person does is told as well.
    await owner.post(`/webhooks/${bad}/deliveries/${dead?.delivery_id}/retry`).expect(202);
    await eventually(() => one.events().some(({ data }) => JSON.stringify(data).includes('"status":"pending"')), 10_000);
    await eventually(() => expect([...one.told().values()]).toEqual(['dlq']), 10_000);
    for (const webhook_id of [good, bad]) await owner.delete(`/webhooks/${webhook_id}`).expect(204);
  }, 30_000);

  it('is for who may read webhooks of this tenant, and ends when that is over', async () => {
    const webhook_id = await hook();
    const stranger = await (await front.tenant()).user();
    const { body: role } = await owner.post('/roles', { name: 'Clerk', permissions: ['inventory:read'] }).expect(201);
    const clerk = await acme.user({ role: role.code as string });
    for (const [user, topic] of [
      [stranger, `webhook:${webhook_id}`],
      [clerk, `webhook:${webhook_id}`],
      [clerk, 'webhooks'],
      [owner, `webhook:${newId()}`],
      [owner, 'webhook'],
      [owner, `webhooks:${webhook_id}`],
    ] as const)
      expect([topic, (await user.get(`/stream?topics=${topic}`)).status]).toEqual([topic, 404]);
    const staff = await front.staff('superuser');
    for (const topic of ['webhooks', `webhook:${webhook_id}`])
      expect((await staff.get(`/platform/stream?topics=${topic}`)).status).toBe(404);

    const { body: hooks } = await owner.post('/roles', { name: 'Hooks', permissions: ['webhooks:read'] }).expect(201);
    const reader = await acme.user({ role: hooks.code as string });
    const theirs = await listen('webhooks', stranger);
    const ours = await listen('webhooks', reader);
    await heard('webhooks', acme.tenant_id);
    await product();
    await eventually(() => expect(ours.told().size).toBe(1), 10_000);
    await owner.patch(`/roles/${hooks.role_id}`, { permissions: ['inventory:read'] }).expect(200);
    await eventually(() => expect(ours.state.ended).toBe(true), 6_000);
    expect(ours.state.text).toContain('event: closing\ndata: {"reason":"topic_refused"}');
    expect(theirs.told().size).toBe(0);
    expect(theirs.state.ended).toBe(false);
    await owner.delete(`/webhooks/${webhook_id}`).expect(204);
  }, 30_000);

  it('says nothing between the processes while nobody of the tenant listens', async () => {
    const tenant = await front.tenant();
    const quiet = await tenant.user();
    const webhook_id = await hook(quiet);
    const other = await listen('webhooks', owner); // of another tenant
    await heard('webhooks', acme.tenant_id);
    for (let n = 0; n < 5; n += 1) await product(quiet);
    await eventually(
      async () => expect((await deliveriesOf(webhook_id, quiet)).filter(({ status }) => status === 'success')).toHaveLength(5),
      10_000,
    );
    // What was published before comes before: one more message of ours, and all of theirs would be here.
    const marker = await hook();
    await product();
    await eventually(() => expect(other.told().size).toBeGreaterThan(0), 10_000);
    expect(notified.filter(({ event, data }) => event === 'delivery.updated' && JSON.stringify(data).includes(webhook_id))).toEqual([]);
    await owner.delete(`/webhooks/${marker}`).expect(204);
  }, 30_000);

  it('collects what happens at once: four messages a second, however many deliveries', async () => {
    const webhook_id = await hook();
    const reader = await listen(`webhook:${webhook_id}`, owner);
    await heard(`webhook:${webhook_id}`, acme.tenant_id);
    const n = 200;
    notified.splice(0);
    const begun = performance.now();
    await front.app.get(TenantDb).run(testScope(acme.tenant_id), async (tx) => {
      for (let i = 0; i < n; i += 1) {
        const data = { variant_id: newId(), product_id: newId(), sku: 'X', name: 'X' };
        await front.app.get(Outbox).emit(tx, { type: 'inventory.created', subject_id: newId(), data });
      }
    });
    await eventually(async () => {
      const { body } = await owner.get(`/webhooks/${webhook_id}/stats?window=1h`).expect(200);
      expect(body.counts.success).toBe(n);
    }, 20_000);
    await new Promise((resolve) => setTimeout(resolve, 300)); // the last quarter of a second
    const elapsed_ms = performance.now() - begun;
    // Readers of other topics, who have left just now, are still told.
    const messages = notified.filter(({ topic }) => topic === `webhook:${webhook_id}`);
    expect(messages.length).toBeGreaterThan(0);
    expect(messages.length).toBeLessThanOrEqual(elapsed_ms / 250 + 1);
    // Each was named, or the reader was told that there are more.
    await eventually(() => reader.told().size === n || reader.events().some(({ data }) => data['more'] === true), 10_000);
    await owner.delete(`/webhooks/${webhook_id}`).expect(204);
  }, 40_000);

  describe('a job', () => {
    const ALL = { from_id: '00000000-0000-0000-0000-000000000000', below_id: 'ffffffff-ffff-ffff-ffff-ffffffffffff', statuses: ['dlq'], event_type: null, http_status: null, error_code: null, delivery_ids: null, include_missing: false }; // prettier-ignore
    /** A replay that does not run yet, so that its reader is there before it does. */
    const waiting = async (webhook_id: string, total: number): Promise<string> => {
      const job_id = newId();
      await superuser.query(
        `insert into webhook_jobs (tenant_id, webhook_job_id, webhook_id, kind, filter, total, principal_id, permission, next_run_at)
         values ($1, $2, $3, 'replay', $4, $5, $6, 'webhooks:write', now() + interval '1 hour')`,
        [acme.tenant_id, job_id, webhook_id, ALL, total, owner.user_id],
      );
      return job_id;
    };
    const watch = async (job_id: string) => {
      const reader = await listen(`job:${job_id}`, owner);
      expect(reader.status).toBe(200);
      await heard(`job:${job_id}`, acme.tenant_id);
      return reader;
    };
    const run = async (job_id: string): Promise<void> => {
      await superuser.query(`update webhook_jobs set next_run_at = now() where webhook_job_id = $1`, [job_id]);
      await worker.app.get(Reaper, { strict: false }).reap();
    };
    type Reader = Awaited<ReturnType<typeof watch>>;
    const finished = async (reader: Reader) => {
      await eventually(() => reader.events().some(({ event }) => event === 'job.finished'), 15_000);
      return reader.events().find(({ event }) => event === 'job.finished')?.data;
    };

    it('shows how far it is, and its end, to who may see it', async () => {
      const isUp = { now: false };
      const n = 70; // more than a job has outstanding at once
      const webhook_id = await hook(owner, () => ({ status: isUp.now ? 200 : 400 }));
      await Promise.all(Array.from({ length: n }, () => product()));
      await eventually(async () => {
        expect((await owner.get(`/webhooks/${webhook_id}/stats?window=1h`).expect(200)).body.counts.dlq).toBe(n);
      }, 20_000);
      isUp.now = true;
      const job_id = await waiting(webhook_id, n);
      const reader = await watch(job_id);
      const stranger = await (await front.tenant()).user();
      expect((await stranger.get(`/stream?topics=job:${job_id}`)).status).toBe(404);
      await run(job_id);
      const end = await finished(reader);
      const { body } = await owner.get(`/jobs/${job_id}`).expect(200);
      expect(end).toEqual({ topic: `job:${job_id}`, ...body });
      expect(body).toMatchObject({ state: 'succeeded', done: n, total: n, result: { counts: { deliveries: n } } });
      const progress = reader.events().filter(({ event }) => event === 'job.progress');
      expect(progress[0]?.data).toMatchObject({ job_id, state: 'running', done: 64, total: n });
      await owner.delete(`/webhooks/${webhook_id}`).expect(204);
    }, 60_000);

    it('says that it has failed, and that somebody has stopped it', async () => {
      const webhook_id = await hook();
      const failing = await waiting(webhook_id, 0);
      const reader = await watch(failing);
      await owner.post(`/webhooks/${webhook_id}/pause`).expect(200);
      await run(failing);
      expect(await finished(reader)).toMatchObject({ job_id: failing, state: 'failed', error: { code: 'webhook_not_active' } });
      await owner.post(`/webhooks/${webhook_id}/resume`).expect(200);
      const stopped = await waiting(webhook_id, 0);
      const other = await watch(stopped);
      await owner.post(`/webhooks/jobs/${stopped}/cancel`).expect(200);
      expect(await finished(other)).toMatchObject({ job_id: stopped, state: 'cancelled', cancellable: false });
      await owner.delete(`/webhooks/${webhook_id}`).expect(204);
    }, 60_000);
  });

  it('is known again to a process whose connection was lost', async () => {
    const webhook_id = await hook();
    const reader = await listen(`webhook:${webhook_id}`, owner);
    await heard(`webhook:${webhook_id}`, acme.tenant_id);
    const { rowCount } = await superuser.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tenantry-listen' and datname = current_database()`); // prettier-ignore
    expect(rowCount).toBeGreaterThan(1);
    const connected = () => [front, worker].every(({ app }) => app.get(Notifications, { strict: false }).isConnected);
    await eventually(() => expect(connected()).toBe(false), 10_000);
    await eventually(() => expect(connected()).toBe(true), 10_000);
    await product();
    await eventually(() => expect(reader.told().size).toBe(1), 10_000);
    await owner.delete(`/webhooks/${webhook_id}`).expect(204);
  }, 30_000);
});
