import { setTimeout as wait } from 'node:timers/promises';
import { fail } from '#contracts/errors.js';
import { isPlatformScope, sql } from '#platform/db/index.js';
import {
  JobAuthority,
  JobError,
  JobRunner,
  LANES,
  platformScope,
  Queues,
  QueueWorkers,
  Reaper,
  type QueueDefinition,
} from '#platform/queue/index.js';
import { Background, type BackgroundOptions } from '../support/background.js';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/migrate.js';
import { redisMissing, startRedisServer, type RedisServer } from '../support/redis-server.js';
import { createTestJobs, insertTestJob, readTestJob, testQueue, testScope, TestWork, type TestPayload } from '../support/test-jobs.js';

const PLATFORM = platformScope('test');
const missing = redisMissing();
if (missing) console.warn(`the Redis half of these tests is skipped: ${missing}`);
const backends = missing ? (['postgres'] as const) : (['postgres', 'redis'] as const);

describe.each(backends)('queues on %s', (backend) => {
  let database: TestDatabase;
  let redis: RedisServer | null = null;
  const open: Background[] = [];

  beforeAll(async () => {
    database = await cloneDatabase(`queue_${backend}_${process.pid}`);
    await createTestJobs(database);
    if (backend === 'redis') redis = await startRedisServer();
  });
  afterEach(async () => {
    while (open.length) await open.pop()?.stop();
    await redis?.flushAll();
  });
  afterAll(() => redis?.stop());

  async function background(options: Partial<BackgroundOptions> = {}): Promise<Background> {
    const started = await Background.start({
      database,
      queues: [testQueue()],
      providers: [TestWork],
      ...(redis ? { queue_url: redis.url } : {}),
      ...options,
    });
    open.push(started);
    return started;
  }

  /** A row and its alarm, as a service does it. */
  async function arm(app: Background, options: { at?: Date; queue?: QueueDefinition<TestPayload>; due?: Date } = {}) {
    const scope = testScope();
    const payload = await app.tenants.run(scope, async (tx) => {
      const made = await insertTestJob(tx, options.due);
      app.get(Queues).arm(tx, options.queue ?? testQueue(), made, options.at ? { at: options.at } : {});
      return made;
    });
    return {
      payload,
      row: () => readTestJob(app.tenants, scope, payload),
      work: app.get(TestWork),
      runs: () => app.get(TestWork).seen.filter((job) => job.payload.test_job_id === payload.test_job_id),
    };
  }

  it('runs a job once its transaction has committed, in the tenant of its row', async () => {
    const app = await background();
    const { row, runs } = await arm(app);
    await eventually(async () => (await row()).state === 'succeeded', 5_000);
    expect(await row()).toMatchObject({ attempts: 1, fence: '1', effects: 1 });
    expect(runs()).toHaveLength(1);
    expect(runs()[0]).toMatchObject({
      attempt: 1,
      fence: '1',
      last_attempt: false,
      name: 'test.run',
      scope: { stores: 'all', actor: { type: 'system', id: 'test.run' } },
    });
    await eventually(async () =>
      (await app.get(Queues).counts()).every((lane) => lane.waiting + lane.active + lane.delayed + lane.failed === 0),
    );
  });

  it('arms nothing when the transaction is rolled back', async () => {
    const app = await background({ works: false });
    const refused = app.tenants.run(testScope(), async (tx) => {
      app.get(Queues).arm(tx, testQueue(), await insertTestJob(tx));
      throw new Error('refused');
    });
    await expect(refused).rejects.toThrow('refused');
    await app.get(Queues).settled();
    expect((await app.get(Queues).counts()).map((lane) => lane.waiting)).toEqual([0, 0, 0, 0]);
  });

  it('rings at the time asked for', async () => {
    const app = await background();
    const at = new Date(Date.now() + 700);
    const { row, runs } = await arm(app, { at, due: at });
    await wait(300);
    expect(runs()).toHaveLength(0);
    await eventually(async () => (await row()).state === 'succeeded', 5_000);
    expect(Date.now()).toBeGreaterThanOrEqual(at.getTime());
  });

  it('throws at once for a payload with a name in it, and arms nothing', async () => {
    const app = await background({ works: false });
    const scope = testScope();
    const named = { test_job_id: 'Harbour Retail' };
    await expect(app.tenants.run(scope, (tx) => Promise.resolve(app.get(Queues).arm(tx, testQueue(), named)))).rejects.toThrow(
      'neither an id nor a number',
    );
    await app.get(Queues).settled();
    expect((await app.get(Queues).counts())[0]?.waiting).toBe(0);
  });

  it('sets one alarm for one attempt, however often it is armed', async () => {
    const app = await background({ works: false });
    const { payload } = await arm(app);
    await app.get(Queues).settled();
    for (let n = 0; n < 3; n++) await app.get(Queues).ring(testQueue(), payload, 0);
    expect((await app.get(Queues).counts())[0]).toMatchObject({ queue: 'fast', waiting: 1, delayed: 0 });
  });

  it('does nothing for an alarm whose row is not due', async () => {
    const app = await background();
    const { row, runs } = await arm(app, { due: new Date(Date.now() + 60_000) });
    await eventually(() => app.observer.of('queue_jobs_total test.run not_due') === 1, 5_000);
    expect(runs()).toHaveLength(0);
    expect(await row()).toMatchObject({ state: 'queued', attempts: 0 });
  });

  it('tries again after the waits of its backoff, then gives up and says so once', async () => {
    const app = await background();
    app.get(TestWork).run = () => Promise.reject(new JobError('bucket_gone', 'The bucket is gone.'));
    const { row, runs, payload, work } = await arm(app);
    await eventually(async () => (await row()).state === 'failed', 8_000);
    expect(await row()).toMatchObject({ attempts: 3, effects: 0, error: { code: 'bucket_gone', message: 'The bucket is gone.' } });
    expect(runs().map((job) => [job.attempt, job.last_attempt])).toEqual([[1, false], [2, false], [3, true]]); // prettier-ignore
    await eventually(() => work.failed.length === 1);
    expect(work.failed).toEqual([payload.test_job_id]);
    // The view of the console: the last alarm, without a word of the job's own.
    await eventually(async () => (await app.get(Queues).counts())[0]?.failed === 1);
    const [alarm] = await app.get(Queues).queue('fast').getFailed();
    expect(alarm?.failedReason).toBe('test.run failed; see the row');
    expect(alarm?.data).toEqual(payload);
  });

  it('does not try again what another attempt cannot heal', async () => {
    const app = await background();
    app.get(TestWork).run = () => Promise.reject(fail('permission_denied'));
    const { row, runs } = await arm(app);
    await eventually(async () => (await row()).state === 'failed', 5_000);
    expect(runs()).toHaveLength(1);
    expect((await row()).error).toMatchObject({ code: 'permission_denied' });
  });

  it('keeps no message of an unknown error in the row', async () => {
    const app = await background();
    app.get(TestWork).run = () => Promise.reject(new Error('cannot write to secret://bucket'));
    const { row } = await arm(app);
    await eventually(async () => (await row()).error !== null, 5_000);
    expect((await row()).error).toEqual({ code: 'internal', message: 'Error' });
  });

  it('keeps a long job alive beyond its lease', async () => {
    const app = await background({ queues: [testQueue({ lease_ms: 300 })] });
    app.get(TestWork).run = (job) => wait(1_200).then(() => app.get(TestWork).effect(job));
    const { row, runs } = await arm(app);
    await eventually(() => runs().length === 1, 5_000);
    await wait(500);
    await app.get(Reaper).reap(); // finds the row running under a lease
    await eventually(async () => (await row()).state === 'succeeded', 5_000);
    expect(await row()).toMatchObject({ attempts: 1, effects: 1 });
  });

  it('a worker that died: the row runs elsewhere once its lease is over, and the effect of a late one is refused', async () => {
    const dead = await background({ queues: [testQueue({ lease_ms: 60_000, concurrency: 1 })] }); // its heartbeat would come in 20 s
    let wakeUp: () => void = () => undefined;
    const frozen = new Promise<void>((resolve) => (wakeUp = resolve));
    dead.get(TestWork).run = (job) => frozen.then(() => dead.get(TestWork).effect(job));
    const { row, payload } = await arm(dead);
    await eventually(() => dead.get(TestWork).seen.length === 1, 5_000);
    const first = dead.get(TestWork).seen[0];

    // As if the process had stopped: no heartbeat comes, the lease runs out.
    await dead.platform.run(PLATFORM, (tx) =>
      tx.query(sql`update test_jobs set lease_until = now() - interval '1 s' where test_job_id = $1`, [payload.test_job_id]),
    );
    const other = await background();
    await other.get(Reaper).reap();
    await eventually(async () => (await row()).state === 'succeeded', 5_000);
    expect(await row()).toMatchObject({ attempts: 2, fence: '2', effects: 1 });

    wakeUp();
    await eventually(() => dead.observer.of('queue_lease_lost_total test.run') === 1, 5_000);
    expect(first?.fence).toBe('1');
    expect(await row()).toMatchObject({ state: 'succeeded', attempts: 2, fence: '2', effects: 1, error: null });
  });

  it('aborts a job whose lease is lost while it runs', async () => {
    const app = await background({ queues: [testQueue({ lease_ms: 300 })] });
    let aborted: unknown = null;
    app.get(TestWork).run = async (job) => {
      await new Promise((resolve) => job.signal.addEventListener('abort', resolve));
      aborted = job.signal.reason;
      await app.get(TestWork).effect(job);
    };
    const { row, payload, runs } = await arm(app);
    await eventually(() => runs().length === 1, 5_000);
    await app.platform.run(PLATFORM, (tx) =>
      tx.query(sql`update test_jobs set fence = fence + 1, lease_until = now() + interval '1 hour' where test_job_id = $1`, [
        payload.test_job_id,
      ]),
    );
    await eventually(() => app.observer.of('queue_lease_lost_total test.run') === 1, 5_000);
    expect(aborted).toMatchObject({ name: 'LeaseLost' });
    expect(await row()).toMatchObject({ state: 'running', effects: 0, error: null });
  });

  it('gives rows back when the process stops, and the attempt does not count', async () => {
    const app = await background();
    app.get(TestWork).run = (job) =>
      new Promise((_resolve, reject) => job.signal.addEventListener('abort', () => reject(new Error('stopped'))));
    const { row, runs } = await arm(app);
    await eventually(() => runs().length === 1, 5_000);
    await app.get(QueueWorkers).stop(50);
    expect(await row()).toMatchObject({ state: 'waiting', attempts: 0, effects: 0, error: null });

    const other = await background();
    await other.get(Reaper).reap();
    await eventually(async () => (await row()).state === 'succeeded', 5_000);
  });

  it('lets a job that ends in time end', async () => {
    const app = await background();
    app.get(TestWork).run = (job) => wait(300).then(() => app.get(TestWork).effect(job));
    const { row, runs } = await arm(app);
    await eventually(() => runs().length === 1, 5_000);
    await app.get(QueueWorkers).stop(5_000);
    expect(await row()).toMatchObject({ state: 'succeeded', effects: 1 });
  });

  it('runs no more of a kind at once than it says, and all of them in the end', async () => {
    const app = await background({ queues: [testQueue({ concurrency: 1 }), testQueue({ name: 'test.other', concurrency: 4 })] });
    let now = 0;
    let most = 0;
    app.get(TestWork).run = async (job) => {
      most = Math.max(most, ++now);
      await wait(100);
      now -= 1;
      await app.get(TestWork).effect(job);
    };
    const armed = await Promise.all([1, 2, 3].map(() => arm(app)));
    await eventually(async () => (await Promise.all(armed.map(({ row }) => row()))).every((row) => row.state === 'succeeded'), 9_000);
    expect(most).toBe(1);
  });

  it('waits while the tenant does not run, without losing an attempt', async () => {
    const authority = {
      runs: false,
      tenantRuns: () => Promise.resolve(authority.runs),
      scopeFor: () => Promise.reject(fail('permission_denied')),
    };
    const app = await background({ providers: [TestWork, { provide: JobAuthority, useValue: authority }] });
    const { row, runs } = await arm(app);
    await eventually(() => app.observer.of('queue_jobs_total test.run waits') === 1, 5_000);
    expect(runs()).toHaveLength(0);
    const waiting = await row();
    expect(waiting).toMatchObject({ state: 'waiting', attempts: 0 });
    expect(waiting.next_run_at.getTime()).toBeGreaterThan(Date.now() + 30_000);
  });

  it('asks for the rights of the person again, and fails when they are gone', async () => {
    const authority = { tenantRuns: () => Promise.resolve(true), scopeFor: () => Promise.reject(fail('permission_denied')) };
    const app = await background({ providers: [TestWork, { provide: JobAuthority, useValue: authority }], works: false });
    const { row, runs, payload } = await arm(app);
    await app.platform.run(PLATFORM, (tx) =>
      tx.query(sql`update test_jobs set principal_id = test_job_id, permission = 'files:read' where test_job_id = $1`, [
        payload.test_job_id,
      ]),
    );
    expect(await app.get(JobRunner).run('test.run', payload)).toBe('failed');
    expect(runs()).toHaveLength(0);
    expect(await row()).toMatchObject({ state: 'failed', effects: 0, error: { code: 'permission_denied' } });
  });

  it('gives a job of the platform a scope without a tenant', async () => {
    const scopes: unknown[] = [];
    const platformJob = testQueue({
      name: 'test.platform',
      platform: true,
      run: (job: { scope: never }) => Promise.resolve(void scopes.push(job.scope)),
    } as never);
    const app = await background({ queues: [platformJob], works: false });
    const { payload } = await arm(app, { queue: platformJob });
    expect(await app.get(JobRunner).run('test.platform', payload)).toBe('done');
    expect(isPlatformScope(scopes[0] as never)).toBe(true);
  });

  it('leaves the alarm of an unknown kind to the version that knows it', async () => {
    const app = await background({ works: false });
    expect(await app.get(JobRunner).run('test.unheard_of', { test_job_id: '01920000-0000-7000-8000-000000000001' })).toBe('unknown');
  });

  it('a retry that a person asks for does not wait for an alarm that was set for tomorrow', async () => {
    const app = await background();
    const { row } = await arm(app, { at: new Date(Date.now() + 86_400_000) });
    await app.get(Queues).settled();
    expect((await app.get(Queues).counts())[0]).toMatchObject({ delayed: 1 });
    expect(await app.get(Reaper).reap()).toMatchObject({ processed: expect.any(Number), failed: 0 });
    await eventually(async () => (await row()).state === 'succeeded', 5_000);
  });

  it('two reapers at once, and an alarm that was set already, run it once', async () => {
    const app = await background();
    const { row, runs } = await arm(app, { at: new Date(Date.now() + 86_400_000) });
    const other = await background({ works: false });
    await Promise.all([app.get(Reaper).reap(), other.get(Reaper).reap(), app.get(Reaper).reap()]);
    await eventually(async () => (await row()).state === 'succeeded', 5_000);
    await wait(300);
    expect(runs()).toHaveLength(1);
  });

  describe('BullMQ itself', () => {
    it('keeps the promises that alarms are made of: delay, one job an id, promotion, removal', async () => {
      const app = await background({ works: false });
      const queue = app.get(Queues).queue('bulk');
      const id = '01920000-0000-7000-8000-00000000000a-0';
      const options = { jobId: id, delay: 60_000 };
      await queue.add('x', { n: 1 }, options);
      await queue.add('x', { n: 2 }, { ...options, delay: 0 });
      const job = await queue.getJob(id);
      expect(job?.data).toEqual({ n: 1 });
      expect(await job?.getState()).toBe('delayed');
      await job?.promote();
      expect(await (await queue.getJob(id))?.getState()).toBe('waiting');
      await (await queue.getJob(id))?.remove();
      expect(await queue.getJob(id)).toBeUndefined();
    });

    it('has a queue for each lane', async () => {
      const app = await background({ works: false });
      expect((await app.get(Queues).counts()).map((lane) => lane.queue)).toEqual([...LANES]);
    });
  });

  if (backend === 'postgres') {
    it('a restart of the database ends neither the process nor the work', async () => {
      const app = await background();
      await withClient(database.superUrl, (client) =>
        client.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        ),
      );
      await wait(200);
      const armed = await Promise.all([1, 2, 3].map(() => arm(app)));
      await eventually(async () => {
        await app.get(Reaper).reap();
        return (await Promise.all(armed.map(({ row }) => row()))).every((row) => row.state === 'succeeded' && row.effects === 1);
      }, 9_000);
    }, 20_000);
  }

  if (backend === 'redis') {
    describe('while Redis is away', () => {
      it('an alarm is dropped and counted, the transaction commits, and the reaper arms again', async () => {
        const app = await background();
        await app.get(Queues).counts();
        await redis?.kill();
        const begun = performance.now();
        const { row } = await arm(app);
        expect(performance.now() - begun).toBeLessThan(1_000);
        await eventually(() => app.observer.of('queue_alarm_dropped_total test.run') === 1, 5_000);
        expect((await row()).state).toBe('queued');
        expect((await app.get(Reaper).reap()).failed).toBeGreaterThan(0);

        await redis?.start();
        await eventually(async () => {
          await app.get(Reaper).reap();
          return (await row()).state === 'succeeded';
        }, 9_000);
      }, 20_000);

      it('a process that starts without it begins when it is there', async () => {
        await redis?.kill();
        const app = await background();
        const { row } = await arm(app);
        await eventually(() => app.observer.of('queue_alarm_dropped_total test.run') === 1, 6_000);
        await redis?.start();
        await eventually(async () => {
          await app.get(Reaper).reap();
          return (await row()).state === 'succeeded';
        }, 12_000);
      }, 30_000);

      it('full, it drops alarms, spins no worker, and loses nothing', async () => {
        const app = await background({ works: false });
        const armed = await Promise.all(Array.from({ length: 5 }, () => arm(app)));
        await app.get(Queues).settled();
        await redis?.fill(true);
        try {
          await app.get(QueueWorkers).start();
          armed.push(await arm(app));
          await eventually(() => app.observer.of('queue_alarm_dropped_total test.run') === 1, 5_000);
          const before = app.observer.lines.length;
          const cpu = process.cpuUsage();
          await wait(2_000);
          const { user, system } = process.cpuUsage(cpu);
          expect((user + system) / 1_000).toBeLessThan(1_000);
          expect(app.observer.lines.length - before).toBeLessThan(20);
        } finally {
          await redis?.fill(false);
        }
        await eventually(async () => {
          await app.get(Reaper).reap();
          return (await Promise.all(armed.map(({ row }) => row()))).every((row) => row.state === 'succeeded' && row.effects === 1);
        }, 12_000);
      }, 30_000);

      it('a process that is asked to end does not wait for it', async () => {
        const app = await background();
        await app.get(Queues).counts();
        await redis?.kill();
        try {
          await wait(300);
          const begun = performance.now();
          await app.get(QueueWorkers).stop(20_000);
          expect(performance.now() - begun).toBeLessThan(3_000);
        } finally {
          await redis?.start();
        }
      }, 40_000);

      it('FLUSHALL loses nothing', async () => {
        const app = await background({ works: false });
        const armed = await Promise.all(Array.from({ length: 20 }, () => arm(app)));
        await app.get(Queues).settled();
        await redis?.flushAll();
        expect((await app.get(Queues).counts())[0]?.waiting).toBe(0);
        await app.get(QueueWorkers).start();
        await app.get(Reaper).reap();
        await eventually(
          async () => (await Promise.all(armed.map(({ row }) => row()))).every((row) => row.state === 'succeeded' && row.effects === 1),
          9_000,
        );
      }, 20_000);
    });
  }
});
