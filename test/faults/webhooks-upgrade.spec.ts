import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { bootstrapDatabase, migrateDatabase } from '../../apps/api/src/boot/database.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { deriveUrls, withDatabase } from '../../libs/platform/db/role-urls.js';
import type { TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { Receiver, type Answers } from '../support/receiver.js';
import { killWorkers, SpawnedWorker } from '../support/spawned-worker.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { freePort } from '../support/served-world.js';
import { startThrowawayServer, type ThrowawayServer } from '../support/throwaway-server.js';
import { expectSoundWebhooks } from '../support/webhook-invariants.js';
import { world, type World } from '../support/world.js';
import { buildProgram } from './fixtures/worker-process.js';

/**
 * Workers that come and go as a new version is rolled out. They are processes of the compiled product; this one only takes requests. On a
 * server of its own, because a start outside production gives its roles their passwords.
 */
jest.setTimeout(90_000);

interface Hook {
  readonly webhook_id: string;
  readonly path: string;
  readonly receiver: Receiver;
}

let server: ThrowawayServer;
let database: TestDatabase;
let w: World;
/** Several origins: of one, a worker opens 64 connections at most. */
let receivers: Receiver[];
let superuser: pg.Client;
let acme: TestTenant;
let owner: TestUser;
const data = fs.mkdtempSync(path.join(os.tmpdir(), 'tenantry-upgrade-'));

beforeAll(async () => {
  buildProgram();
  server = await startThrowawayServer();
  const name = 'upgrade';
  const superUrl = withDatabase(server.superUrl, name);
  const { ownerUrl, appUrl, platformUrl } = deriveUrls(superUrl);
  await bootstrapDatabase(superUrl, () => undefined);
  await migrateDatabase(ownerUrl, platformUrl, () => undefined);
  database = { name, superUrl, ownerUrl, appUrl, platformUrl };
  receivers = await Promise.all([1, 2, 3, 4].map(() => Receiver.start()));
  w = await world({ database, env: { WEBHOOK_ALLOWED_CIDRS: '127.0.0.1/32' } });
  superuser = new pg.Client({ connectionString: superUrl });
  await superuser.connect();
  await superuser.query(`update plans set limits = limits || '{"max_webhooks": null}'`);
}, 120_000);
beforeEach(async () => {
  acme = await w.tenant();
  owner = await acme.user();
});
afterEach(async () => {
  await eventually(() => expectSoundWebhooks(superuser), 5_000);
});
afterAll(async () => {
  await killWorkers();
  await superuser?.end();
  await w?.close();
  await Promise.all((receivers ?? []).map((receiver) => receiver.stop()));
  await server?.stop();
  fs.rmSync(data, { recursive: true, force: true });
});

/** A tenant has a quarter of the places. */
const PLACES = { WEBHOOK_FAST_SLOTS: '1024' } as const;
const start = (env: Readonly<Record<string, string>> = {}): Promise<SpawnedWorker> =>
  SpawnedWorker.start(database, data, { ...PLACES, ...env });
let current: SpawnedWorker | null = null;
/** The worker that the test before has left, or a new one: a start takes longer than most of what they do. */
async function serving(): Promise<SpawnedWorker> {
  if (!current?.isRunning) current = await start();
  return current;
}

let count = 0;
async function hooks(n: number, answers: Answers): Promise<Hook[]> {
  const made: Hook[] = [];
  for (let i = 0; i < n; i += 1) {
    const at = `/upgrade-${(count += 1)}`;
    const receiver = receivers[i % receivers.length] as Receiver;
    const body = { name: `Upgrade ${count}`, url: receiver.url(at, answers), events: ['inventory.*'] };
    const { body: answer } = await owner.post('/webhooks', body).expect(201);
    made.push({ webhook_id: answer.webhook.webhook_id as string, path: at, receiver });
  }
  return made;
}
/** Events as `emit` writes them. `nowhere`: not to be relayed. */
async function emit(n: number, to: 'outbox' | 'nowhere' = 'outbox'): Promise<string[]> {
  const ids = Array.from({ length: n }, () => newId());
  const bodies = ids.map((id) => JSON.stringify({ id, type: 'inventory.created', tenant_id: acme.tenant_id, data: {} }));
  await superuser.query(
    `with event as (
       insert into events (tenant_id, event_id, event_type, subject_id, body)
       select $1, e.id, 'inventory.created', e.id::text, e.body from unnest($2::uuid[], $3::text[]) as e (id, body) returning tenant_id, event_id)
     insert into event_outbox (tenant_id, event_id) select tenant_id, event_id from event where $4`,
    [acme.tenant_id, ids, bodies, to === 'outbox'],
  );
  return ids;
}
const arrived = (endpoints: readonly Hook[]) => {
  const ids = endpoints.flatMap(({ receiver, path: at }) => receiver.at(at).map(({ headers }) => String(headers['webhook-id'])));
  return { sent: ids.length, distinct: new Set(ids).size };
};
const statuses = async (): Promise<Record<string, number>> => {
  const { rows } = await superuser.query<{ status: string; n: number }>(
    'select status, count(*)::int as n from webhook_deliveries where tenant_id = $1 group by status',
    [acme.tenant_id],
  );
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
};
/** Each endpoint has answered once, so it may have sixteen sends under way. */
async function proven(n: number, answers: Answers): Promise<Hook[]> {
  let isProven = false;
  const endpoints = await hooks(n, (request, nth) => (isProven ? (typeof answers === 'function' ? answers(request, nth) : answers) : {}));
  await emit(1);
  await eventually(async () => expect(await statuses()).toEqual({ success: n }), 20_000);
  await eventually(async () => {
    const { rows } = await superuser.query('select from webhook_lanes where tenant_id = $1 and not proven', [acme.tenant_id]);
    expect(rows).toEqual([]);
  });
  isProven = true;
  return endpoints;
}
/** Dead letters that nobody has sent. */
async function deadLetters({ webhook_id }: Hook, n: number): Promise<void> {
  await superuser.query(
    `insert into webhook_deliveries (tenant_id, delivery_id, webhook_id, event_id, event_type, status, attempts, failures, completed_at)
     select $1, webhook_delivery_id(e, $2), $2, e, 'inventory.created', 'dlq', 4, 4, now() from unnest($3::uuid[]) e`,
    [acme.tenant_id, webhook_id, await emit(n, 'nowhere')],
  );
}
const jobOf = async (webhook_job_id: string): Promise<{ state: string; done: number; total: number }> =>
  (await owner.get(`/webhooks/jobs/${webhook_job_id}`).expect(200)).body;
/** Alarms of this process reach no worker; the reaper of a worker rings for what is due, and it need not wait for its time. */
const reapNow = () => superuser.query(`update schedules set next_due_at = now() where name = 'jobs.reap'`);

it('[004-38] sends once the two hundred that are under way when a worker is asked to end, writes each result, and ends by itself', async () => {
  const worker = await serving();
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const endpoints = await proven(13, () => gate.then(() => ({})));
  await emit(16);
  await eventually(() => expect(arrived(endpoints).sent).toBe(13 * 17), 20_000);
  expect(await statuses()).toEqual({ success: 13, delivering: 208 });
  const stopped = worker.stop();
  await emit(1); // what comes now is somebody else's
  await wait(1_000);
  expect(worker.isRunning).toBe(true);
  open();
  const { code, took_ms } = await stopped;
  expect(worker.complaints).toEqual([]);
  expect(code).toBe(0);
  expect(took_ms).toBeLessThan(8_000);
  expect((await statuses())['success']).toBe(13 * 17);
  expect(arrived(endpoints)).toEqual({ sent: 13 * 17, distinct: 13 * 17 });

  await serving();
  await eventually(async () => expect(await statuses()).toEqual({ success: 13 * 18 }), 15_000);
  expect(arrived(endpoints)).toEqual({ sent: 13 * 18, distinct: 13 * 18 });
});

it('[004-38] doubles nothing and complains of nothing while two workers share the load and one of them leaves', async () => {
  const workers = await Promise.all([serving(), start()]);
  const endpoints = await proven(10, { after_ms: 15 });
  for (let round = 0; round < 10; round += 1) {
    await emit(20);
    if (round === 5) {
      expect(arrived(endpoints).sent).toBeLessThan(10 * 201);
      expect(await workers[0].stop()).toMatchObject({ code: 0 });
    }
    await wait(100);
  }
  await eventually(async () => expect(await statuses()).toEqual({ success: 10 * 201 }), 30_000);
  expect(arrived(endpoints)).toEqual({ sent: 10 * 201, distinct: 10 * 201 });
  expect(workers.flatMap(({ complaints }) => complaints)).toEqual([]);
  current = workers[1];
});

it('[004-38] ends soon although a job over many deliveries is under way, and another worker goes on with it', async () => {
  const first = await serving();
  const [endpoint] = (await proven(1, { after_ms: 150 })) as [Hook];
  await deadLetters(endpoint, 800);
  const { body: job } = await owner.post(`/webhooks/${endpoint.webhook_id}/dlq/replay`, {}).expect(202);
  await reapNow();
  await eventually(() => expect(arrived([endpoint]).distinct).toBeGreaterThan(50), 15_000);
  const { code, took_ms } = await first.stop();
  expect(code).toBe(0);
  expect(took_ms).toBeLessThan(5_000);
  expect(first.complaints).toEqual([]);
  const cut = await jobOf(job.webhook_job_id);
  expect(cut.state).toBe('queued');
  expect(cut.done).toBeLessThan(800);

  endpoint.receiver.url(endpoint.path, {});
  await serving();
  await reapNow();
  await eventually(async () => expect(await jobOf(job.webhook_job_id)).toMatchObject({ state: 'succeeded', done: 800 }), 30_000);
  await eventually(() => expectSoundWebhooks(superuser), 10_000);
  expect(arrived([endpoint])).toEqual({ sent: 801, distinct: 801 });
});

it('[004-38] goes on where it was when the worker of a recovery is killed, each row once', async () => {
  const first = await serving();
  const [endpoint] = (await proven(1, { after_ms: 30 })) as [Hook];
  const since = new Date(Date.now() - 60_000).toISOString();
  await deadLetters(endpoint, 300);
  await superuser.query(`delete from event_outbox where tenant_id = $1`, [acme.tenant_id]);
  await emit(300, 'nowhere'); // events that made no delivery
  const { body: job } = await owner.post(`/webhooks/${endpoint.webhook_id}/recover`, { since, include_missing: true }).expect(202);
  expect(job).toMatchObject({ total: 600 });
  await reapNow();
  await eventually(() => expect(arrived([endpoint]).distinct).toBeGreaterThan(350), 20_000);
  await first.kill();
  expect(await jobOf(job.webhook_job_id)).toMatchObject({ state: 'running' });

  // Leases run out; nobody has to wait for it here.
  await superuser.query(`update webhook_jobs set lease_until = now() where tenant_id = $1`, [acme.tenant_id]);
  await superuser.query(`update webhook_deliveries set leased_until = now() where tenant_id = $1 and status = 'delivering'`, [acme.tenant_id]); // prettier-ignore
  await serving();
  await reapNow();
  await eventually(async () => expect(await jobOf(job.webhook_job_id)).toMatchObject({ state: 'succeeded', done: 600 }), 30_000);
  await eventually(() => expectSoundWebhooks(superuser), 10_000);
  const { sent, distinct } = arrived([endpoint]);
  expect(distinct).toBe(601);
  expect(sent - distinct).toBeLessThanOrEqual(32); // under way when it was killed, or answered and not yet written
});

it('[004-46] sends, and ends by itself, where Redis was never there', async () => {
  if (current?.isRunning) await current.stop();
  const worker = await start({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
  await proven(1, {});
  const { code, took_ms } = await worker.stop();
  expect(code).toBe(0);
  expect(took_ms).toBeLessThan(8_000);
});
