import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { firstIdOf } from '../../apps/api/src/modules/webhooks/deliveries/id-range.js';
import { Retention } from '../../apps/api/src/modules/webhooks/retention/retention.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { platformScope, Schedules, type ScheduleOutcome } from '../../libs/platform/queue/index.js';
import { cloneDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/migrate.js';
import { Receiver } from '../support/receiver.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { expectSoundWebhooks } from '../support/webhook-invariants.js';
import { world, type World } from '../support/world.js';

/** The weekly partitions of events, deliveries and attempts: one that was not made, and one that is dropped under load. */
const TABLES = ['events', 'webhook_deliveries', 'webhook_attempts'] as const;
const STALL_MS = 1_000;
jest.setTimeout(60_000);

let w: World;
let receiver: Receiver;
let superuser: pg.Client;
let acme: TestTenant;
let owner: TestUser;
let hook: { webhook_id: string };

beforeAll(async () => {
  const database = await cloneDatabase(`weeks_${process.pid}`);
  // The world begins in a week that nobody has made.
  await withClient(database.superUrl, (client) => client.query(`drop table ${TABLES.map((table) => `${table}_${thisWeek()}`).join(', ')}`));
  receiver = await Receiver.start();
  w = await world({ database, work: true, env: { WEBHOOK_ALLOWED_CIDRS: '127.0.0.1/32' } });
  superuser = new pg.Client({ connectionString: database.superUrl });
  await superuser.connect();
  acme = await w.tenant();
  owner = await acme.user();
  const url = receiver.url('/weeks');
  hook = (await owner.post('/webhooks', { name: 'Weeks', url, events: ['inventory.*'] }).expect(201)).body.webhook;
});
afterEach(async () => {
  await eventually(() => expectSoundWebhooks(superuser), 15_000);
});
afterAll(async () => {
  await superuser?.end();
  await w?.close();
  await receiver?.stop();
});

function thisWeek(): string {
  const now = new Date();
  const monday = new Date(now.getTime() - ((now.getUTCDay() + 6) % 7) * 86_400_000);
  return monday.toISOString().slice(0, 10).replaceAll('-', '_');
}
const product = () => owner.post('/products', { name: 'Tea', sku: `SKU-${newId()}`, price_minor: 100 }).expect(201);
const one = async (statement: string, ...params: unknown[]): Promise<Record<string, unknown>> =>
  (await superuser.query<Record<string, unknown>>(statement, params)).rows[0] ?? {};
const rowsIn = async (partition: string): Promise<number> => (await one(`select count(*)::int as n from ${partition}`))['n'] as number;
const retain = (): Promise<ScheduleOutcome | null> => w.app.get(Schedules, { strict: false }).runNow('webhooks.retain');
const metric = async (line: string): Promise<number> => {
  const found = (await w.runtime.metrics.expose()).split('\n').find((text) => text.startsWith(`${line} `));
  return found === undefined ? 0 : Number(found.slice(line.length + 1));
};
const logged = (message: string): number => w.logs.lines.filter((line) => line.includes(message)).length;
/** A delivery that no event stands behind; ids of any time. */
const plant = (at: string, status: string, n = 1) =>
  superuser.query(
    `insert into webhook_deliveries (tenant_id, delivery_id, webhook_id, event_id, event_type, status)
     select $1, overlay($2::text placing lpad(i::text, 12, '0') from 25)::uuid, $3, $2::uuid, 'inventory.created', $4 from generate_series(1, $5::int) i`,
    [acme.tenant_id, firstIdOf(new Date(at)), hook.webhook_id, status, n],
  );
/** Requests one after another while `work` runs. @returns the longest, ms */
async function slowestWhile(work: () => Promise<unknown>): Promise<number> {
  let slowest = 0;
  let isDone = false;
  const load = [1, 2].map(async () => {
    while (!isDone) {
      const begun = performance.now();
      await product();
      slowest = Math.max(slowest, performance.now() - begun);
    }
  });
  await work().finally(() => (isDone = true));
  await Promise.all(load);
  return slowest;
}

it('[004-38] writes on when the partition of the week is missing, says so, and makes the week of the rows that came meanwhile', async () => {
  for (let n = 0; n < 5; n += 1) await product();
  await eventually(() => expect(receiver.at('/weeks')).toHaveLength(5), 10_000);
  await eventually(() => expectSoundWebhooks(superuser), 5_000);
  for (const table of TABLES) {
    expect(await rowsIn(`${table}_default`)).toBeGreaterThanOrEqual(5);
    expect(await metric(`partition_default_rows{table="${table}"}`)).toBeGreaterThanOrEqual(5);
  }
  // Clocks that were wrong: one row of a week that nobody keeps, one of a week that is far away.
  await plant('2019-12-31T12:00:00Z', 'held');
  await plant('2039-12-31T12:00:00Z', 'held');
  const before = await rowsIn('webhook_deliveries');

  const slowest = await slowestWhile(async () => expect(await retain()).toMatchObject({ failed: 0, remaining: 0 }));
  expect(slowest).toBeLessThan(STALL_MS);
  expect(logged('rows lie in the default partition')).toBe(TABLES.length);
  for (const table of TABLES) {
    expect(await rowsIn(`${table}_${thisWeek()}`)).toBeGreaterThanOrEqual(5);
    expect(await metric(`partition_default_rows{table="${table}"}`)).toBe(table === 'webhook_deliveries' ? 1 : 0);
  }
  expect(await rowsIn('webhook_deliveries')).toBeGreaterThanOrEqual(before - 1);
  expect(await metric('webhook_expired_total{status="held"}')).toBe(1); // the row of 2019 got its week, and that is over
  expect(await one(`select delivery_id::text from webhook_deliveries_default`)).toEqual({ delivery_id: expect.stringMatching(/^0202/) });
  await superuser.query('delete from webhook_deliveries_default');

  // Nothing is left to do, and the next week is made as ever.
  const [next] = (await superuser.query(`select c.relname from pg_class c where c.relispartition and c.relkind = 'r' and c.relname ~ '^events_\\d{4}' order by 1 desc limit 1`)).rows as [{ relname: string }]; // prettier-ignore
  await superuser.query(`drop table ${next.relname}`);
  expect(await retain()).toMatchObject({ processed: 1, failed: 0 });
  expect(logged('rows lie in the default partition')).toBe(TABLES.length);
});

it('gives all partitions of deliveries room for updates and an early vacuum, whoever made them', async () => {
  await eventually(() => superuser.query(`select ensure_partitions('5 months')`), 10_000); // it waits for others no longer than 200 ms
  const { rows } = await superuser.query<{ options: string[] }>(
    `select distinct c.reloptions as options from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'webhook_deliveries'::regclass`,
  );
  expect(rows).toEqual([{ options: ['fillfactor=80', 'autovacuum_vacuum_scale_factor=0.01'] }]);
  expect(await one(`select reloptions as options from pg_class where oid = 'webhook_lanes'::regclass`)).toEqual({ options: ['fillfactor=50'] }); // prettier-ignore
  // What was a default partition is fenced like one that was made.
  for (const table of TABLES)
    expect(
      await one(
        `select c.relrowsecurity and c.relforcerowsecurity as fenced, (select count(*)::int from pg_policy where polrelid = c.oid) as policies,
                has_table_privilege('tenantry_app', c.oid, 'select') as app, c.relispartition as attached
           from pg_class c where c.oid = $1::text::regclass`,
        `${table}_${thisWeek()}`,
      ),
    ).toEqual({ fenced: true, policies: 3, app: false, attached: true });
  for (const name of ['events_no_truncate', 'webhook_attempts_no_truncate'].map((trigger) => trigger.replace('_no', `_${thisWeek()}_no`)))
    expect(await one('select count(*)::int as n from pg_trigger where tgname = $1', name)).toEqual({ n: 1 });
  await expect(superuser.query(`update events_${thisWeek()} set subject_id = 'x'`)).rejects.toMatchObject({ code: '55000' });
});

it('[004-38] drops an old week under load: nobody waits long, and what was open is counted once', async () => {
  await superuser.query(`
    select make_partition(t, t || '_2020_01_06', format('for values from (%L) to (%L)', partition_bound(t, '2020-01-06Z'), partition_bound(t, '2020-01-13Z')))
      from unnest(array['events', 'webhook_deliveries', 'webhook_attempts']) t`);
  await plant('2020-01-07T00:00:00Z', 'held', 30_000);
  await plant('2020-01-08T00:00:00Z', 'dlq', 30_000);
  const expired = await metric('webhook_expired_total{status="held"}');
  const reader = new pg.Client({ connectionString: w.database.superUrl });
  await reader.connect();
  try {
    await reader.query('begin');
    await reader.query(`select from webhook_deliveries_2020_01_06 limit 1`);
    // Somebody reads the week for longer than a run has time: it is not dropped, and nothing is counted.
    const cut = await w.app.get(Retention, { strict: false }).run({ scope: platformScope('test'), signal: AbortSignal.timeout(1_000) });
    expect(cut).toMatchObject({ failed: 1, remaining: 1 });
    expect(await metric('webhook_expired_total{status="held"}')).toBe(expired);

    const slowest = await slowestWhile(async () => {
      const run = retain();
      await wait(1_500);
      await reader.query('commit');
      expect(await run).toMatchObject({ failed: 0, remaining: 0 });
    });
    expect(slowest).toBeLessThan(STALL_MS);
  } finally {
    await reader.end();
  }
  for (const table of TABLES) expect(await one(`select to_regclass('${table}_2020_01_06') as week`)).toEqual({ week: null });
  expect(await metric('webhook_expired_total{status="held"}')).toBe(expired + 30_000);
  await retain();
  expect(await metric('webhook_expired_total{status="held"}')).toBe(expired + 30_000);
  expect(logged('webhook deliveries end with their week')).toBeGreaterThan(0);
});
