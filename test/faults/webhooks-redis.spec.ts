import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { newId } from '../../libs/platform/crypto/index.js';
import { Reaper } from '../../libs/platform/queue/index.js';
import { eventually } from '../support/eventually.js';
import { Receiver, type Answers } from '../support/receiver.js';
import { redisMissing, startRedisServer, type RedisServer } from '../support/redis-server.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { expectSoundWebhooks } from '../support/webhook-invariants.js';
import { world, type World } from '../support/world.js';

/**
 * A broker that is not there, forgets, or takes no more: retries of webhooks do not pass through it, and a job over many deliveries goes on.
 * The same without Redis, where the broker is PostgreSQL and its connections break.
 */
const RETRY_MS = 2_500;
/** Retries of an endpoint are found within a second of their time; the rest is for a machine that does other things too. */
const LATE_MS = { quiet: 1_000, most: 3_000 } as const;
jest.setTimeout(60_000);

const missing = redisMissing();
if (missing) console.warn(`the Redis half of these tests is skipped: ${missing}`);
const backends = missing ? (['postgres'] as const) : (['redis', 'postgres'] as const);

interface Hook {
  readonly webhook_id: string;
  readonly path: string;
}

describe.each(backends)('webhooks with queues on %s', (backend) => {
  let w: World;
  let receiver: Receiver;
  let superuser: pg.Client;
  let redis: RedisServer | null = null;
  let acme: TestTenant;
  let owner: TestUser;

  beforeAll(async () => {
    receiver = await Receiver.start();
    if (backend === 'redis') redis = await startRedisServer();
    await redis?.kill(); // it is not there when the product starts
    w = await world({
      own_database: `webhooks_${backend}_${process.pid}`,
      work: true,
      env: { WEBHOOK_ALLOWED_CIDRS: '127.0.0.1/32', WEBHOOK_RETRY_DELAYS: String(RETRY_MS), ...(redis ? { REDIS_URL: redis.url } : {}) },
    });
    superuser = new pg.Client({ connectionString: w.database.superUrl });
    await superuser.connect();
    acme = await w.tenant();
    owner = await acme.user();
  }, 90_000);
  afterEach(async () => {
    await eventually(() => expectSoundWebhooks(superuser), 10_000);
  });
  afterAll(async () => {
    await superuser?.end();
    await w?.close();
    await receiver?.stop();
    await redis?.stop();
  });

  let count = 0;
  async function hooks(n: number, answers: Answers): Promise<Hook[]> {
    const made: Hook[] = [];
    for (let i = 0; i < n; i += 1) {
      const path = `/${backend}-${(count += 1)}`;
      const body = { name: `Hook ${count}`, url: receiver.url(path, answers), events: ['inventory.*'] };
      const { body: answer } = await owner.post('/webhooks', body).expect(201);
      made.push({ webhook_id: answer.webhook.webhook_id as string, path });
    }
    return made;
  }
  /** Endpoints of earlier tests must not take part. */
  const quiet = (endpoints: readonly Hook[]) =>
    Promise.all(endpoints.map(({ webhook_id }) => owner.delete(`/webhooks/${webhook_id}`).expect(204)));
  const product = () => owner.post('/products', { name: 'Tea', sku: `SKU-${newId()}`, price_minor: 100 }).expect(201);
  /** Events as `emit` writes them. `nowhere`: not to be relayed, for deliveries that are planted. */
  async function emit(n: number, to: 'outbox' | 'nowhere' = 'outbox'): Promise<string[]> {
    const ids = Array.from({ length: n }, () => newId());
    const bodies = ids.map((id) => JSON.stringify({ id, type: 'inventory.created', tenant_id: acme.tenant_id, data: {} }));
    await superuser.query(
      `with event as (
         insert into events (tenant_id, event_id, event_type, subject_id, body)
         select $1, e.id, 'inventory.created', e.id::text, e.body from unnest($2::uuid[], $3::text[]) as e (id, body) returning tenant_id, event_id)
       insert into event_outbox (tenant_id, event_id) select tenant_id, event_id from event where $4`,
      [acme.tenant_id, ids, bodies, to === 'outbox'],
    );
    return ids;
  }
  /** How often each delivery arrived, over these endpoints. */
  const arrivals = (endpoints: readonly Hook[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const { path } of endpoints)
      for (const { headers } of receiver.at(path))
        counts.set(String(headers['webhook-id']), (counts.get(String(headers['webhook-id'])) ?? 0) + 1);
    return counts;
  };
  const reap = () => w.app.get(Reaper, { strict: false }).reap();
  /** Milliseconds of `n` requests that emit, one after another, in order of length. */
  async function latencies(n: number): Promise<number[]> {
    const took: number[] = [];
    for (let i = 0; i < n; i += 1) {
      const begun = performance.now();
      await product();
      took.push(performance.now() - begun);
    }
    return took.sort((a, b) => a - b);
  }
  /** Deliveries that all fail once, are all waiting while `disturb` runs, and arrive a second time. */
  async function retriesSurvive(endpoint_count: number, events: number, disturb: () => Promise<unknown>): Promise<void> {
    const seen = new Set<string>();
    let isProven = false;
    const endpoints = await hooks(endpoint_count, ({ headers }) => {
      if (!isProven) return {};
      const id = String(headers['webhook-id']);
      const isFirst = !seen.has(id);
      seen.add(id);
      return isFirst ? { status: 500 } : {};
    });
    const ids = endpoints.map(({ webhook_id }) => webhook_id);
    const total = endpoint_count * events;
    await emit(1);
    await eventually(() => expectSoundWebhooks(superuser), 10_000);
    for (const { path } of endpoints) expect(receiver.at(path)).toHaveLength(1);
    isProven = true;
    await emit(events);
    const waiting = await eventually(async () => {
      const { rows } = await superuser.query<{ delivery_id: string; next_retry_at: Date }>(
        `select delivery_id, next_retry_at from webhook_deliveries where tenant_id = $1 and webhook_id = any ($2::uuid[]) and status = 'pending' and failures = 1`,
        [acme.tenant_id, ids],
      );
      const { rows: done } = await superuser.query<{ n: number }>(
        `select count(*)::int as n from webhook_deliveries where tenant_id = $1 and webhook_id = any ($2::uuid[]) and failures = 1`,
        [acme.tenant_id, ids],
      );
      expect(done[0]?.n).toBe(total);
      return rows;
    }, 20_000);
    await disturb();
    await eventually(() => expectSoundWebhooks(superuser), 20_000);
    const counts = [...arrivals(endpoints).values()];
    expect(counts.filter((n) => n === 2)).toHaveLength(total); // none lost, none doubled
    expect(counts).toHaveLength(total + endpoint_count);
    const { rows: late } = await superuser.query<{ early: number; middle: number; most: number }>(
      `select min(l.ms)::float8 as early, percentile_cont(0.5) within group (order by l.ms)::float8 as middle, max(l.ms)::float8 as most from (
         select extract(epoch from a.started_at - d.at) * 1000 as ms from unnest($2::uuid[], $3::timestamptz[]) as d (id, at)
           join webhook_attempts a on a.tenant_id = $1 and a.delivery_id = d.id and a.n = 2) l`,
      [acme.tenant_id, waiting.map((row) => row.delivery_id), waiting.map((row) => row.next_retry_at)],
    );
    expect(waiting.length).toBeGreaterThan(total / 2);
    expect(late[0]?.early).toBeGreaterThan(-50); // two clocks
    expect(late[0]?.middle).toBeLessThan(LATE_MS.quiet);
    expect(late[0]?.most).toBeLessThan(LATE_MS.most);
    await quiet(endpoints);
  }
  /** A replay of dead letters, and `disturb` when a part of them has arrived. Each arrives once. */
  async function replaySurvives(n: number, disturb: () => Promise<unknown>): Promise<void> {
    const [endpoint] = (await hooks(1, { after_ms: 60 })) as [Hook];
    const events = await emit(n, 'nowhere');
    await superuser.query(
      `insert into webhook_deliveries (tenant_id, delivery_id, webhook_id, event_id, event_type, status, attempts, failures, completed_at)
       select $1, webhook_delivery_id(e, $2), $2, e, 'inventory.created', 'dlq', 4, 4, now() from unnest($3::uuid[]) e`,
      [acme.tenant_id, endpoint.webhook_id, events],
    );
    const { body } = await owner.post(`/webhooks/${endpoint.webhook_id}/dlq/replay`, {}).expect(202);
    expect(body).toMatchObject({ total: n });
    await reap(); // whether or not its alarm was set
    await eventually(() => expect(arrivals([endpoint]).size).toBeGreaterThan(n / 10), 20_000);
    expect(arrivals([endpoint]).size).toBeLessThan(n);
    await disturb();
    const job = await eventually(async () => {
      await reap();
      const { body: now } = await owner.get(`/webhooks/jobs/${body.webhook_job_id}`).expect(200);
      expect(now.state).toBe('succeeded');
      return now;
    }, 30_000);
    expect(job).toMatchObject({ total: n, done: n });
    await eventually(() => expectSoundWebhooks(superuser), 10_000);
    const counts = arrivals([endpoint]);
    expect(counts.size).toBe(n);
    expect([...new Set(counts.values())]).toEqual([1]);
    await quiet([endpoint]);
  }

  it('[004-38] [004-46] loses and doubles nothing of a thousand retries when the broker forgets, and none is late', async () => {
    await retriesSurvive(20, 50, () => (redis ? redis.start().then(() => redis?.flushAll()) : breakConnections()));
  });

  it('[004-46] goes on with a job over many deliveries when the broker forgets', async () => {
    await replaySurvives(300, () => redis?.flushAll() ?? breakConnections());
  });

  /** The queue's own connections to PostgreSQL. */
  const breakConnections = () =>
    superuser.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'tenantry-queue'`,
    );

  if (backend === 'postgres') return;

  it('[004-38] [004-46] answers as quickly, and sends as it does otherwise, while the broker is away', async () => {
    const [endpoint] = (await hooks(1, {})) as [Hook];
    await latencies(5);
    const before = await latencies(30);
    await redis?.kill();
    try {
      const away = await latencies(30);
      expect(away[15]).toBeLessThan((before[15] ?? 0) * 2 + 20);
      expect(away[29]).toBeLessThan((before[29] ?? 0) + 700); // the first one may wait for an answer of half a second
      await eventually(() => expect(arrivals([endpoint]).size).toBe(65), 5_000);
    } finally {
      await redis?.start();
    }
    await quiet([endpoint]);
  });

  it('[004-46] goes on with a job over many deliveries when the broker is stopped and comes back empty', async () => {
    await replaySurvives(300, async () => {
      await redis?.kill();
      await wait(500);
      await redis?.start();
    });
  });

  it('[004-38] [004-46] retries and replays when the broker takes no more', async () => {
    await redis?.fill(true);
    try {
      await retriesSurvive(5, 20, () => owner.get('/webhooks').expect(200));
    } finally {
      await redis?.fill(false);
    }
    await replaySurvives(200, async () => {
      await redis?.fill(true);
      await wait(500);
      await redis?.fill(false);
    });
  });

  it('[004-46] does later what was asked for while the broker was away', async () => {
    const [endpoint] = (await hooks(1, { status: 404 })) as [Hook];
    await product();
    await eventually(() => expect(arrivals([endpoint]).size).toBe(1), 5_000);
    receiver.url(endpoint.path, {});
    await redis?.kill();
    const begun = performance.now();
    const { body } = await owner.post(`/webhooks/${endpoint.webhook_id}/dlq/replay`, {}).expect(202);
    expect(performance.now() - begun).toBeLessThan(2_000);
    await redis?.start();
    await eventually(async () => {
      await reap();
      expect((await owner.get(`/webhooks/jobs/${body.webhook_job_id}`).expect(200)).body).toMatchObject({ state: 'succeeded', done: 1 });
    }, 20_000);
    await quiet([endpoint]);
  });
});
