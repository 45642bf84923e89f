import pg from 'pg';
import { createRegistry } from '../../apps/api/src/app.module.js';
import { LIMIT_CODES } from '../../libs/contracts/modules.js';
import { fail } from '../../libs/contracts/errors.js';
import { ROLE_PACKS } from '../../libs/contracts/roles.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { makeConfirmedScope } from '../../libs/platform/db/scope-factory.js';
import type { TenantId } from '../../libs/contracts/ids.js';
import { JobRunner } from '../../libs/platform/queue/index.js';
import { Storage } from '../../libs/platform/storage/index.js';
import { TenantChecksums } from '../support/checksums.js';
import { eventually } from '../support/eventually.js';
import { auditsOf, eventsOf } from '../support/records.js';
import type { StaffClient } from '../support/test-staff.js';
import { CRON_KEY, OPS_KEY, world, type World } from '../support/world.js';

/** No queue runs here: a job runs when a test says so, so each test sees it at every point. */
jest.setTimeout(30_000);
let w: World;
let staff: StaffClient;
let superuser: pg.Client;
let checksums: TenantChecksums;
const STEPS = createRegistry().pipeline.map((step) => step.key);
const REASON = 'the storage is repaired';

beforeAll(async () => {
  w = await world({ own_database: `provisioning_${process.pid}` });
  staff = await w.staff();
  superuser = new pg.Client({ connectionString: w.database.superUrl });
  await superuser.connect();
  checksums = await TenantChecksums.open(w.database.superUrl);
}, 60_000);
afterAll(async () => {
  await checksums?.close();
  await superuser?.end();
});

interface Created {
  readonly tenant_id: string;
  readonly slug: string;
  readonly provisioning_job_id: string;
}
interface Job {
  readonly state: string;
  readonly step_key: string | null;
  readonly attempts: number;
  readonly stuck: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly steps: readonly {
    readonly step_key: string;
    readonly state: string;
    readonly attempts: number;
    readonly error: { readonly code: string } | null;
  }[];
}
const create = async (over: object = {}): Promise<Created> => {
  const { body } = await staff
    .post('/platform/tenants', {
      name: 'New',
      subdomain: `p${newId().slice(-10)}`,
      template_code: 'business',
      plan_code: 'enterprise',
      ...over,
    })
    .expect(201);
  return body as Created;
};
const run = ({ provisioning_job_id }: Created): Promise<string> =>
  w.app.get(JobRunner, { strict: false }).run('provisioning.run', { provisioning_job_id });
const job = async ({ provisioning_job_id }: Created): Promise<Job> =>
  (await staff.get(`/ops/provisioning/jobs/${provisioning_job_id}`).expect(200)).body as Job;
const retry = ({ provisioning_job_id }: Created, body: object = { reason: REASON }) =>
  staff.post(`/ops/provisioning/jobs/${provisioning_job_id}/retry`, body);
const cancel = ({ provisioning_job_id }: Created, body: object = { reason: 'ordered by mistake' }) =>
  staff.post(`/ops/provisioning/jobs/${provisioning_job_id}/cancel`, body);
/** As if the waits between attempts were over. */
const due = ({ provisioning_job_id }: Created) =>
  superuser.query('update provisioning_jobs set next_run_at = now() where provisioning_job_id = $1', [provisioning_job_id]);
const statusesOf = async (made: readonly Created[]): Promise<string[]> =>
  (
    await superuser.query<{ status: string }>('select status from tenants where tenant_id = any ($1)', [
      made.map(({ tenant_id }) => tenant_id),
    ])
  ).rows.map(({ status }) => status);
const statusOf = async ({ tenant_id }: Created): Promise<string> =>
  (await superuser.query<{ status: string }>('select status from tenants where tenant_id = $1', [tenant_id])).rows[0]?.status ?? '';
const one = async <T extends object>(statement: string, ...params: unknown[]): Promise<T> =>
  (await superuser.query<T>(statement, params)).rows[0] as T;
const marker = (tenant_id: string) =>
  w.app
    .get(Storage, { strict: false })
    .head(
      makeConfirmedScope({ tenant_id: tenant_id as TenantId, actor: { type: 'system', id: 'test' }, request_id: newId() }),
      `t/${tenant_id}/tenant.json`,
    );

/** Whatever a test did to the storage, the next one has the product's own. */
const sleepers: (() => void)[] = [];
afterEach(() => {
  for (const wake of sleepers.splice(0)) wake();
  delete (w.app.get(Storage, { strict: false }) as Partial<Storage>).put;
});

/** The storage that breaks: the product's own, but what it is asked to write fails while `broken`. */
async function withBrokenStorage<T>(work: () => Promise<T>): Promise<T> {
  const storage = w.app.get(Storage, { strict: false });
  storage.put = () => Promise.reject(fail('storage_unavailable', { retry_after: 5 }));
  try {
    return await work();
  } finally {
    delete (storage as Partial<Storage>).put; // the one of the class is back
  }
}
async function failFinally(created: Created): Promise<string[]> {
  const outcomes: string[] = [];
  await withBrokenStorage(async () => {
    for (let i = 0; i < 5; i++) {
      await due(created);
      outcomes.push(await run(created));
    }
  });
  return outcomes;
}

describe('a finished job', () => {
  it('[000-68] [004-12] leaves owner, roles of the pack, default store, entitlements, modules and counters, each once', async () => {
    const email = `first.${newId().slice(-8)}@example.com`;
    const created = await create({ owner: { email, name: 'First' }, plan_code: 'premium' });
    expect(await statusOf(created)).toBe('provisioning');
    expect(await run(created)).toBe('done');

    expect(await job(created)).toMatchObject({
      state: 'succeeded',
      attempts: 1,
      error: null,
      steps: STEPS.map((step_key) => ({ step_key, state: 'done', error: null })),
    });
    const roles = await superuser.query<{ code: string }>('select code from roles where tenant_id = $1 and is_system order by code', [
      created.tenant_id,
    ]);
    expect(roles.rows.map(({ code }) => code)).toEqual(ROLE_PACKS.business.map(({ code }) => code).sort());
    expect(await superuser.query('select code, is_default from stores where tenant_id = $1', [created.tenant_id])).toMatchObject({
      rows: [{ code: 'MAIN', is_default: true }],
    });
    expect(await one('select plan_code, status from entitlements where tenant_id = $1', created.tenant_id)).toEqual({
      plan_code: 'premium',
      status: 'active',
    });
    expect(await one('select count(*)::int as n from subscriptions where tenant_id = $1', created.tenant_id)).toEqual({ n: 1 });
    expect(await one('select count(*)::int as n from tenant_modules where tenant_id = $1 and enabled', created.tenant_id)).not.toEqual({
      n: 0,
    });
    const counters = await superuser.query<{ limit_code: string; used: string }>(
      'select limit_code, used from usage_counters where tenant_id = $1',
      [created.tenant_id],
    );
    expect(counters.rows.map(({ limit_code }) => limit_code).sort()).toEqual([...LIMIT_CODES].sort());
    expect(counters.rows.find(({ limit_code }) => limit_code === 'max_stores')?.used).toBe('1');
    expect(await one('select email, status from invitations where tenant_id = $1', created.tenant_id)).toEqual({
      email,
      status: 'pending',
    });
    expect(await marker(created.tenant_id)).toMatchObject({ type: 'application/json' });
    expect(
      await one('select status, access from tenants t join tenant_state s using (tenant_id) where tenant_id = $1', created.tenant_id),
    ).toEqual({ status: 'active', access: 'full' });
    expect(await eventsOf(w, created.tenant_id, 'tenant.created')).toEqual([
      { type: 'tenant.created', subject_id: created.tenant_id, data: { tenant_id: created.tenant_id, slug: created.slug, name: 'New' } },
    ]);
    expect((await w.mail.latest(email)).links.join()).toContain('/invite#tninv_');
  });

  it('makes an owner who has an account a member with the top role at once', async () => {
    const other = await w.tenant();
    const person = await other.user({ email: `known.${newId().slice(-8)}@example.com` });
    const created = await create({ owner: { email: person.email } });
    expect(await run(created)).toBe('done');
    expect(
      await one(
        'select r.library_role, a.all_stores from role_assignments a join roles r using (tenant_id, role_id) where a.tenant_id = $1 and a.user_id = $2',
        created.tenant_id,
        person.user_id,
      ),
    ).toEqual({ library_role: 'owner', all_stores: true });
    expect(await one('select count(*)::int as n from invitations where tenant_id = $1', created.tenant_id)).toEqual({ n: 0 });
    expect(await one('select used from usage_counters where tenant_id = $1 and limit_code = $2', created.tenant_id, 'max_users')).toEqual({
      used: '1',
    });
  });

  it('skips the owner where none is named', async () => {
    const created = await create();
    await run(created);
    expect((await job(created)).steps.find(({ step_key }) => step_key === 'owner')?.state).toBe('skipped');
  });

  it('[000-69] stands in the log of its own tenant and in that of no other', async () => {
    const other = await create();
    await run(other);
    const before = await checksums.of(other.tenant_id);
    const created = await create();
    await run(created);
    expect((await auditsOf(w, created.tenant_id)).map(({ action }) => action)).toEqual(
      expect.arrayContaining(['tenant.created', 'store.created', 'tenant.activated']),
    );
    expect(await checksums.of(other.tenant_id)).toEqual(before);
  });

  it('does nothing a second time: neither by its alarm nor by a retry', async () => {
    const created = await create();
    await run(created);
    const before = await checksums.of(created.tenant_id);
    expect(await run(created)).toBe('not_due');
    expect((await retry(created).expect(409)).body).toMatchObject({ code: 'job_not_retryable', state: 'succeeded' });
    expect((await cancel(created).expect(409)).body.code).toBe('job_not_cancellable');
    expect(await checksums.of(created.tenant_id)).toEqual(before);
  });
});

describe('a step that fails', () => {
  it('[000-67] waits longer each time, and is taken back after the fifth with all that was done', async () => {
    const created = await create({ owner: { email: `never.${newId().slice(-8)}@example.com` } });
    await withBrokenStorage(async () => {
      const waits: number[] = [];
      for (let attempt = 1; attempt <= 4; attempt++) {
        expect(await run(created)).toBe('retried');
        const state = await one<{ state: string; wait: number; error: { code: string } }>(
          'select state, error, round(extract(epoch from next_run_at - now()))::int as wait from provisioning_jobs where provisioning_job_id = $1',
          created.provisioning_job_id,
        );
        expect(state).toMatchObject({ state: 'waiting', error: { code: 'storage_unavailable' } });
        waits.push(state.wait);
        expect(await run(created)).toBe('not_due');
        await due(created);
      }
      expect(waits).toEqual([1, 5, 15, 60]);
      expect(await run(created)).toBe('lost'); // its row says failed already: the queue has nothing left to write
    });
    const failed = await job(created);
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'storage_unavailable' } });
    expect(failed.steps.map(({ step_key, state }) => `${step_key} ${state}`).filter((step) => / (done|running)$/.test(step))).toEqual([]);

    // What is left: the tenant and its slug for the retry, the job, and what cannot be taken back because it is a log.
    expect(Object.keys(await checksums.counts(created.tenant_id)).sort()).toEqual([
      'audit_events',
      'audit_personal',
      'event_outbox',
      'events',
      'provisioning_jobs',
      'provisioning_steps',
      'tenant_hosts',
      'tenant_state',
      'tenants',
    ]);
    expect(await eventsOf(w, created.tenant_id, 'tenant.created')).toEqual([]);
    expect(await eventsOf(w, created.tenant_id, 'invitation.created')).toEqual([]);
    expect(await one('select count(*)::int as n from mail_messages where tenant_id = $1', created.tenant_id)).toEqual({ n: 0 });
    expect(await marker(created.tenant_id)).toBeNull();
    const { body } = await staff.get(`/platform/tenants/${created.tenant_id}`).expect(200);
    expect(body).toMatchObject({
      status: 'failed',
      access: 'not_ready',
      failure_step: 'storage',
      last_error: { step: 'storage', code: 'storage_unavailable' },
    });
    expect((await auditsOf(w, created.tenant_id, 'provisioning.failed'))[0]).toMatchObject({
      outcome: 'failed',
      changes: { step_key: [undefined, 'storage'], code: [undefined, 'storage_unavailable'] },
    });
    expect((await staff.post('/platform/tenants', { name: 'Again', subdomain: created.slug }).expect(409)).body.code).toBe('slug_taken');
  });

  it('[000-62] goes on after a retry with a reason, which stands in both logs, and ends well once repaired', async () => {
    const created = await create({ owner: { email: `late.${newId().slice(-8)}@example.com` } });
    expect(await failFinally(created)).toEqual(['retried', 'retried', 'retried', 'retried', 'lost']);
    expect((await retry(created, {}).expect(400)).body.code).toBe('reason_required');
    const forced = w.request().post(`/api/v1/ops/provisioning/jobs/${created.provisioning_job_id}/retry`).set('host', 'localhost');
    expect((await forced.set('x-ops-key', OPS_KEY).send({ force: true }).expect(400)).body.code).toBe('reason_required');
    const { body } = await retry(created).expect(202);
    expect(body).toMatchObject({ state: 'queued', attempts: 0 });
    expect(await statusOf(created)).toBe('provisioning');
    expect(await run(created)).toBe('done');
    expect(await statusOf(created)).toBe('active');
    expect(
      await one(
        'select (select count(*)::int from roles where tenant_id = $1) as roles, (select count(*)::int from stores where tenant_id = $1) as stores, (select count(*)::int from subscriptions where tenant_id = $1) as subscriptions, (select count(*)::int from invitations where tenant_id = $1) as invitations',
        created.tenant_id,
      ),
    ).toEqual({ roles: ROLE_PACKS.business.length, stores: 1, subscriptions: 1, invitations: 1 });
    expect(await eventsOf(w, created.tenant_id, 'tenant.created')).toHaveLength(1);
    expect((await auditsOf(w, created.tenant_id, 'ops.provisioning_retry'))[0]).toMatchObject({
      reason: REASON,
      changes: { state: ['failed', 'queued'] },
      targets: [{ id: created.provisioning_job_id }],
    });
    const { body: own } = await staff
      .get(
        `/ops/audit-logs?tenant_id=00000000-0000-0000-0000-000000000000&action=ops.provisioning_retry&target_id=${created.provisioning_job_id}`,
      )
      .expect(200);
    expect(own.data).toHaveLength(1);
  });

  it('[000-67] takes the job up at the step that failed: what was done is not done again', async () => {
    const created = await create();
    await withBrokenStorage(() => run(created));
    const before = await one<{ store_id: string }>('select store_id from stores where tenant_id = $1', created.tenant_id);
    await due(created);
    expect(await run(created)).toBe('done');
    expect(await one('select store_id from stores where tenant_id = $1', created.tenant_id)).toEqual(before);
    expect((await job(created)).steps.map(({ step_key, attempts }) => [step_key, attempts])).toEqual(
      STEPS.map((key) => [key, key === 'storage' ? 2 : 1]),
    );
    expect(await eventsOf(w, created.tenant_id, 'store.created')).toHaveLength(1);
  });

  it('keeps no message of an unknown error: it might quote a value', async () => {
    const created = await create();
    const storage = w.app.get(Storage, { strict: false });
    storage.put = () => Promise.reject(new Error('canary-of-an-error at 10.0.0.7'));
    await run(created);
    delete (storage as Partial<Storage>).put;
    const row = await one<{ text: string }>(
      'select j::text || (select string_agg(s::text, $$ $$) from provisioning_steps s where s.provisioning_job_id = j.provisioning_job_id) as text from provisioning_jobs j where provisioning_job_id = $1',
      created.provisioning_job_id,
    );
    expect(row.text).not.toContain('canary');
    expect((await job(created)).error).toEqual({ code: 'internal', message: 'Error' });
  });
});

describe('a worker that lost its lease', () => {
  it('[000-67] cannot commit when it wakes: the fence has moved on, and the other one’s work stands alone', async () => {
    const created = await create();
    const storage = w.app.get(Storage, { strict: false });
    let wake: () => void = () => undefined;
    const paused = new Promise<void>((resolve) => (wake = resolve));
    sleepers.push(wake);
    let asleep = false;
    const put = storage.put.bind(storage) as typeof storage.put;
    storage.put = (async (...args: Parameters<typeof put>) => {
      asleep = true;
      await paused; // SIGSTOP, a long pause of the garbage collector, a laptop that was closed
      return put(...args);
    }) as typeof storage.put;
    const first = run(created);
    await eventually(() => asleep, 15_000);
    delete (storage as Partial<Storage>).put;

    await superuser.query("update provisioning_jobs set lease_until = now() - interval '1 second' where provisioning_job_id = $1", [
      created.provisioning_job_id,
    ]);
    expect(await job(created)).toMatchObject({ state: 'running', stuck: true });
    expect(await run(created)).toBe('done');
    const before = await checksums.of(created.tenant_id);
    wake();
    expect(await first).toBe('lost');
    expect(await checksums.of(created.tenant_id)).toEqual(before);
    expect(await eventsOf(w, created.tenant_id, 'tenant.created')).toHaveLength(1);
  });

  it('is left alone while it still holds the job, unless staff force the retry', async () => {
    const created = await create();
    const storage = w.app.get(Storage, { strict: false });
    let wake: () => void = () => undefined;
    const paused = new Promise<void>((resolve) => (wake = resolve));
    sleepers.push(wake);
    let asleep = false;
    storage.put = async () => {
      asleep = true;
      await paused;
      throw fail('storage_unavailable');
    };
    const first = run(created);
    await eventually(() => asleep, 15_000);
    expect((await retry(created).expect(409)).body).toMatchObject({ code: 'job_not_retryable', state: 'running' });
    expect((await cancel(created).expect(409)).body.code).toBe('job_not_cancellable');
    await retry(created, { reason: REASON, force: true }).expect(202);
    delete (storage as Partial<Storage>).put;
    expect(await run(created)).toBe('done');
    wake();
    expect(await first).toBe('lost');
    expect(await job(created)).toMatchObject({ state: 'succeeded', error: null });
  });
});

describe('one job for each tenant', () => {
  it('[000-67] is a promise of the database: a second active one is refused', async () => {
    const created = await create();
    await expect(
      superuser.query("insert into provisioning_jobs (provisioning_job_id, tenant_id, kind) values ($1, $2, 'apply_template')", [
        newId(),
        created.tenant_id,
      ]),
    ).rejects.toMatchObject({ code: '23505' });
  });

  it('is claimed by one of two workers that hear the same alarm', async () => {
    const created = await create();
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => run(created)));
    expect(outcomes.sort()).toEqual(['done', 'not_due', 'not_due', 'not_due']);
  });
});

describe('POST …/cancel', () => {
  it('ends a job that has not begun, with a reason, and leaves the tenant failed', async () => {
    const created = await create();
    expect((await cancel(created, { reason: 'short' }).expect(400)).body.code).toBe('reason_required');
    expect((await cancel(created).expect(202)).body.state).toBe('cancelled');
    expect(await run(created)).toBe('not_due');
    expect(await statusOf(created)).toBe('failed');
    expect((await retry(created).expect(409)).body.code).toBe('job_not_retryable');
    expect((await auditsOf(w, created.tenant_id, 'ops.provisioning_cancel'))[0]).toMatchObject({ reason: 'ordered by mistake' });
  });

  it('frees the slug and the subdomain at once, for anybody; the cancelled job stays where it is', async () => {
    const created = await create();
    await cancel(created).expect(202);
    expect((await auditsOf(w, created.tenant_id, 'ops.provisioning_cancel'))[0]?.changes).toEqual({
      state: ['queued', 'cancelled'],
      slug: [created.slug, null],
    });
    const successor = await create({ subdomain: created.slug });
    expect(successor.tenant_id).not.toBe(created.tenant_id);
    await run(successor);
    expect(await statusOf(successor)).toBe('active');
    const refused = (await retry(created, { reason: REASON, force: true } as object).expect(409)).body;
    expect(refused).toMatchObject({ code: 'job_not_retryable', state: 'cancelled' });
    expect((await cancel(created).expect(409)).body.code).toBe('job_not_cancellable');
    expect(await statusOf(created)).toBe('failed');
    expect((await staff.get(`/platform/tenants/${created.tenant_id}`).expect(200)).body.slug).toBe(`cancelled-${created.tenant_id}`);
  });

  it('takes back a job that waits for its next attempt; the slug of one that failed stays for the retry', async () => {
    const waiting = await create();
    await withBrokenStorage(async () => {
      await run(waiting);
    });
    expect((await job(waiting)).state).toBe('waiting');
    expect((await staff.post('/platform/tenants', { name: 'Thief', subdomain: waiting.slug }).expect(409)).body.code).toBe('slug_taken');
    await cancel(waiting).expect(202);
    await create({ subdomain: waiting.slug });
  });

  it('and retry are 404 for a job that does not exist', async () => {
    const nobody = { tenant_id: newId(), slug: '', provisioning_job_id: newId() };
    await retry(nobody).expect(404);
    await cancel(nobody).expect(404);
    await staff.get(`/ops/provisioning/jobs/${nobody.provisioning_job_id}`).expect(404);
  });
});

describe('GET /ops/provisioning/jobs', () => {
  const list = async (query: string): Promise<{ provisioning_job_id: string; state: string; tenant_slug: string }[]> =>
    (
      (await w.request().get(`/api/v1/ops/provisioning/jobs${query}`).set('host', 'localhost').set('x-ops-key', OPS_KEY).expect(200))
        .body as { data: { provisioning_job_id: string; state: string; tenant_slug: string }[] }
    ).data;

  it('[000-61] filters by status in any case, by PENDING for queued, and by tenant and kind', async () => {
    const [queued, running, done] = [await create(), await create(), await create()];
    await run(done);
    await superuser.query(
      "update provisioning_jobs set state = 'running', lease_until = now() + interval '1 minute' where provisioning_job_id = $1",
      [running.provisioning_job_id],
    );
    const ids = async (query: string): Promise<string[]> => (await list(query)).map(({ provisioning_job_id }) => provisioning_job_id);
    expect(await ids('?status=RUNNING&limit=100')).toEqual([running.provisioning_job_id]);
    expect(await ids('?status=running&limit=100')).toEqual([running.provisioning_job_id]);
    expect(await ids('?status=PENDING&limit=100')).toContain(queued.provisioning_job_id);
    expect(await ids('?status=pending&limit=100')).toEqual(await ids('?status=queued&limit=100'));
    expect(new Set((await list('?status=Succeeded&limit=100')).map(({ state }) => state))).toEqual(new Set(['succeeded']));
    expect(await ids(`?tenant_id=${done.tenant_id}`)).toEqual([done.provisioning_job_id]);
    expect(await ids(`?tenant_id=${done.tenant_id}&kind=tenant_create&status=failed`)).toEqual([]);
    await staff.get('/ops/provisioning/jobs?status=sleeping').expect(400);
    await superuser.query("update provisioning_jobs set state = 'cancelled' where provisioning_job_id = $1", [running.provisioning_job_id]);
  });
});

describe('/provisioning/worker', () => {
  const worker = (method: 'get' | 'post', key?: string) => {
    const request = w.request()[method]('/api/v1/provisioning/worker').set('host', 'localhost');
    return key === undefined ? request : request.set('x-cron-key', key);
  };

  /** Ten at most in one call, so what the tests before left takes several; what waits between two attempts is made due. */
  async function finishAll(): Promise<void> {
    await superuser.query("update provisioning_jobs set next_run_at = now() where state = 'waiting'");
    let processed: number;
    do ({ processed } = (await worker('post', CRON_KEY).expect(200)).body as { processed: number });
    while (processed > 0);
  }

  it('[000-08] answers 401 to a wrong, short or missing key', async () => {
    for (const method of ['get', 'post'] as const) {
      expect((await worker(method).expect(401)).body.code).toBe('unauthenticated');
      for (const key of ['short', `${CRON_KEY}x`, CRON_KEY.slice(0, -1), OPS_KEY, CRON_KEY.toUpperCase()])
        expect((await worker(method, key).expect(401)).body.code).toBe('invalid_credentials');
    }
  });

  it('[000-65] [000-66] tells what waits, and one call runs what is due', async () => {
    await finishAll();
    const quiet = (await worker('get', CRON_KEY).expect(200)).body;
    expect(quiet).toEqual({ status: 'ok', pending_jobs: 0, running_jobs: 0, stuck_jobs: 0, oldest_pending_at: null });
    const made = [await create(), await create(), await create()];
    expect((await worker('get', CRON_KEY).expect(200)).body).toMatchObject({
      pending_jobs: 3,
      oldest_pending_at: expect.stringMatching(/Z$/),
    });
    expect((await worker('post', CRON_KEY).expect(200)).body).toEqual({ processed: 3, succeeded: 3, failed: 0 });
    expect(await statusesOf(made)).toEqual(['active', 'active', 'active']);
    expect((await worker('post', CRON_KEY).expect(200)).body).toEqual({ processed: 0, succeeded: 0, failed: 0 });
  });

  it('runs ten at most in one call, counts those that fail, and says when one is stuck', async () => {
    const many = [];
    for (let i = 0; i < 11; i++) many.push(await create());
    const { body } = await withBrokenStorage(() => worker('post', CRON_KEY).expect(200));
    expect(body).toEqual({ processed: 10, succeeded: 0, failed: 10 });
    await superuser.query(
      "update provisioning_jobs set state = 'running', lease_until = now() - interval '1 minute' where provisioning_job_id = $1",
      [many[0]?.provisioning_job_id],
    );
    expect((await worker('get', CRON_KEY).expect(200)).body).toMatchObject({ status: 'stuck', stuck_jobs: 1 });
    await superuser.query("update provisioning_jobs set next_run_at = now() where state = 'waiting'");
    await worker('post', CRON_KEY).expect(200);
    await worker('post', CRON_KEY).expect(200);
    expect(new Set(await statusesOf(many))).toEqual(new Set(['active']));
  });
});
