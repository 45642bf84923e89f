import { createHmac } from 'node:crypto';
import pg from 'pg';
import { Sweeper } from '../../apps/api/src/modules/webhooks/dispatch/sweeper.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { eventually } from '../support/eventually.js';
import { formsOf, hitsIn, tablesWith } from '../support/needles.js';
import { Receiver, type Answer } from '../support/receiver.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

/**
 * What is given away once, and what a tenant gives to us for its receiver: secrets and values of headers. Everything that can happen to a
 * webhook happens to one; then all that was answered, logged, counted, queued, mailed and stored is looked through for them.
 */
describe('secrets of webhooks', () => {
  const MARKER = `hook-${newId()}`; // stands wherever something of the webhook is told: the look finds what is there
  const HEADER = `Bearer ${newId()}${newId()}`;
  const OTHER_HEADER = `Basic ${newId()}${newId()}`;
  const secrets: string[] = [];
  const answers: string[] = [];
  let w: World;
  let receiver: Receiver;
  let superuser: pg.Client;
  let tenant: TestTenant;
  let owner: TestUser;
  beforeAll(async () => {
    receiver = await Receiver.start();
    w = await world({
      own_database: `webhook_secrets_${process.pid}`,
      work: true,
      env: { WEBHOOK_ALLOWED_CIDRS: `127.0.0.1/32:${receiver.port}`, WEBHOOK_RETRY_DELAYS: '20' },
    });
    superuser = new pg.Client({ connectionString: w.database.superUrl });
    await superuser.connect();
    tenant = await w.tenant();
    owner = await tenant.user();
  }, 60_000);
  afterAll(async () => {
    await superuser?.end();
    await receiver?.stop();
  });

  type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** A call whose answer may not show a secret. */
  const say = async (method: Method, path: string, status: number, body?: object, who: Pick<TestUser, Method> = owner) => {
    const response = await (method === 'get' || method === 'delete' ? who[method](path) : who[method](path, body));
    expect([method, path, response.status]).toEqual([method, path, status]);
    answers.push(`${method} ${path}\n${JSON.stringify(response.headers)}\n${response.text}`);
    return response.body;
  };
  /** A call whose answer shows a new secret, this once. */
  const revealed = async (path: string, body: object, status: number) => {
    const response = await owner.post(path, body).set('idempotency-key', newId());
    expect(response.status).toBe(status);
    const { secret, webhook_id } = response.body.webhook as { secret: string; webhook_id: string };
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    secrets.push(secret);
    answers.push(response.text.replaceAll(secret, '')); // nowhere else in it either
    return { secret, webhook_id };
  };
  const product = () => owner.post('/products', { name: 'Tea', sku: `SKU-${newId()}`, price_minor: 100 }).expect(201);

  it('[004-25] appear in the one answer that gives them, and in nothing that is answered, logged, queued or stored after', async () => {
    let answer: (headers: Readonly<Record<string, unknown>>, body: string) => Answer = () => ({ body: 'thanks' });
    const url = receiver.url('/secret', ({ headers, body }) => answer(headers, body));
    const wanted = { name: MARKER, url, events: ['inventory.*'], retry_count: 1, timeout_ms: 1_000, headers: { authorization: HEADER } };

    // Refusals quote rules, never values.
    for (const headers of [{ 'x-a': `${HEADER}\r\n` }, { 'webhook-id': HEADER }, { 'x a': HEADER }, { 'x-a': [HEADER] }, { 'x-a': { b: HEADER } }])
      await say('post', '/webhooks', 400, { ...wanted, headers }); // prettier-ignore
    await say('post', '/webhooks', 400, { ...wanted, secret: HEADER });
    await say('post', '/webhooks', 400, { ...wanted, url: `http://user:${HEADER.split(' ')[1]}@127.0.0.1:${receiver.port}/` });

    const { webhook_id, secret } = await revealed('/webhooks', wanted, 201);
    const path = `/webhooks/${webhook_id}`;
    const ends = (status: string, n: number) =>
      eventually(async () => expect((await owner.get(`${path}/deliveries?limit=100&status=${status}`).expect(200)).body.data).toHaveLength(n), 8_000); // prettier-ignore
    let dead = 0;
    const dies = async (how: typeof answer): Promise<void> => {
      answer = how;
      await product();
      await ends('dlq', (dead += 1));
    };

    // Sent well, tested, refused, slow, cut, garbage, somewhere else than it may.
    await product();
    await say('post', `${path}/test`, 202);
    await ends('success', 2);
    const received = receiver.at('/secret');
    expect(received[0]?.headers['authorization']).toBe(HEADER);
    expect(received[0]?.headers['x-webhook-signature']).toBe(createHmac('sha256', secret).update(received[0]?.body ?? '').digest('hex')); // prettier-ignore
    await dies(() => ({ status: 500, body: 'broken' }));
    await dies(() => ({ status: 422 }));
    await dies(() => ({ instead: 'never' }));
    await dies(() => ({ instead: 'reset' }));
    await dies(() => ({ status: 302, headers: { location: 'http://127.0.0.1:1/' } }));
    answer = () => ({});

    // A rotation whose receiver knows only the new secret; one with an overlap that somebody ends; one without.
    const known = await revealed(`${path}/rotate-secret`, { overlap_s: 60 }, 200);
    answer = (headers, body) => ({
      status: headers['x-webhook-signature'] === createHmac('sha256', known.secret).update(body).digest('hex') ? 200 : 401,
    });
    await product();
    await ends('success', 3);
    answer = () => ({});
    await eventually(async () => {
      const { secret_versions } = (await owner.get(path).expect(200)).body as { secret_versions: { state: string }[] };
      expect(secret_versions.filter(({ state }) => state === 'next')).toEqual([]);
    }, 10_000);
    await revealed(`${path}/rotate-secret`, {}, 200);
    await say('post', `${path}/rotate-secret`, 409);
    await say('post', `${path}/promote-secret`, 200);
    await say('post', `${path}/promote-secret`, 409);
    await revealed(`${path}/rotate-secret`, { overlap_s: 0 }, 200);

    // Read and changed in every way.
    await say('patch', path, 200, { events: ['inventory.created', 'user.created'] });
    await say('put', path, 200, { headers: { authorization: OTHER_HEADER } });
    await say('patch', path, 400, { headers: { host: OTHER_HEADER } });
    await say('post', `${path}/pause`, 200);
    await say('post', `${path}/resume`, 200);
    const deliveries = (await say('get', `${path}/deliveries?limit=100`, 200)).data as {
      delivery_id: string;
      event_id: string;
      status: string;
    }[];
    for (const { delivery_id } of deliveries) await say('get', `${path}/deliveries/${delivery_id}`, 200);
    await say('get', `/webhooks/events/${deliveries[0]?.event_id}`, 200);
    const one = deliveries.find(({ status }) => status === 'dlq')?.delivery_id;
    await say('post', `${path}/deliveries/${one}/retry`, 202);
    await ends('success', 4);
    await say('post', `${path}/deliveries/${one}/cancel`, 409);
    const job = await say('post', `${path}/dlq/replay`, 202);
    await eventually(async () => expect((await owner.get(`/jobs/${job.webhook_job_id}`).expect(200)).body.state).toBe('succeeded'), 8_000);
    await ends('success', 4 + dead - 1);
    await say('get', `/webhooks/jobs/${job.webhook_job_id}`, 200);
    await say('get', `/jobs/${job.webhook_job_id}`, 200);
    await say('post', `${path}/recover`, 200, { since: new Date(Date.now() - 60_000).toISOString(), dry_run: true });
    for (const rest of ['/webhooks', path, '/webhooks/events', '/webhooks/deliveries', `${path}/dlq`, `${path}/jobs`, `${path}/stats`, '/audit-logs?limit=100', '/me'])
      await say('get', rest, 200); // prettier-ignore

    // A secret that cannot be opened, a receiver that is gone, staff that look on.
    await superuser.query(`update webhook_secrets set secret_enc = left(secret_enc, -4) || 'AAAA' where webhook_id = $1 and state = 'current'`, [webhook_id]); // prettier-ignore
    await product();
    await ends('dlq', 1);
    const staff = await w.staff('ops_admin');
    for (const rest of ['/ops/webhooks', '/ops/webhooks/lanes?limit=100', '/ops/webhooks/outbox/parked'])
      await say('get', rest, 200, undefined, staff);
    await say('post', `/ops/webhooks/${webhook_id}/disable`, 200, { reason: 'the receiver floods our network' }, staff);
    await say('post', `/ops/webhooks/${webhook_id}/enable`, 200, { reason: 'it has stopped doing so' }, staff);
    await revealed(`${path}/rotate-secret`, { overlap_s: 3_600 }, 200);
    await w.app.get(Sweeper, { strict: false }).tidy();
    const mail = await w.mail.find(owner.email);

    const needles = [...secrets, HEADER.split(' ')[1] ?? '', OTHER_HEADER.split(' ')[1] ?? ''].flatMap(formsOf);
    expect(secrets).toHaveLength(5);
    const told = {
      answers,
      logs: w.logs.lines,
      metrics: [await w.runtime.metrics.expose()],
      mails: [JSON.stringify(mail)],
      sent: receiver.received.map(({ body, path: to, headers }) => `${to}${JSON.stringify({ ...headers, authorization: '' })}${body}`),
    };
    for (const [where, texts] of Object.entries(told))
      expect([where, texts.flatMap((text) => hitsIn(text, needles).map(() => text.slice(0, 300)))]).toEqual([where, []]);
    expect(await tablesWith(w.database.superUrl, needles)).toEqual([]);

    // The look finds what is there.
    expect(answers.filter((text) => text.includes(MARKER)).length).toBeGreaterThan(5);
    expect(w.logs.lines.some((line) => line.includes('a webhook cannot be made'))).toBe(true);
    expect(JSON.stringify(mail)).toContain(MARKER);
    expect(await tablesWith(w.database.superUrl, [MARKER])).toEqual(
      expect.arrayContaining(['public.audit_events', 'public.webhook_endpoints']),
    );
    expect(await tablesWith(w.database.superUrl, [webhook_id])).toEqual(expect.arrayContaining(['public.webhook_secrets', 'public.webhook_attempts', 'public.webhook_jobs'])); // prettier-ignore
    expect((await tablesWith(w.database.superUrl, [job.webhook_job_id as string])).some((table) => !table.startsWith('public.'))).toBe(
      true,
    ); // the queue
  }, 60_000);
});
