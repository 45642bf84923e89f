import pg from 'pg';
import { PLATFORM_SCOPE_ID } from '../../apps/api/src/modules/audit/index.js';
import { SessionActivity } from '../../apps/api/src/modules/identity/session-activity.js';
import { JobRunner } from '../../libs/platform/queue/index.js';
import { plant, type Ground } from '../isolation/fixtures/ground.js';
import { TenantChecksums } from '../support/checksums.js';
import { eventually } from '../support/eventually.js';
import { auditsOf } from '../support/records.js';
import type { StaffClient } from '../support/test-staff.js';
import { world, type World } from '../support/world.js';

/** More than two batches of one table, so that a purge can be stopped between them. */
const MANY = 12_000;

let w: World;
let db: pg.Client;
/** Holds what a purge has to wait for. */
let blocker: pg.Client;
let checksums: TenantChecksums;
beforeAll(async () => {
  w = await world({ own_database: `purge_${process.pid}` });
  [db, blocker] = [new pg.Client({ connectionString: w.database.superUrl }), new pg.Client({ connectionString: w.database.superUrl })];
  await Promise.all([db.connect(), blocker.connect()]);
  checksums = await TenantChecksums.open(w.database.superUrl);
}, 60_000);
afterAll(async () => {
  await checksums?.close();
  await Promise.all([db?.end(), blocker?.end()]);
});

/** An archived tenant with many rows, its purge started; what it had. */
async function doomed(marker: string): Promise<{ ground: Ground; job: string; before: Readonly<Record<string, number>> }> {
  const staff = await w.staff('superuser');
  const ground = await plant(w, marker);
  const { tenant_id, slug } = ground.tenant;
  await db.query(
    `insert into idempotency_keys (tenant_id, idempotency_key_id, principal_id, key_hash, request_hash, expires_at)
     select $1, gen_random_uuid(), $1, sha256(n::text::bytea), sha256('x'), now() from generate_series(1, $2::int) n`,
    [tenant_id, MANY],
  );
  await staff.post(`/platform/tenants/${tenant_id}/archive`, { reason: 'the contract has ended' }).expect(200);
  await w.app.get(SessionActivity, { strict: false }).flush(); // what is written off the request path
  const before = await checksums.counts(tenant_id);
  const purge = (by: StaffClient) => by.post(`/platform/tenants/${tenant_id}/purge`, { reason: 'the contract has ended', confirm: slug });
  await purge(staff).expect(202); // a second person agrees
  const { body } = await purge(await w.staff('superuser')).expect(202);
  return { ground, job: (body as { provisioning_job_id: string }).provisioning_job_id, before };
}
const run = (job: string): Promise<string> => w.app.get(JobRunner, { strict: false }).run('provisioning.run', { provisioning_job_id: job });
const stateOf = async (job: string): Promise<string> =>
  (await db.query<{ state: string }>('select state from provisioning_jobs where provisioning_job_id = $1', [job])).rows[0]?.state ?? '';
const progressOf = async (job: string): Promise<Record<string, number>> =>
  (
    await db.query<{ rows: Record<string, number> }>(
      `select output -> 'rows' as rows from provisioning_steps where provisioning_job_id = $1 and step_key = 'rows'`,
      [job],
    )
  ).rows[0]?.rows ?? {};
/** As after the death of the worker that had it: the lease is over, the wait is over. */
const due = (job: string): Promise<unknown> =>
  db.query(
    `update provisioning_jobs set next_run_at = now(), lease_until = case when state = 'running' then now() - interval '1 second' end where provisioning_job_id = $1`,
    [job],
  );

async function certificateOf(tenant_id: string): Promise<{ rows: Record<string, number>; objects: unknown }[]> {
  const audits = (await auditsOf(w, PLATFORM_SCOPE_ID, 'tenant.purged')).filter(({ targets }) => targets[0]?.id === tenant_id);
  return audits.map(({ changes }) => ({ rows: changes['rows']?.[1] as Record<string, number>, objects: changes['objects']?.[1] }));
}
/** What the certificate has to say, whatever happened on the way. */
function expected(before: Readonly<Record<string, number>>, rows: Readonly<Record<string, number>>): Record<string, number> {
  // Being seen is written by a timer, so rows of it may appear between the count and the purge.
  const seen: Record<string, number> = rows['principal_activity'] ? { principal_activity: rows['principal_activity'] } : {};
  return { ...Object.fromEntries(Object.entries(before).filter(([table]) => Object.hasOwn(rows, table))), ...seen, provisioning_jobs: 1 };
}

/** Waits until a purge stands at a lock, then cuts its connection: the transaction is gone, as with a killed worker. */
async function cut(): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await db.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'select purge_rows%' and wait_event_type = 'Lock'`,
    );
    if (!rowCount) throw new Error('no purge stands at a lock');
  }, 10_000);
}

it('killed in the middle of a batch goes on from the last one and ends with the same certificate', async () => {
  const { ground, job, before } = await doomed('thylacine');
  const { tenant_id } = ground.tenant;
  const interrupted: string[] = [];
  for (let kills = 0; kills < 2; kills++) {
    await blocker.query('begin');
    await blocker.query('lock table memberships in access exclusive mode'); // children are gone by then, in the same transaction
    const running = run(job);
    await cut();
    interrupted.push(await running);
    await blocker.query('rollback');
    await due(job);
  }
  expect(interrupted).toEqual(['retried', 'retried']);
  // Whole batches were kept, nothing of the one that was cut.
  const progress = await progressOf(job);
  expect(Object.values(progress).reduce((sum, n) => sum + n, 0)).toBe(10_000);
  expect(progress['memberships']).toBeUndefined();
  const left = (await checksums.counts(tenant_id))['idempotency_keys'];
  expect(left).toBe((before['idempotency_keys'] ?? 0) - (progress['idempotency_keys'] ?? 0));

  expect(await run(job)).toBe('done');
  expect(await stateOf(job)).toBe('succeeded');
  const certificates = await certificateOf(tenant_id);
  expect(certificates).toHaveLength(1);
  const [certificate] = certificates;
  expect(certificate?.rows).toEqual(expected(before, certificate?.rows ?? {}));
  expect(certificate?.rows['idempotency_keys']).toBe(MANY);
  expect(certificate?.objects).toBe(1);
}, 60_000);

it('whose worker lost its lease writes nothing more, and the next worker ends it', async () => {
  const { ground, job, before } = await doomed('auk');
  const { tenant_id } = ground.tenant;
  await blocker.query('begin');
  await blocker.query('select 1 from tenants where tenant_id = $1 for update', [tenant_id]); // the first worker waits before its first batch
  const first = run(job);
  await eventually(async () => expect(await stateOf(job)).toBe('running'), 5_000);
  await db.query(
    `update provisioning_jobs set fence = fence + 1, lease_until = now() - interval '1 second' where provisioning_job_id = $1`,
    [job],
  );
  await blocker.query('rollback');
  expect(await first).toBe('lost');
  expect(await certificateOf(tenant_id)).toEqual([]);
  await due(job);
  expect(await run(job)).toBe('done');
  const [certificate, ...more] = await certificateOf(tenant_id);
  expect(more).toEqual([]);
  expect(certificate?.rows).toEqual(expected(before, certificate?.rows ?? {}));
}, 60_000);
