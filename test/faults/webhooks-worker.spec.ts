import { cloneDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { expectSoundWebhooks } from '../support/webhook-invariants.js';
import type { LoopbackWorker } from './fixtures/loopback-workers.js';
import { WebhookGround, type Hook } from './fixtures/webhook-ground.js';

/** Workers that are killed, by chance or by what they send, and workers whose clock is wrong. */
jest.setTimeout(120_000);

let ground: WebhookGround;
beforeAll(async () => {
  ground = await WebhookGround.open(await cloneDatabase(`webhooks_worker_${process.pid}`));
});
afterAll(() => ground?.close());
afterEach(async () => {
  await expectSoundWebhooks(ground.superuser);
  await ground.workers.killAll();
});

/** Has the next workers loaded before the last one is gone, two at a time: loading takes longer than all else here. */
class Supervisor {
  private readonly spares: LoopbackWorker[] = [];
  constructor(private left: number) {
    this.load();
  }
  /** Not begun yet. */
  take(): LoopbackWorker {
    const worker = this.spares.shift();
    if (!worker) throw new Error('no more workers were asked for');
    return worker;
  }
  async next(): Promise<LoopbackWorker> {
    const worker = await this.take().go();
    this.load();
    return worker;
  }
  load(): void {
    for (; this.left > 0 && this.spares.length < 2; this.left -= 1) this.spares.push(ground.workers.spawn({ held: true }));
  }
}

/** What lost workers and receivers have left in the log of a tenant's deliveries. */
const attemptsOf = (tenant_id: string) =>
  ground.one<{ counted: number; failed: number; lost: number; late: number }>(
    `select (select sum(failures)::int from webhook_deliveries where tenant_id = $1) as counted,
            count(*) filter (where coalesce(error_code, '') not in ('worker_lost', 'late_result') and coalesce(http_status, 0) not between 200 and 299)::int as failed,
            count(*) filter (where error_code = 'worker_lost')::int as lost,
            count(*) filter (where error_code = 'late_result')::int as late
       from webhook_attempts where tenant_id = $1`,
    tenant_id,
  );
const underWay = async (tenant_id: string): Promise<number> =>
  (await ground.one<{ n: number }>(`select count(*)::int as n from webhook_deliveries where tenant_id = $1 and status = 'delivering'`, tenant_id)).n; // prettier-ignore

it('[004-38] [004-39] loses nothing when a worker is killed ten times under load, and repeats only what was under way', async () => {
  const { tenant: acme, owner } = await ground.tenant();
  const endpoints = await ground.hooks(owner, 10, { after_ms: 15 });
  const supervisor = new Supervisor(12);
  const pair = [await supervisor.next(), await supervisor.next()];
  let inFlight = 0;
  let total = 0;
  for (let kill = 0; kill < 10; kill += 1) {
    await ground.emit(acme, 20);
    total += 20 * endpoints.length;
    const before = ground.arrived(endpoints).distinct;
    await eventually(() => expect(ground.arrived(endpoints).distinct).toBeGreaterThan(before + 60), 20_000);
    await (pair[kill % 2] as LoopbackWorker).end('SIGKILL');
    inFlight += await underWay(acme.tenant_id); // of both, so no less than what the killed one had
    pair[kill % 2] = await supervisor.next();
  }
  await eventually(async () => expect(await ground.statuses(acme)).toEqual({ success: total }), 30_000);
  const { sent, distinct } = ground.arrived(endpoints);
  const { counted, failed, lost, late } = await attemptsOf(acme.tenant_id);
  expect(distinct).toBe(total);
  // Whatever came twice was lost with a worker: leased by it and not written down, or, on a busy machine, answered after its lease.
  expect(lost).toBeGreaterThan(0);
  expect(sent - distinct).toBeLessThanOrEqual(lost);
  expect(lost).toBeLessThanOrEqual(inFlight + late);
  // A crash of ours is no failure of the receiver.
  expect(counted).toBe(failed);
});

it('[004-38] ends a delivery that has killed five workers, and the others flow', async () => {
  const { tenant: acme, owner } = await ground.tenant();
  const others = await ground.hooks(owner, 3, {});
  const supervisor = new Supervisor(6);
  let worker = supervisor.take(); // known before it sends anything
  const begin = async (): Promise<void> => {
    await worker.go().catch(() => undefined); // it may be dead before it has said that it works
    supervisor.load();
  };
  const deaths: Promise<void>[] = [];
  // Whoever sends this one dies before it hears the answer.
  const die = async (_: unknown, nth: number): Promise<object> => {
    if (nth <= 5) deaths.push(worker.end('SIGKILL'));
    await Promise.all(deaths);
    return {};
  };
  const [killer] = (await ground.hooks(owner, 1, die, { events: ['order.created'] })) as [Hook];
  await ground.emit(acme, 1, 'order.created');
  await begin();
  for (let death = 1; death <= 5; death += 1) {
    await eventually(() => expect(deaths).toHaveLength(death), 20_000);
    await Promise.all(deaths);
    worker = supervisor.take();
    await begin();
    await ground.emit(acme, 10);
  }
  await eventually(async () => expect(await ground.statuses(acme)).toEqual({ success: 5 * 10 * others.length, dlq: 1 }), 10_000);
  expect(
    await ground.one('select status, error_code, attempts, failures, lost_leases from webhook_deliveries where webhook_id = $1', killer.webhook_id),
  ).toEqual({ status: 'dlq', error_code: 'worker_lost', attempts: 5, failures: 0, lost_leases: 5 }); // prettier-ignore
  expect(ground.arrived([killer])).toEqual({ sent: 5, distinct: 1 });
  expect(ground.arrived(others).distinct).toBe(150);
  expect(worker.isRunning).toBe(true);
});

it('lets the second send decide when the first answers after its lease, and writes the late answer down', async () => {
  const { tenant: acme, owner } = await ground.tenant();
  const [endpoint] = (await ground.hooks(owner, 1, (_, nth) => (nth === 1 ? { after_ms: 3_500 } : { status: 404 }), {
    timeout_ms: 5_000,
  })) as [Hook];
  await ground.workers.start({ dispatch: { lease_margin_ms: -4_000 } }); // a lease of one second
  await ground.emit(acme, 1);
  await eventually(async () => expect(await ground.statuses(acme)).toEqual({ dlq: 1 }), 10_000);
  await eventually(async () => expect((await attemptsOf(acme.tenant_id)).late).toBe(1), 10_000);
  expect(await ground.rows('select n, error_code, http_status from webhook_attempts where tenant_id = $1 order by n, http_status', acme.tenant_id)).toEqual([
    { n: 1, error_code: 'late_result', http_status: 200 },
    { n: 1, error_code: 'worker_lost', http_status: null },
    { n: 2, error_code: null, http_status: 404 },
  ]); // prettier-ignore
  expect(await ground.one('select status, attempts, failures, http_status from webhook_deliveries where tenant_id = $1', acme.tenant_id)).toEqual(
    { status: 'dlq', attempts: 2, failures: 1, http_status: 404 }); // prettier-ignore
  expect(ground.arrived([endpoint])).toEqual({ sent: 2, distinct: 1 });
});

it('keeps its times on hosts whose clocks are six minutes early and late, and says so', async () => {
  const { tenant: acme, owner } = await ground.tenant();
  // Slow enough that a lease of another clock would be over meanwhile.
  const slow = await ground.hooks(owner, 4, (_, nth) => ({ status: nth === 1 ? 503 : 200, after_ms: 400 }));
  const asking = await ground.hooks(owner, 1, (_, nth) =>
    nth === 1 ? { status: 503, headers: { 'retry-after': new Date(Date.now() + 2_000).toUTCString() } } : {},
  );
  const early = ground.workers.spawn({ held: true, clock_offset_ms: 360_000 });
  const late = ground.workers.spawn({ held: true, clock_offset_ms: -360_000 });
  await ground.emit(acme, 2);
  await Promise.all([early.go(), late.go()]);
  await eventually(async () => expect(await ground.statuses(acme)).toEqual({ success: 2 * 5 }), 20_000);
  // Each endpoint has refused one of its two, so there were three sends: none was taken away from a worker that still had it.
  expect(ground.arrived([...slow, ...asking])).toEqual({ sent: 3 * 5, distinct: 2 * 5 });
  expect(await attemptsOf(acme.tenant_id)).toEqual({ counted: 5, failed: 5, lost: 0, late: 0 });
  for (const worker of [early, late]) {
    const [said] = worker.saying('the clock of this host is not that of the database');
    expect(Number(said?.['skew_seconds'])).toBeCloseTo(360, -1);
    const [, skew] = /^webhook_clock_skew_seconds (\S+)$/m.exec(await worker.metrics()) ?? [];
    expect(Number(skew)).toBeCloseTo(360, -1);
  }
});
