import pg from 'pg';
import { createRegistry } from '../../apps/api/src/app.module.js';
import { ROLE_PACKS } from '../../libs/contracts/roles.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { TenantChecksums } from '../support/checksums.js';
import { eventually } from '../support/eventually.js';
import { auditsOf, eventsOf } from '../support/records.js';
import type { StaffClient } from '../support/test-staff.js';
import { world, type World } from '../support/world.js';
import { KillGates, type Moment } from './fixtures/kill-gates.js';
import { buildProgram, Workers } from './fixtures/worker-process.js';

/**
 * `kill -9` of the worker at every point of the pipeline: as a step begins (the one before is committed), with the effect of a step written
 * and not committed, and as the job ends. Three jobs die with each worker; the next worker brings them to their end and is killed in turn.
 */
const PIPELINE = createRegistry().pipeline;
const MOMENTS: readonly Moment[] = [
  ...PIPELINE.flatMap(({ key }) => [
    { step: key, state: 'running' },
    { step: key, state: 'done' },
  ]),
  { step: null, state: 'succeeded' },
];
/** Fewer than the four that one worker runs at once: jobs that stand at a gate leave room for those that have to end. */
const AT_ONCE = 3;
const PATIENCE_MS = 60_000;
jest.setTimeout(300_000);

interface Victim {
  readonly moment: Moment;
  readonly tenant_id: string;
  readonly provisioning_job_id: string;
  readonly email: string;
}

let w: World;
let staff: StaffClient;
let gates: KillGates;
let workers: Workers;
let checksums: TenantChecksums;
let superuser: pg.Client;

beforeAll(async () => {
  buildProgram();
  w = await world({ own_database: `kill_${process.pid}` });
  staff = await w.staff();
  gates = await KillGates.open(w.database.superUrl);
  workers = new Workers(w.database);
  checksums = await TenantChecksums.open(w.database.superUrl);
  superuser = new pg.Client({ connectionString: w.database.superUrl });
  await superuser.connect();
});
afterAll(async () => {
  await workers?.close();
  await gates?.close();
  await checksums?.close();
  await superuser?.end();
});

async function order(moment: Moment): Promise<Victim> {
  const email = `owner.${newId().slice(-10)}@example.com`;
  const { body } = await staff
    .post('/platform/tenants', {
      name: 'Victim',
      subdomain: `k${newId().slice(-10)}`,
      template_code: 'business',
      plan_code: 'premium',
      owner: { email },
    })
    .expect(201);
  return { moment, email, ...(body as { tenant_id: string; provisioning_job_id: string }) };
}
const nameOf = ({ step, state }: Moment): string => (step === null ? `the job ${state}` : `${step} ${state}`);

/** What a clock would do: leases of the dead run out, and the schedules of the next worker are due. */
async function timePasses(): Promise<void> {
  await superuser.query(
    "update provisioning_jobs set lease_until = now() - interval '1 second' where state in ('running', 'compensating')",
  );
  await superuser.query("update provisioning_jobs set next_run_at = now() where state in ('queued', 'waiting')");
  await superuser.query(
    "update schedules set next_due_at = now(), last_started_at = now() - interval '1 day', last_finished_at = now() - interval '1 day'",
  );
}
async function states(victims: readonly Victim[]): Promise<Record<string, string>> {
  const { rows } = await superuser.query<{ provisioning_job_id: string; state: string }>(
    'select provisioning_job_id, state from provisioning_jobs where provisioning_job_id = any ($1)',
    [victims.map((victim) => victim.provisioning_job_id)],
  );
  return Object.fromEntries(
    rows.map((row) => [
      nameOf(victims.find((victim) => victim.provisioning_job_id === row.provisioning_job_id)?.moment ?? { step: null, state: '?' }),
      row.state,
    ]),
  );
}
/** With what the worker said, when it does not come to pass; at once when there is no worker any more. */
async function reached(check: () => Promise<void>): Promise<void> {
  try {
    await eventually(() => (workers.isRunning ? check() : undefined), PATIENCE_MS);
    if (!workers.isRunning) throw new Error('the worker has ended by itself');
  } catch (error) {
    throw new Error(`${(error as Error).message}\nThe worker said: ${workers.said}`);
  }
}

const victims: Victim[] = [];

it('[000-67] brings every job to its end, whatever point of the pipeline its worker was killed at', async () => {
  for (let at = 0; at < MOMENTS.length; at += AT_ONCE) {
    const batch: Victim[] = [];
    for (const moment of MOMENTS.slice(at, at + AT_ONCE)) {
      const victim = await order(moment);
      await gates.set({ provisioning_job_id: victim.provisioning_job_id, ...moment });
      batch.push(victim);
    }
    await timePasses();
    workers.start();
    await reached(async () => expect((await gates.waiting()).sort()).toEqual(batch.map((victim) => victim.provisioning_job_id).sort()));
    await reached(async () => expect(new Set(Object.values(await states(victims)))).toEqual(new Set(victims.length ? ['succeeded'] : [])));
    await workers.kill();
    await gates.release();
    await eventually(() => gates.isQuiet(), 10_000); // the server has noticed that nobody is there, and rolled back
    expect(Object.values(await states(batch))).toEqual(batch.map(() => 'running'));
    victims.push(...batch);
  }
  await timePasses();
  workers.start();
  await reached(async () =>
    expect(await states(victims)).toEqual(Object.fromEntries(MOMENTS.map((moment) => [nameOf(moment), 'succeeded']))),
  );
});

it('[000-67] did everything exactly once for each of them, as for one whose worker lived', async () => {
  const undisturbed = await order({ step: null, state: 'never' });
  await timePasses();
  await reached(async () => expect(Object.values(await states([undisturbed]))).toEqual(['succeeded']));
  const withoutRelay = ({ event_outbox: _, ...counts }: Readonly<Record<string, number>>) => counts; // how far the relay is, is its own affair
  const expected = withoutRelay(await checksums.counts(undisturbed.tenant_id));
  expect(expected).toMatchObject({
    tenants: 1,
    roles: ROLE_PACKS.business.length,
    stores: 1,
    subscriptions: 1,
    entitlements: 1,
    invitations: 1,
    mail_messages: 1,
    provisioning_jobs: 1,
    provisioning_steps: PIPELINE.length,
  });

  for (const { moment, tenant_id, email } of victims) {
    const name = nameOf(moment);
    expect([name, withoutRelay(await checksums.counts(tenant_id))]).toEqual([name, expected]);
    expect([name, (await eventsOf(w, tenant_id)).map(({ type }) => type).sort()]).toEqual([
      name,
      (await eventsOf(w, undisturbed.tenant_id)).map(({ type }) => type).sort(),
    ]);
    expect([name, await eventsOf(w, tenant_id, 'tenant.created')]).toEqual([name, [expect.objectContaining({ subject_id: tenant_id })]]);
    expect([name, (await auditsOf(w, tenant_id)).map(({ action }) => action).sort()]).toEqual([
      name,
      (await auditsOf(w, undisturbed.tenant_id)).map(({ action }) => action).sort(),
    ]);
    expect([name, workers.filesOf(tenant_id).length]).toEqual([name, 1]);
    const { rows } = await superuser.query<object>(
      `select t.status, s.access, (select used::int from usage_counters u where u.tenant_id = t.tenant_id and limit_code = 'max_stores') as stores_used,
              (select count(*)::int from credential_index c where c.tenant_id = t.tenant_id) as tokens,
              (select count(*)::int from mail_messages m where m.to_email = $2) as mails
         from tenants t join tenant_state s using (tenant_id) where tenant_id = $1`,
      [tenant_id, email],
    );
    expect([name, rows]).toEqual([name, [{ status: 'active', access: 'full', stores_used: 1, tokens: 1, mails: 1 }]]);
  }
});

it('ends with exit code 0 when it is asked to', async () => {
  expect(await workers.kill('SIGTERM')).toBe(0);
});
