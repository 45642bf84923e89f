import pg from 'pg';
import { setTimeout as wait } from 'node:timers/promises';
import { bootstrapDatabase, migrateDatabase } from '../../apps/api/src/boot/database.js';
import { deriveUrls, withDatabase } from '../../libs/platform/db/role-urls.js';
import { eventually } from '../support/eventually.js';
import { PostgresWire } from '../support/postgres-wire.js';
import { startThrowawayServer, type ThrowawayServer } from '../support/throwaway-server.js';
import { expectSoundWebhooks } from '../support/webhook-invariants.js';
import type { LoopbackWorker } from './fixtures/loopback-workers.js';
import { WebhookGround, type Hook, type Owned } from './fixtures/webhook-ground.js';

/**
 * A database that crashes, cuts connections, becomes read-only or makes everybody wait: the worker stays, waits without hammering it, and
 * goes on. On a server of its own, because it is brought down.
 */
jest.setTimeout(90_000);

let server: ThrowawayServer;
let wire: PostgresWire;
let ground: WebhookGround;
let worker: LoopbackWorker;
let acme: Owned;
let endpoints: Hook[];
let sent = 0;

beforeAll(async () => {
  server = await startThrowawayServer();
  const name = 'webhooks';
  const superUrl = withDatabase(server.superUrl, name);
  const { ownerUrl, appUrl, platformUrl } = deriveUrls(superUrl);
  await bootstrapDatabase(superUrl, () => undefined);
  await migrateDatabase(ownerUrl, platformUrl, () => undefined);
  ground = await WebhookGround.open({ name, superUrl, ownerUrl, appUrl, platformUrl });
  wire = await PostgresWire.to(superUrl);
  worker = await ground.workers.start({ port: wire.port });
  acme = await ground.tenant();
  endpoints = await ground.hooks(acme.owner, 5, { after_ms: 10 });
});
afterAll(async () => {
  await ground?.close();
  await wire?.cut();
  await server?.stop();
});
/** The same worker, all of it delivered, and the invariants. */
afterEach(async () => {
  await eventually(async () => expect(await ground.statuses(acme.tenant)).toEqual({ success: sent }), 40_000);
  expect(ground.arrived(endpoints).distinct).toBe(sent);
  expect(worker.isRunning).toBe(true);
  await expectSoundWebhooks(ground.superuser);
});

/** Events for every endpoint. */
async function emit(n: number): Promise<void> {
  await ground.emit(acme.tenant, n);
  sent += n * endpoints.length;
}
const more = (n: number): Promise<void> => {
  const { distinct } = ground.arrived(endpoints);
  return eventually(() => expect(ground.arrived(endpoints).distinct).toBeGreaterThanOrEqual(distinct + n), 20_000);
};
/** What the worker has said while something was wrong. */
async function linesDuring(fault: () => Promise<void>): Promise<number> {
  const before = worker.lines.length;
  await fault();
  return worker.lines.length - before;
}
/** Of the product, all of them. */
const endConnections = () =>
  ground.superuser.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'tenantry-%'`,
  );
const CODES: Readonly<Record<string, string>> = { lock_timeout: '55P03', statement_timeout: '57014' };
/** A quarter of a busy loop of one statement would be more. */
const CALM_LINES_A_SECOND = 25;

it('[004-38] goes on after the database has crashed under it', async () => {
  await emit(100);
  await more(60);
  // One backend that dies takes all others with it: every connection breaks and the server recovers from its log.
  const { pid } = await ground.one<{ pid: number }>('select pg_backend_pid() as pid');
  process.kill(pid, 'SIGKILL');
  await eventually(() => ground.one('select 1 as one'), 20_000);
  await more(100);
});

it('[004-38] waits without hammering while the database is away, and goes on when it is back', async () => {
  await emit(60);
  await more(30);
  const lines = await linesDuring(async () => {
    await wire.cut();
    await wait(4_000);
    await wire.mend();
  });
  expect(lines).toBeGreaterThan(0);
  expect(lines).toBeLessThan(4 * CALM_LINES_A_SECOND);
});

it('[004-38] goes on while every connection is ended again and again', async () => {
  await emit(100);
  await more(20);
  for (let round = 0; round < 15; round += 1) {
    await endConnections();
    await wait(150);
  }
});

it('[004-38] writes results once and at once when the answer to their statement is lost', async () => {
  const patient = await ground.hooks(acme.owner, 2, { after_ms: 10 }, { timeout_ms: 10_000 });
  endpoints.push(...patient);
  const lost = wire.loseAnswerTo('webhooks.complete');
  await emit(40);
  await lost;
  const begun = performance.now();
  await eventually(async () => expect(await ground.statuses(acme.tenant)).toEqual({ success: sent }), 20_000);
  // Nobody has waited for a lease to end, and nothing was sent again.
  expect(performance.now() - begun).toBeLessThan(5_000);
  const { lost_leases } = await ground.one<{ lost_leases: number }>(
    `select count(*)::int as lost_leases from webhook_attempts where error_code = 'worker_lost' and created_at > now() - $1 * interval '1 ms'`,
    performance.now() - begun + 500,
  );
  expect(lost_leases).toBe(0);
});

it('[004-38] sends again what was claimed when the answer to the claim is lost, and holds nothing against the receiver', async () => {
  const lost = wire.loseAnswerTo('webhooks.claim');
  await lost; // lanes are looked at all the time; one that finds nothing loses nothing
  await emit(20);
  await wire.loseAnswerTo('webhooks.claim');
  await eventually(async () => expect(await ground.statuses(acme.tenant)).toEqual({ success: sent }), 20_000);
  expect(await ground.one('select max(failures)::int as most from webhook_deliveries where tenant_id = $1', acme.tenant.tenant_id)).toEqual(
    { most: 0 },
  );
});

it('[004-38] waits out a database that is read-only', async () => {
  await emit(60);
  await more(30);
  const lines = await linesDuring(async () => {
    await ground.superuser.query('alter system set default_transaction_read_only = on');
    await ground.superuser.query('select pg_reload_conf()');
    await wait(3_000);
    const writer = new pg.Client({ connectionString: ground.world.database.superUrl });
    await writer.connect();
    await writer.query('set default_transaction_read_only = off');
    await writer.query('alter system reset default_transaction_read_only');
    await writer.query('select pg_reload_conf()');
    await writer.end();
  });
  expect(lines).toBeGreaterThan(0);
  expect(lines).toBeLessThan(3 * CALM_LINES_A_SECOND);
});

it.each(['lock_timeout', 'statement_timeout'])('[004-38] waits out a lock on the deliveries that outlasts %s', async (limit) => {
  const { name } = ground.world.database;
  await ground.superuser.query(`alter role tenantry_platform in database ${name} set ${limit} = '700ms'`);
  await endConnections(); // the new ones have it
  await emit(60);
  await more(30);
  const locker = await ground.superuser.connect();
  const lines = await linesDuring(async () => {
    await locker.query('begin');
    await locker.query('lock table webhook_deliveries in access exclusive mode');
    await emit(10);
    await wait(3_000);
    await locker.query('rollback');
  });
  locker.release();
  await ground.superuser.query(`alter role tenantry_platform in database ${name} reset all`);
  await endConnections();
  expect(lines).toBeGreaterThan(0);
  expect(lines).toBeLessThan(3 * CALM_LINES_A_SECOND);
  expect(worker.lines.some(({ err }) => (err as { code?: string } | undefined)?.code === CODES[limit])).toBe(true);
});
