import { spawn, type ChildProcess } from 'node:child_process';
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
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { startThrowawayServer, type ThrowawayServer } from '../support/throwaway-server.js';
import { world, type World } from '../support/world.js';
import { buildProgram } from './fixtures/worker-process.js';

/**
 * Workers that are killed, a database that crashes, endpoints that are dead: what was committed arrives all the same. On a server of its own,
 * because it is brought down. The product of this process only takes requests; every delivery is made by workers in processes of their own.
 */
const PROGRAM = path.join(__dirname, 'fixtures/loopback-worker.mjs');
const LEASE_MARGIN_MS = 500;
jest.setTimeout(90_000);

interface Hook {
  readonly webhook_id: string;
  readonly path: string;
}

let server: ThrowawayServer;
let database: TestDatabase;
let w: World;
let receiver: Receiver;
let superuser: pg.Client;
const data = fs.mkdtempSync(path.join(os.tmpdir(), 'tenantry-webhooks-'));
const workers = new Set<ChildProcess>();

beforeAll(async () => {
  buildProgram();
  server = await startThrowawayServer();
  const name = 'webhooks';
  const superUrl = withDatabase(server.superUrl, name);
  const { ownerUrl, appUrl, platformUrl } = deriveUrls(superUrl);
  await bootstrapDatabase(superUrl, () => undefined);
  await migrateDatabase(ownerUrl, platformUrl, () => undefined);
  database = { name, superUrl, ownerUrl, appUrl, platformUrl };
  receiver = await Receiver.start();
  w = await world({ database, env: ENVIRONMENT });
  superuser = await connected();
  await superuser.query(`update plans set limits = limits || '{"max_webhooks": null}'`);
});
afterAll(async () => {
  for (const worker of workers) await end(worker, 'SIGKILL');
  await superuser?.end();
  await w?.close();
  await receiver?.stop();
  await server?.stop();
  fs.rmSync(data, { recursive: true, force: true });
});
/** The invariants, whatever has happened. */
afterEach(async () => {
  const { rows } = await superuser.query(`
    select (select count(*) from webhook_lanes l where l.next_at = 'infinity' and l.parked_by = '{}' and exists (
             select from webhook_deliveries d where d.tenant_id = l.tenant_id and d.webhook_id = l.webhook_id and d.status in ('pending', 'delivering')))::int as asleep,
           (select deadlocks from pg_stat_database where datname = current_database())::int as deadlocks`);
  expect(rows).toEqual([{ asleep: 0, deadlocks: 0 }]);
});

const ENVIRONMENT = {
  WEBHOOK_ALLOWED_CIDRS: '127.0.0.1/32',
  WEBHOOK_RETRY_DELAYS: '50,100,200',
  JWT_SECRET: 'jwt-secret-of-the-tests-0123456789abcdef',
  ENCRYPTION_KEY: 'ab'.repeat(32),
} as const;

async function connected(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.superUrl });
  client.on('error', () => undefined); // the server is brought down
  await client.connect();
  return client;
}

/** A worker that serves. */
async function start(): Promise<ChildProcess> {
  const { appUrl, platformUrl } = database;
  const env = { ...ENVIRONMENT, DATABASE_URL: database.superUrl, DB_POOL_PLATFORM: '8', TENANTRY_DATA: data, TENANTRY_BUILD: 'test' };
  const worker = spawn(process.execPath, [PROGRAM, JSON.stringify({ env, appUrl, platformUrl, lease_margin_ms: LEASE_MARGIN_MS })], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
  workers.add(worker);
  worker.once('exit', () => workers.delete(worker));
  let said = '';
  worker.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
  await new Promise<void>((resolve, reject) => {
    worker.once('exit', () => reject(new Error(`the worker ended: ${said}`)));
    worker.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('ready')) resolve();
    });
  });
  return worker;
}
let current: ChildProcess | null = null;
/** The worker that the tests share: starting one takes longer than what most of them do. */
async function serving(): Promise<ChildProcess> {
  if (!current || !workers.has(current)) current = await start();
  return current;
}
async function end(worker: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  worker.kill(signal);
  await ended;
}

let count = 0;
async function hooks(owner: TestUser, n: number, answers: Answers, over: object = {}): Promise<Hook[]> {
  const made: Hook[] = [];
  for (let i = 0; i < n; i += 1) {
    const at = `/fault-${(count += 1)}`;
    const { body } = await owner
      .post('/webhooks', { name: `Fault ${count}`, url: receiver.url(at, answers), events: ['inventory.*'], timeout_ms: 1_000, ...over })
      .expect(201);
    made.push({ webhook_id: (body.webhook as { webhook_id: string }).webhook_id, path: at });
  }
  return made;
}
/** Events as `emit` writes them, many at once and with nobody told: as if whoever committed them had died before saying so. */
async function emit({ tenant_id }: TestTenant, n: number): Promise<void> {
  const ids = Array.from({ length: n }, () => newId());
  const bodies = ids.map((id) => JSON.stringify({ id, type: 'inventory.created', tenant_id, data: { note: 'x'.repeat(300) } }));
  await superuser.query(
    `with event as (
       insert into events (tenant_id, event_id, event_type, subject_id, body)
       select $1, e.id, 'inventory.created', e.id::text, e.body from unnest($2::uuid[], $3::text[]) as e (id, body) returning tenant_id, event_id)
     insert into event_outbox (tenant_id, event_id) select tenant_id, event_id from event`,
    [tenant_id, ids, bodies],
  );
}
const statuses = async ({ tenant_id }: TestTenant): Promise<Record<string, number>> => {
  const { rows } = await superuser.query<{ status: string; n: number }>(
    'select status, count(*)::int as n from webhook_deliveries where tenant_id = $1 group by status',
    [tenant_id],
  );
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
};
const arrived = (endpoints: readonly Hook[]) => {
  const ids = endpoints.flatMap((endpoint) => receiver.at(endpoint.path).map(({ headers }) => String(headers['webhook-id'])));
  return { sent: ids.length, distinct: new Set(ids).size };
};
async function tenant(): Promise<{ tenant: TestTenant; owner: TestUser }> {
  const made = await w.tenant();
  return { tenant: made, owner: await made.user() };
}

it('[004-38] sends within a second what was committed by a process that died before it could say so', async () => {
  const { tenant: acme, owner } = await tenant();
  const [endpoint] = (await hooks(owner, 1, {})) as [Hook];
  await serving();
  const begun = performance.now();
  await emit(acme, 1);
  await eventually(() => expect(receiver.at(endpoint.path)).toHaveLength(1), 5_000);
  expect(performance.now() - begun).toBeLessThan(2_500); // a poll of the relay; the dispatcher is in the same process
  await eventually(async () => expect(await statuses(acme)).toEqual({ success: 1 }));

  // What is rolled back is sent never.
  await superuser.query('begin');
  await emit(acme, 1);
  await superuser.query('rollback');
  await emit(acme, 1);
  await eventually(async () => expect(await statuses(acme)).toEqual({ success: 2 }), 5_000);
  expect(receiver.at(endpoint.path)).toHaveLength(2);
});

it('[004-38] goes on after the database has crashed under it', async () => {
  const { tenant: acme, owner } = await tenant();
  const endpoints = await hooks(owner, 5, { after_ms: 20 });
  const total = 100 * endpoints.length;
  const worker = await serving();
  await emit(acme, 100);
  await eventually(() => expect(arrived(endpoints).distinct).toBeGreaterThan(60), 20_000);
  // One backend that dies takes all others with it: every connection breaks and the server recovers from its log.
  const victim = await connected();
  const { rows } = await victim.query<{ pid: number }>('select pg_backend_pid() as pid');
  process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
  await superuser.end().catch(() => undefined);
  superuser = await eventually(connected, 20_000);
  await eventually(async () => expect(await statuses(acme)).toEqual({ success: total }), 40_000);
  expect(arrived(endpoints).distinct).toBe(total);
  expect(worker.exitCode).toBeNull();
});

it('[004-39] sends to healthy endpoints at once, whatever waits for fifty dead ones', async () => {
  const { tenant: dying, owner: dyingOwner } = await tenant();
  const { tenant: acme, owner } = await tenant();
  const dead = await hooks(dyingOwner, 50, { instead: 'never' }, { retry_count: 12 });
  const healthy = await hooks(owner, 5, {});
  await emit(dying, 100); // 5,000 deliveries, each a second of waiting
  await serving();
  await eventually(async () => expect((await statuses(dying))['delivering']).toBeGreaterThan(30), 20_000);
  const begun = performance.now();
  await emit(acme, 20);
  await eventually(async () => expect(await statuses(acme)).toEqual({ success: 100 }), 20_000);
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect(arrived(healthy)).toEqual({ sent: 100, distinct: 100 });
  // One place each.
  const { rows } = await superuser.query(
    `select max(n)::int as most from (select count(*) as n from webhook_deliveries where tenant_id = $1 and status = 'delivering' group by webhook_id) x`,
    [dying.tenant_id],
  );
  expect(rows).toEqual([{ most: 1 }]);
  for (const { path: at } of dead) receiver.url(at, {});
  await superuser.query(`update webhook_endpoints set status = 'paused' where tenant_id = $1`, [dying.tenant_id]);
  await superuser.query(`update webhook_lanes set parked_by = array['paused'] where tenant_id = $1`, [dying.tenant_id]);
});

it('[004-38] [004-39] loses nothing when workers are killed four times under load, and makes duplicates only of what was under way', async () => {
  const { tenant: acme, owner } = await tenant();
  const endpoints = await hooks(owner, 10, { after_ms: 15 }, { timeout_ms: 2_000 });
  const total = 100 * endpoints.length;
  const pair = [serving(), start()];
  await Promise.all(pair);
  await emit(acme, 100);
  for (let kill = 0; kill < 4; kill += 1) {
    await eventually(() => expect(arrived(endpoints).distinct).toBeGreaterThan(20 + kill * 200), 20_000);
    await end(await (pair[kill % 2] as Promise<ChildProcess>), 'SIGKILL');
    pair[kill % 2] = start(); // the other one goes on meanwhile
  }
  await eventually(async () => expect(await statuses(acme)).toEqual({ success: total }), 40_000);
  const { sent, distinct } = arrived(endpoints);
  expect(distinct).toBe(total);
  // Sixteen of an endpoint under way at most, and what was answered and not yet written.
  expect(sent - distinct).toBeLessThanOrEqual(4 * endpoints.length * 32);
  // A crash of ours is no failure of the receiver: only sends that have an outcome of their own were counted.
  const { rows } = await superuser.query<{ failed: number }>(
    `select (select sum(failures)::int from webhook_deliveries where tenant_id = $1) as counted,
            (select count(*)::int from webhook_attempts where tenant_id = $1 and error_code not in ('worker_lost', 'late_result')) as failed,
            (select count(*)::int from (select 1 from webhook_deliveries where tenant_id = $1 group by webhook_id, event_id having count(*) > 1) x) as doubled`,
    [acme.tenant_id],
  );
  expect(rows[0]).toMatchObject({ counted: rows[0]?.failed, doubled: 0 });
  current = await (pair[0] as Promise<ChildProcess>);
  await end(await (pair[1] as Promise<ChildProcess>), 'SIGTERM');
});

it('sends once what is under way when a worker is asked to end', async () => {
  const { tenant: acme, owner } = await tenant();
  const endpoints = await hooks(owner, 20, { after_ms: 400 });
  const worker = await serving();
  await emit(acme, 1);
  await eventually(() => expect(arrived(endpoints).sent).toBe(20), 10_000);
  await end(worker, 'SIGTERM');
  expect(await statuses(acme)).toEqual({ success: 20 });
  await serving();
  await wait(600);
  expect(arrived(endpoints)).toEqual({ sent: 20, distinct: 20 });
});
