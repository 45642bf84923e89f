import { JobError, defineSchedule, platformScope, Schedules, type ScheduleDefinition, type ScheduleRow } from '#platform/queue/index.js';
import { isPlatformScope, sql } from '#platform/db/index.js';
import { Background } from '../support/background.js';
import { testDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';

const PLATFORM = platformScope('test');
const MOVE = sql`update schedules set next_due_at = now() + $2 * interval '1 s' where name = $1`;
const ABANDON = sql`update schedules set last_started_at = now() - $2 * interval '1 s', last_finished_at = null, next_due_at = now() where name = $1`;

describe('schedules', () => {
  let database: TestDatabase;
  let serial = 0;
  const open: Background[] = [];
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterEach(async () => {
    while (open.length) await open.pop()?.stop();
  });

  /** A name of its own for each test: rows stay. */
  type Terms = Partial<ScheduleDefinition> & Pick<ScheduleDefinition, 'run'>;
  function schedule(terms: Terms): ScheduleDefinition {
    const time = terms.cron === undefined ? { every_ms: terms.every_ms ?? 3_600_000 } : { cron: terms.cron };
    return defineSchedule({
      name: `test.schedule_${process.pid}_${++serial}`,
      ...time,
      run: terms.run,
      ...(terms.lease_ms ? { lease_ms: terms.lease_ms } : {}),
    } as never);
  }
  async function start(...schedules: ScheduleDefinition[]): Promise<{ app: Background; schedules: Schedules }> {
    const app = await Background.start({ database, works: false, schedules });
    open.push(app);
    const started = app.get(Schedules);
    await started.start();
    return { app, schedules: started };
  }
  const rowOf = async (schedules: Schedules, name: string): Promise<ScheduleRow> => {
    const row = (await schedules.list()).find((candidate) => candidate.name === name);
    if (!row) throw new Error(`no row of ${name}`);
    return row;
  };
  async function tick(...all: Schedules[]): Promise<void> {
    await Promise.all(all.map((schedules) => schedules.tick()));
    await Promise.all(all.map((schedules) => schedules.settled()));
  }

  it('[000-13] an interval that is due runs once over two processes, with a platform scope', async () => {
    const scopes: unknown[] = [];
    const definition = schedule({ run: ({ scope }) => Promise.resolve(void scopes.push(scope)) });
    const one = await start(definition);
    const two = await start(definition);
    await tick(one.schedules, two.schedules);
    await tick(one.schedules, two.schedules);
    expect(scopes).toHaveLength(1);
    expect(isPlatformScope(scopes[0] as never)).toBe(true);
    const row = await rowOf(one.schedules, definition.name);
    expect(row.last_result).toMatchObject({ processed: 0, failed: 0, remaining: 0 });
    expect(row.next_due_at.getTime() - Date.now()).toBeGreaterThan(3_500_000);
  });

  it('misses are caught up once, not once each', async () => {
    let runs = 0;
    const definition = schedule({ every_ms: 60_000, run: () => Promise.resolve(void runs++) });
    const { app, schedules } = await start(definition);
    await app.platform.query(PLATFORM, MOVE, [definition.name, -3 * 86_400]);
    for (let n = 0; n < 4; n++) await tick(schedules);
    expect(runs).toBe(1);
    expect((await rowOf(schedules, definition.name)).next_due_at.getTime()).toBeGreaterThan(Date.now());
  });

  it('a cron time waits for its time, in UTC', async () => {
    let runs = 0;
    const definition = schedule({ cron: '0 2 * * *', run: () => Promise.resolve(void runs++) });
    const { app, schedules } = await start(definition);
    await tick(schedules);
    expect(runs).toBe(0);
    const { next_due_at } = await rowOf(schedules, definition.name);
    expect([next_due_at.getUTCHours(), next_due_at.getUTCMinutes()]).toEqual([2, 0]);
    await app.platform.query(PLATFORM, MOVE, [definition.name, -1]);
    await tick(schedules);
    expect(runs).toBe(1);
    expect((await rowOf(schedules, definition.name)).next_due_at.getUTCHours()).toBe(2);
  });

  it('runs on demand, due or not, and answers what it did; a second call meanwhile is skipped', async () => {
    let release: () => void = () => undefined;
    const definition = schedule({
      cron: '0 2 1 1 *',
      run: () => new Promise((resolve) => (release = () => resolve({ processed: 3, failed: 1, remaining: 0 }))),
    });
    const one = await start(definition);
    const two = await start(definition);
    const first = one.schedules.runNow(definition.name);
    await eventually(async () => (await rowOf(one.schedules, definition.name)).last_started_at !== null);
    expect(await two.schedules.runNow(definition.name)).toEqual({ skipped: 'running' });
    expect(await one.schedules.runNow(definition.name)).toEqual({ skipped: 'running' });
    release();
    expect(await first).toEqual({ processed: 3, failed: 1, remaining: 0, duration_ms: expect.any(Number) });
    expect(await one.schedules.runNow('test.unheard_of')).toBeNull();
  });

  it('a version with a shorter interval does not wait for the old time, and runs on demand before any worker has started', async () => {
    let runs = 0;
    const slow = schedule({ every_ms: 86_400_000, run: () => Promise.resolve(void runs++) });
    const app = await Background.start({ database, works: false, schedules: [slow] });
    open.push(app);
    expect(await app.get(Schedules).runNow(slow.name)).toMatchObject({ remaining: 0 });
    const { schedules } = await start(defineSchedule({ name: slow.name, every_ms: 15_000, run: slow.run }));
    expect((await rowOf(schedules, slow.name)).next_due_at.getTime() - Date.now()).toBeLessThan(16_000);
    expect(runs).toBe(1);
  });

  it('what is left over makes it due again at once', async () => {
    let left = 3;
    const definition = schedule({ run: () => Promise.resolve({ processed: 1, failed: 0, remaining: --left }) });
    const { schedules } = await start(definition);
    for (let n = 0; n < 5; n++) await tick(schedules);
    expect(left).toBe(0);
  });

  it('a failure is written down, keeps its time and does not stop the others', async () => {
    let others = 0;
    const bad = schedule({ run: () => Promise.reject(new JobError('disk_full', 'The disk is full.')) });
    const good = schedule({ run: () => Promise.resolve(void others++) });
    const { app, schedules } = await start(bad, good);
    await tick(schedules);
    const row = await rowOf(schedules, bad.name);
    expect(row.last_result).toMatchObject({ error: { code: 'disk_full', message: 'The disk is full.' } });
    expect(row.last_finished_at).not.toBeNull();
    expect(row.next_due_at.getTime()).toBeGreaterThan(Date.now());
    expect(others).toBe(1);
    expect(app.observer.of(`schedule_runs_total ${bad.name} failed`)).toBe(1);
    await expect(schedules.runNow(bad.name)).rejects.toThrow('The disk is full.');
  });

  it('a run whose process died holds its place only as long as its lease', async () => {
    let runs = 0;
    const definition = schedule({ lease_ms: 60_000, run: () => Promise.resolve(void runs++) });
    const { app, schedules } = await start(definition);
    await app.platform.query(PLATFORM, ABANDON, [definition.name, 30]);
    await tick(schedules);
    expect(runs).toBe(0);
    await app.platform.query(PLATFORM, ABANDON, [definition.name, 61]);
    await tick(schedules);
    expect(runs).toBe(1);
  });

  it('a paused one waits, and still runs on demand', async () => {
    let runs = 0;
    const definition = schedule({ run: () => Promise.resolve(void runs++) });
    const { schedules } = await start(definition);
    expect(await schedules.pause(definition.name, true)).toBe(true);
    await tick(schedules);
    expect(runs).toBe(0);
    await schedules.runNow(definition.name);
    expect(runs).toBe(1);
    expect(await schedules.pause('test.unheard_of', true)).toBe(false);
  });

  it('the timer does it by itself, and stop aborts what runs', async () => {
    let aborted = false;
    const definition = schedule({
      run: ({ signal }) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            aborted = true;
            resolve();
          }),
        ),
    });
    const { schedules } = await start(definition);
    await eventually(async () => (await rowOf(schedules, definition.name)).last_started_at !== null, 5_000);
    await schedules.stop();
    expect(aborted).toBe(true);
    expect((await rowOf(schedules, definition.name)).last_finished_at).not.toBeNull();
  });

  it('refuses a name twice and a time that is none', async () => {
    const definition = schedule({ run: () => Promise.resolve() });
    await expect(start(definition, definition)).rejects.toThrow('twice');
    await expect(start(schedule({ cron: '0 25 * * *', run: () => Promise.resolve() }))).rejects.toThrow('hour');
    expect(() => schedule({ every_ms: 10, run: () => Promise.resolve() })).toThrow('every_ms');
  });
});
