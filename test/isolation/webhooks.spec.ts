import pg from 'pg';
import { bulkRows } from '../../apps/api/src/modules/webhooks/bulk/bulk.repository.js';
import { deliveryRows } from '../../apps/api/src/modules/webhooks/deliveries/deliveries.repository.js';
import { openDeliveries } from '../../apps/api/src/modules/webhooks/deliveries/open-deliveries.repository.js';
import { EndpointHeaders } from '../../apps/api/src/modules/webhooks/endpoints/endpoint-headers.js';
import { EndpointSecrets } from '../../apps/api/src/modules/webhooks/endpoints/endpoint-secrets.js';
import { endpointRows } from '../../apps/api/src/modules/webhooks/endpoints/endpoints.repository.js';
import { laneRows } from '../../apps/api/src/modules/webhooks/endpoints/lanes.repository.js';
import { secretRows } from '../../apps/api/src/modules/webhooks/endpoints/secrets.repository.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { sqlState, TenantDb, type Tx } from '../../libs/platform/db/index.js';
import { Relay } from '../../libs/platform/outbox/index.js';
import { TenantChecksums } from '../support/checksums.js';
import { testScope } from '../support/test-jobs.js';
import { world, type World } from '../support/world.js';
import { plant, type Ground } from './fixtures/ground.js';

/** What the matrix of routes does not show: the walls behind them. A must not be seen, B asks. */
jest.setTimeout(60_000);

const FIRST = '00000000-0000-0000-0000-000000000000';
const LAST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const ALL = { from_id: FIRST, below_id: LAST, statuses: ['pending', 'dlq', 'held'], event_type: null, http_status: null, error_code: null, delivery_ids: null, include_missing: false } as const; // prettier-ignore

let w: World;
let a: Ground;
let b: Ground;
let superuser: pg.Client;
let app: pg.Client;
let checksums: TenantChecksums;
const id = (ground: Ground, name: string): string => ground.ids[name]?.[0] ?? '';

beforeAll(async () => {
  w = await world({ own_database: `isolation_webhooks_${process.pid}` });
  [a, b] = [await plant(w, 'quokka'), await plant(w, 'tapir')];
  superuser = new pg.Client({ connectionString: w.database.superUrl });
  app = new pg.Client({ connectionString: w.database.appUrl });
  await Promise.all([superuser.connect(), app.connect()]);
  checksums = await TenantChecksums.open(w.database.superUrl);
  // A send that was answered, so that every table has a row of each.
  for (const ground of [a, b])
    await superuser.query(
      `insert into webhook_attempts (tenant_id, attempt_id, delivery_id, webhook_id, n, trigger, started_at, response_body) values ($1, $2, $3, $4, 1, 'auto', now(), $5)`,
      [ground.tenant.tenant_id, newId(), id(ground, 'delivery_id'), id(ground, 'webhook_id'), ground.marker],
    );
}, 60_000);
afterAll(async () => {
  await Promise.all([superuser?.end(), app?.end()]);
  await checksums?.close();
});

/** Runs as the role of tenants, inside B unless another tenant, or none, is said; nothing stays. */
async function asApp<T>(work: () => Promise<T>, tenant_id: string | null = b.tenant.tenant_id): Promise<T> {
  await app.query('begin');
  try {
    if (tenant_id !== null) await app.query(`select set_config('app.tenant_id', $1, true)`, [tenant_id]);
    return await work();
  } finally {
    await app.query('rollback');
  }
}
const refusalOf = async (statement: string, ...params: unknown[]): Promise<string> =>
  asApp(async () => {
    try {
      await app.query(statement, params);
      return 'allowed';
    } catch (error) {
      return sqlState(error) ?? String(error);
    }
  });

const TABLES = ['events', 'webhook_endpoints', 'webhook_secrets', 'webhook_lanes', 'webhook_deliveries', 'webhook_attempts', 'webhook_jobs', 'jobs']; // prettier-ignore

describe('statements of webhooks whose filter lets another tenant through', () => {
  /** A transaction in B that says to statements that it is in A: what a filter that is wrong, or not there, would ask for. */
  const wrongly = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    w.app.get(TenantDb).run(testScope(b.tenant.tenant_id), (tx) => {
      const query: Tx['query'] = (statement, params) => tx.query(statement, params);
      return work({ tenant_id: a.tenant.tenant_id, scope: tx.scope, query } as unknown as Tx);
    });
  const rightly = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => w.app.get(TenantDb).run(testScope(a.tenant.tenant_id), work);

  const webhook = () => id(a, 'webhook_id');
  const delivery = () => id(a, 'delivery_id');
  const job = () => id(a, 'webhook_job_id');
  const filters = {
    webhook_id: null,
    status: null,
    event_type: null,
    http_status: null,
    error_code: null,
    event_id: null,
    from_id: FIRST,
    below_id: LAST,
  };
  const NOTHING = [[], 0, null, false];
  const reads: Readonly<Record<string, (tx: Tx) => Promise<unknown>>> = {
    'endpoints of a tenant': (tx) => endpointRows.list(tx, { status: null }, null, 100),
    'an endpoint': (tx) => endpointRows.find(tx, webhook()),
    'the lock of an endpoint': (tx) => endpointRows.lock(tx, webhook()),
    'versions of a secret': (tx) => secretRows.open(tx, webhook()),
    'the newest version': (tx) => secretRows.newest(tx, webhook()),
    'deliveries of a tenant': (tx) => deliveryRows.list(tx, filters, 100),
    'deliveries of an endpoint': (tx) => deliveryRows.list(tx, { ...filters, webhook_id: webhook() }, 100),
    'a delivery': (tx) => deliveryRows.find(tx, webhook(), delivery()),
    'the lock of a delivery': (tx) => deliveryRows.lock(tx, webhook(), delivery()),
    'its attempts': (tx) => deliveryRows.attempts(tx, delivery()),
    'the body of an event': (tx) => deliveryRows.event(tx, id(a, 'event_id')),
    'tests of a minute': (tx) => deliveryRows.testsSince(tx, webhook(), FIRST),
    'the oldest that waits': async (tx) => (await deliveryRows.stats(tx, webhook(), FIRST)).oldest_pending_at,
    'a job': (tx) => bulkRows.find(tx, job()),
    'how many a job would take': (tx) => bulkRows.count(tx, webhook(), { ...ALL, statuses: [...ALL.statuses] }),
    'how many ids are known': (tx) => bulkRows.known(tx, webhook(), [delivery()]),
    'what is still open': (tx) => bulkRows.stillOpen(tx, [delivery()]),
  };
  it.each(Object.entries(reads))('read nothing: %s', async (_, read) => {
    expect(NOTHING).toContainEqual(await wrongly(read));
    expect(NOTHING).not.toContainEqual(await rightly(read)); // in A it is there
  });

  it('change nothing', async () => {
    const before = await checksums.of(a.tenant.tenant_id);
    const writes: readonly ((tx: Tx) => Promise<unknown>)[] = [
      (tx) => endpointRows.setStatus(tx, webhook(), 'paused'),
      (tx) => endpointRows.remove(tx, webhook()),
      (tx) => secretRows.expireCurrent(tx, webhook(), new Date()),
      (tx) => secretRows.retireAll(tx, webhook()),
      (tx) => laneRows.park(tx, webhook(), 'paused'),
      (tx) => laneRows.unpark(tx, webhook()),
      (tx) => laneRows.wake(tx, webhook()),
      (tx) => openDeliveries.hold(tx, webhook()),
      (tx) => openDeliveries.cancel(tx, webhook()),
      (tx) => deliveryRows.requeue(tx, delivery()),
      (tx) => deliveryRows.cancel(tx, delivery()),
      (tx) => bulkRows.cancel(tx, job()),
      (tx) => bulkRows.cancelAll(tx, webhook()),
      (tx) => bulkRows.finish(tx, job()),
      (tx) => bulkRows.move(tx, job(), { phase: 'rows', cursor: null }, 5),
    ];
    for (const write of writes) await wrongly(write);
    expect(await checksums.of(a.tenant.tenant_id)).toEqual(before);
  });

  it('make nothing', async () => {
    const insert = (webhook_job_id: string) => (tx: Tx) =>
      bulkRows.insert(tx, { webhook_job_id, webhook_id: webhook(), kind: 'recover', filter: { ...ALL, statuses: [...ALL.statuses] }, total: 0, created_by: null, principal_id: null, permission: null }); // prettier-ignore
    const writes: readonly ((tx: Tx) => Promise<unknown>)[] = [
      (tx) => laneRows.insert(tx, webhook()),
      (tx) => secretRows.insert(tx, webhook(), 7, 'next', 'v1.x'),
      (tx) => deliveryRows.insertTest(tx, webhook(), newId(), 'webhook.test'),
      insert(newId()),
    ];
    for (const write of writes) await expect(wrongly(write)).rejects.toMatchObject({ code: '42501' });
  });

  it('would be seen to read and change, were the wall not there', async () => {
    const fences = ['webhook_deliveries', 'webhook_lanes', 'webhook_endpoints'];
    const before = await checksums.of(a.tenant.tenant_id);
    for (const table of fences) await superuser.query(`alter table ${table} disable row level security`);
    try {
      expect(await wrongly((tx) => deliveryRows.find(tx, webhook(), delivery()))).toMatchObject({ delivery_id: delivery() });
      await wrongly((tx) => laneRows.park(tx, webhook(), 'module'));
    } finally {
      for (const table of fences) await superuser.query(`alter table ${table} enable row level security`);
    }
    const after = await checksums.of(a.tenant.tenant_id);
    expect(Object.keys(after).filter((table) => after[table] !== before[table])).toEqual(['webhook_lanes']);
    await rightly((tx) => laneRows.unpark(tx, webhook()));
  });
});

describe('tables of webhooks', () => {
  it.each(TABLES)('%s shows the role of tenants the rows of its tenant alone, and none without one', async (table) => {
    const rows = async (): Promise<string[]> =>
      (await app.query<{ tenant_id: string }>(`select tenant_id from ${table}`)).rows.map((row) => row.tenant_id);
    const inB = await asApp(rows);
    expect(new Set(inB)).toEqual(new Set([b.tenant.tenant_id]));
    expect((await asApp(rows, a.tenant.tenant_id)).length).toBeGreaterThan(0);
    // Without a tenant, and with one that is none.
    for (const none of [null, newId()]) expect(await asApp(rows, none)).toEqual([]);
  });

  it('hold the same walls in each of their weeks', async () => {
    const { rows } = await superuser.query<{ name: string }>(
      `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
        where p.relname in ('events', 'webhook_deliveries', 'webhook_attempts')`,
    );
    expect(rows.length).toBeGreaterThan(9);
    for (const { name } of rows) {
      const seen = await asApp(() => app.query(`select tenant_id from ${name} where tenant_id <> $1`, [b.tenant.tenant_id])).catch((error: unknown) => ({ rowCount: 0, code: sqlState(error) })); // prettier-ignore
      expect([name, seen.rowCount]).toEqual([name, 0]);
    }
  });

  it('give the role of tenants no secret, no pointer, no task, and nothing of what only workers write', async () => {
    const mine = [id(b, 'webhook_id'), id(b, 'delivery_id')] as const;
    const refused: readonly (readonly [string, ...unknown[]])[] = [
      ['select secret_enc from webhook_secrets'],
      ['select * from webhook_secrets'],
      ['select count(*) from webhook_secrets where secret_enc is not null'],
      [`update webhook_secrets set secret_enc = 'x' where webhook_id = $1 returning secret_enc`, mine[0]],
      [`update webhook_secrets set version = 9 where webhook_id = $1`, mine[0]],
      ['select event_id from event_outbox'],
      ['update event_outbox set attempts = 0'],
      ['delete from event_outbox'],
      ['select event_id from event_tasks'],
      ['delete from event_tasks'],
      [`update events set body = '{}' where tenant_id = $1`, b.tenant.tenant_id],
      ['update webhook_attempts set n = 9 where delivery_id = $1', mine[1]],
      [`insert into webhook_attempts (tenant_id, attempt_id, delivery_id, webhook_id, n, trigger, started_at) values ($1, $2, $3, $4, 1, 'auto', now())`, b.tenant.tenant_id, newId(), mine[1], mine[0]],
      ['update webhook_deliveries set attempts = 0 where delivery_id = $1', mine[1]],
      ['update webhook_deliveries set leased_until = now() where delivery_id = $1', mine[1]],
      ['update webhook_deliveries set webhook_id = $2 where delivery_id = $1', mine[1], mine[0]],
      ['update webhook_endpoints set tenant_id = $2 where webhook_id = $1', mine[0], a.tenant.tenant_id],
      ['update webhook_jobs set fence = 9'],
      ...TABLES.map((table) => [`delete from ${table}`] as const),
      ...TABLES.map((table) => [`truncate ${table}`] as const),
      [`select drop_expired_week('webhook_deliveries', interval '0')`],
    ]; // prettier-ignore
    for (const [statement, ...params] of refused) expect([statement, await refusalOf(statement, ...params)]).toEqual([statement, '42501']);
    expect(await refusalOf('select version, state, expires_at from webhook_secrets')).toBe('allowed');
  });

  it('take no row that names the endpoint of another tenant', async () => {
    const [tenant_id, foreign] = [b.tenant.tenant_id, id(a, 'webhook_id')];
    for (const [statement, ...params] of [
      ['insert into webhook_lanes (tenant_id, webhook_id) values ($1, $2)', tenant_id, foreign],
      [`insert into webhook_secrets (tenant_id, webhook_id, version, secret_enc, state) values ($1, $2, 5, 'x', 'next')`, tenant_id, foreign],
      [`insert into webhook_deliveries (tenant_id, delivery_id, webhook_id, event_id, event_type, status) values ($1, $3, $2, $3, 'webhook.test', 'pending')`, tenant_id, foreign, newId()],
      [`insert into webhook_jobs (tenant_id, webhook_job_id, webhook_id, kind) values ($1, $3, $2, 'replay')`, tenant_id, foreign, newId()],
    ] as const) expect([statement, await refusalOf(statement, ...params)]).toEqual([statement, '23503']); // prettier-ignore
  });

  it('keep a lane of another tenant out of reach, whatever is asked of it', async () => {
    const lane = `where webhook_id = '${id(a, 'webhook_id')}'`;
    const counts = await asApp(async () => [
      (await app.query(`select next_at from webhook_lanes ${lane}`)).rowCount,
      (await app.query(`update webhook_lanes set next_at = now() ${lane}`)).rowCount,
      (await app.query(`select next_at from webhook_lanes ${lane} for update`)).rowCount,
    ]);
    expect(counts).toEqual([0, 0, 0]);
  });
});

it('opens no secret and no header of another endpoint, version or tenant, though it lay in its row', async () => {
  const { rows } = await superuser.query<{ secret_enc: string; headers_enc: string }>(
    'select s.secret_enc, e.headers_enc from webhook_secrets s join webhook_endpoints e using (tenant_id, webhook_id) where webhook_id = $1',
    [id(a, 'webhook_id')],
  );
  const { secret_enc = '', headers_enc = '' } = rows[0] ?? {};
  const [tenant_id, webhook_id] = [a.tenant.tenant_id, id(a, 'webhook_id')];
  const secrets = w.app.get(EndpointSecrets, { strict: false });
  const headers = w.app.get(EndpointHeaders, { strict: false });
  expect(secrets.reveal(tenant_id, webhook_id, 1, secret_enc)).toMatch(/^[0-9a-f]{64}$/);
  expect(headers.reveal(tenant_id, webhook_id, headers_enc)).toEqual({ authorization: a.marker });
  for (const [tenant, endpoint, version] of [[b.tenant.tenant_id, webhook_id, 1], [tenant_id, id(b, 'webhook_id'), 1], [tenant_id, webhook_id, 2]] as const)
    expect(() => secrets.reveal(tenant, endpoint, version, secret_enc)).toThrow(expect.objectContaining({ code: 'decryption_failed' })); // prettier-ignore
  for (const [tenant, endpoint] of [[b.tenant.tenant_id, webhook_id], [tenant_id, id(b, 'webhook_id')]] as const)
    expect(() => headers.reveal(tenant, endpoint, headers_enc)).toThrow(expect.objectContaining({ code: 'decryption_failed' })); // prettier-ignore
});

it('[004-43] tells endpoints of one tenant nothing of what happens in another', async () => {
  const relay = w.app.get(Relay);
  while ((await relay.relayBatch()) > 0);
  await a.webhook(); // asks for everything
  const before = await checksums.of(a.tenant.tenant_id);
  await b.product();
  await b.store();
  while ((await relay.relayBatch()) > 0);
  expect(await checksums.of(a.tenant.tenant_id)).toEqual(before);
  const told = await superuser.query(
    `select from webhook_deliveries d join events e on e.event_id = d.event_id join webhook_endpoints w on w.webhook_id = d.webhook_id
      where d.tenant_id <> e.tenant_id or d.tenant_id <> w.tenant_id`,
  );
  expect(told.rowCount).toBe(0);
  const own = await superuser.query(`select from webhook_deliveries where tenant_id = $1 and event_type = 'inventory.created' and trigger = 'auto'`, [b.tenant.tenant_id]); // prettier-ignore
  expect(own.rowCount).toBeGreaterThan(0);
});

it('[004-43] opens no stream of a webhook or a job of another tenant, alone or beside one’s own', async () => {
  const [own, foreign] = [b, a].map((ground) => [`webhook:${id(ground, 'webhook_id')}`, `job:${id(ground, 'webhook_job_id')}`]) as [
    string[],
    string[],
  ];
  const absent = (await b.owner.get(`/stream?topics=webhook:${newId()}`).expect(404)).body as Record<string, unknown>;
  for (const topics of [...foreign, ...foreign.map((topic) => `${own[0]},webhooks,${topic}`)]) {
    const { body } = await b.owner.get(`/stream?topics=${topics}`).expect(404);
    expect(body).toEqual({ ...absent, request_id: expect.any(String) });
  }
});

it('[004-43] takes no foreign id into a bulk job, and does not do the rest of it either', async () => {
  const { webhook_id, delivery_id } = await b.delivery();
  for (const status of ['delivering', 'dlq']) await superuser.query('update webhook_deliveries set status = $2 where delivery_id = $1', [delivery_id, status]); // prettier-ignore
  const before = await Promise.all([a, b].map(({ tenant }) => checksums.of(tenant.tenant_id)));
  for (const [verb, more] of [['replay', {}], ['purge', { reason: 'nobody wants these' }]] as const)
    await b.owner.post(`/webhooks/${webhook_id}/dlq/${verb}`, { delivery_ids: [delivery_id, id(a, 'delivery_id')], ...more }).expect(404); // prettier-ignore
  const after = await Promise.all([a, b].map(({ tenant }) => checksums.of(tenant.tenant_id)));
  expect(after[0]).toEqual(before[0]);
  for (const table of ['webhook_jobs', 'webhook_deliveries', 'audit_events'])
    expect([table, after[1]?.[table]]).toEqual([table, before[1]?.[table]]);
});
