import { setTimeout as wait } from 'node:timers/promises';
import type { TenantId } from '#contracts/ids.js';
import { Config } from '#platform/config/index.js';
import { newId } from '#platform/crypto/index.js';
import { sql, type Tx } from '#platform/db/index.js';
import {
  EventDataInvalid,
  EventTasks,
  EventTaskTerms,
  EventTooLarge,
  Outbox,
  Relay,
  RelayTerms,
  Subscribers,
  type NewEvent,
  type RelayedEvent,
  type TenantEvent,
} from '#platform/outbox/index.js';
import { platformScope } from '#platform/queue/index.js';
import { Background, type BackgroundOptions } from '../support/background.js';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/migrate.js';
import { redisMissing, startRedisServer, type RedisServer } from '../support/redis-server.js';
import { testScope } from '../support/test-jobs.js';

const PLATFORM = platformScope('test');
const EVENTS_OF = sql`select event_id, event_type, subject_id, sequence, body, full_body, request_id from events where tenant_id = $1 order by event_id`;
const POINTERS_OF = sql`select event_id, attempts, parked_at, last_error from event_outbox where tenant_id = $1 order by event_id`;
const TASKS_OF = sql`select event_id, subscriber, attempts, leased_until, parked_at, last_error from event_tasks where tenant_id = $1`;
const DELIVER = sql`
  insert into test_deliveries (tenant_id, event_id) select t.tenant_id, t.event_id from unnest($1::uuid[], $2::uuid[]) as t (tenant_id, event_id)`;
const DELIVERED = sql`select event_id from test_deliveries where tenant_id = $1`;

const missing = redisMissing();
if (missing) console.warn(`the Redis half of these tests is skipped: ${missing}`);
const backends = missing ? (['postgres'] as const) : (['postgres', 'redis'] as const);
/** Relay and tasks stand on PostgreSQL alone; with Redis configured nothing may change. */
describe.each(backends)('outbox, queues on %s', (backend) => {
  let database: TestDatabase;
  let redis: RedisServer | null = null;
  const open: Background[] = [];

  beforeAll(async () => {
    database = await cloneDatabase(`outbox_${backend}_${process.pid}`);
    // No "on conflict": an event that is relayed twice fails here.
    await withClient(database.ownerUrl, (client) =>
      client.query(
        'create table test_deliveries (tenant_id uuid not null, event_id uuid primary key); grant select, insert on test_deliveries to tenantry_platform',
      ),
    );
    if (backend === 'redis') redis = await startRedisServer();
  });
  afterEach(async () => {
    while (open.length) await open.pop()?.stop();
  });
  afterAll(() => redis?.stop());

  async function background(options: Partial<BackgroundOptions> = {}): Promise<Background> {
    const quick = [[RelayTerms, { backoff_unit_ms: 0, poll_ms: 50 }], [EventTaskTerms, { backoff_unit_ms: 0, poll_ms: 50, lease_ms: 60_000 }]] as const; // prettier-ignore
    const started = await Background.start({
      database,
      works: false,
      overrides: quick,
      ...(redis ? { queue_url: redis.url } : {}),
      ...options,
    });
    open.push(started);
    return started;
  }

  const created = (over: Partial<NewEvent<'role.created'>> = {}): NewEvent<'role.created'> => {
    const role_id = newId();
    return { type: 'role.created', subject_id: role_id, data: { role_id, code: 'cashier', name: 'Cashier' }, ...over };
  };
  const emit = (app: Background, scope: ReturnType<typeof testScope>, event: NewEvent = created()) =>
    app.tenants.run(scope, (tx) => app.get(Outbox).emit(tx, event));
  const rowsOf = <R>(app: Background, statement: typeof EVENTS_OF, tenant_id: string) =>
    app.platform.query<R>(PLATFORM, statement, [tenant_id]);
  const deliver = async (tx: Tx, events: readonly RelayedEvent[]): Promise<void> => {
    await tx.query(DELIVER, [events.map((e) => e.tenant_id), events.map((e) => e.event_id)]);
  };
  const fanOut = (app: Background, run = deliver) => app.get(Subscribers).fanOut({ name: 'test.deliver', run });
  const deliveredOf = async (app: Background, tenant_id: string) =>
    (await rowsOf<{ event_id: string }>(app, DELIVERED, tenant_id)).map((row) => row.event_id);
  async function drain(app: Background): Promise<void> {
    while ((await app.get(Relay).relayBatch()) > 0);
  }

  describe('emit', () => {
    it('writes the event and its pointer, and nothing else knows of it before the commit', async () => {
      const app = await background();
      const scope = testScope();
      const event = created({ sequence: 7 });
      const event_id = await emit(app, scope, event);
      const [row] = await rowsOf<Record<string, string>>(app, EVENTS_OF, scope.tenant_id);
      expect(row).toMatchObject({
        event_id,
        event_type: 'role.created',
        subject_id: event.subject_id,
        sequence: '7',
        full_body: null,
        request_id: scope.request_id,
      });
      const body = JSON.parse(row?.['body'] ?? '') as { timestamp: string };
      expect(Object.keys(body)).toEqual(['id', 'type', 'timestamp', 'tenant_id', 'subject_id', 'sequence', 'data']);
      expect(body).toMatchObject({ id: event_id, tenant_id: scope.tenant_id, sequence: 7, data: event.data });
      expect(Math.abs(Date.parse(body.timestamp) - Date.now())).toBeLessThan(60_000);
      expect(await rowsOf(app, POINTERS_OF, scope.tenant_id)).toEqual([{ event_id, attempts: 0, parked_at: null, last_error: null }]);
    });

    it('a rollback leaves no event, no pointer and wakes nobody', async () => {
      const app = await background();
      const scope = testScope();
      fanOut(app);
      app.get(Relay).start();
      const refused = app.tenants.run(scope, async (tx) => {
        await app.get(Outbox).emit(tx, created());
        throw new Error('refused');
      });
      await expect(refused).rejects.toThrow('refused');
      await wait(200);
      expect(await rowsOf(app, EVENTS_OF, scope.tenant_id)).toEqual([]);
      expect(await rowsOf(app, POINTERS_OF, scope.tenant_id)).toEqual([]);
      expect(await deliveredOf(app, scope.tenant_id)).toEqual([]);
    });

    it('a rolled back savepoint takes its event with it', async () => {
      const app = await background();
      const scope = testScope();
      const kept = await app.tenants.run(scope, async (tx) => {
        await tx
          .savepoint(async (inner) => (await app.get(Outbox).emit(inner, created()), Promise.reject(new Error('inner'))))
          .catch(() => undefined);
        return app.get(Outbox).emit(tx, created());
      });
      expect((await rowsOf<{ event_id: string }>(app, POINTERS_OF, scope.tenant_id)).map((row) => row.event_id)).toEqual([kept]);
    });

    it('what a subscriber in the transaction throws refuses the change', async () => {
      const app = await background();
      const scope = testScope();
      const seen: TenantEvent<'role.created'>[] = [];
      app.get(Subscribers).subscribe('role.created', {
        name: 'test.guard',
        mode: 'in_transaction',
        handle: async (tx, event) => {
          seen.push(event);
          expect(await tx.query(sql`select 1 as one from events where event_id = $1`, [event.event_id])).toHaveLength(1);
          if (event.data.code === 'forbidden') throw new Error('no such role here');
        },
      });
      await emit(app, scope);
      const bad = created({ data: { role_id: newId(), code: 'forbidden', name: 'X' } });
      await expect(emit(app, scope, bad)).rejects.toThrow('no such role here');
      expect(seen.map((event) => event.data.code)).toEqual(['cashier', 'forbidden']);
      expect(await rowsOf(app, EVENTS_OF, scope.tenant_id)).toHaveLength(1);
    });

    it('sends a thin body above 64 KiB, keeps the whole one, and refuses more than 1 MiB', async () => {
      const app = await background();
      const scope = testScope();
      const event_id = await emit(app, scope, created({ data: { role_id: newId(), code: 'c', name: 'x'.repeat(70_000) } }));
      const [row] = await rowsOf<{ body: string; full_body: string }>(app, EVENTS_OF, scope.tenant_id);
      expect(JSON.parse(row?.body ?? '')).toMatchObject({
        data: null,
        data_url: `https://tenantry.example/api/v1/webhooks/events/${event_id}`,
      });
      expect((JSON.parse(row?.full_body ?? '') as { data: { name: string } }).data.name).toHaveLength(70_000);
      await expect(emit(app, scope, created({ data: { role_id: newId(), code: 'c', name: 'x'.repeat(1_100_000) } }))).rejects.toThrow(
        EventTooLarge,
      );
    });

    it('refuses data of a public event that its schema does not know, says where, and leaves production alone', async () => {
      const [app, production] = [
        await background(),
        await background({ overrides: [[Config, { production: true, public_url: 'https://tenantry.example' }]] }),
      ];
      const scope = testScope();
      const role_id = newId();
      const wrong = { type: 'role.updated', subject_id: role_id, data: { role_id, code: 7, name: 'Cashier', token: 'canary' } };
      const refused = emit(app, scope, wrong as unknown as NewEvent);
      await expect(refused).rejects.toThrow(EventDataInvalid);
      await expect(refused).rejects.toThrow(/role\.updated.*\/code is not a string; \/token is not in the schema/);
      await expect(refused).rejects.not.toThrow(/canary/);
      expect(await rowsOf(app, EVENTS_OF, scope.tenant_id)).toEqual([]);
      await emit(app, scope, { type: 'role.updated', subject_id: role_id, data: { role_id, code: 'cashier', name: 'Cashier' } });
      await emit(production, scope, wrong as unknown as NewEvent);
      expect(await rowsOf(app, EVENTS_OF, scope.tenant_id)).toHaveLength(2);
    });

    it('belongs to a tenant, also when the platform emits it', async () => {
      const app = await background();
      const tenant_id = newId() as TenantId;
      await expect(app.platform.run(PLATFORM, (tx) => app.get(Outbox).emit(tx, created()))).rejects.toThrow('belongs to a tenant');
      await app.platform.inTenant(PLATFORM, tenant_id, (tx) => app.get(Outbox).emit(tx, created()));
      expect(await rowsOf(app, EVENTS_OF, tenant_id)).toHaveLength(1);
    });

    it('is not for the eyes of another tenant, and pointers are for nobody', async () => {
      const app = await background();
      const scope = testScope();
      await emit(app, scope);
      const all = sql`select event_id from events`;
      expect(await app.tenants.query(testScope(), all)).toEqual([]);
      expect(await app.tenants.query(scope, all)).toHaveLength(1);
      await expect(app.tenants.query(scope, sql`select event_id from event_outbox`)).rejects.toMatchObject({ code: '42501' });
      await expect(app.tenants.query(scope, sql`select event_id from event_tasks`)).rejects.toMatchObject({ code: '42501' });
    });

    it('checks type and data at compile time', () => {
      const role_id = newId();
      // @ts-expect-error data of another type
      const wrongData: NewEvent = { type: 'role.created', subject_id: role_id, data: { user_id: role_id } };
      // @ts-expect-error no such event
      const wrongType: NewEvent = { type: 'role.exploded', subject_id: role_id, data: {} };
      expect([wrongData, wrongType]).toHaveLength(2);
    });
  });

  describe('relay', () => {
    it('tells the fan-outs in its own transaction, once, and forgets the pointer', async () => {
      const app = await background();
      const scope = testScope();
      fanOut(app);
      const ids = [await emit(app, scope), await emit(app, scope)];
      await drain(app);
      expect((await deliveredOf(app, scope.tenant_id)).sort()).toEqual(ids.sort());
      expect(await rowsOf(app, POINTERS_OF, scope.tenant_id)).toEqual([]);
      await drain(app);
      expect(app.observer.of('webhook_outbox_relayed_total')).toBeGreaterThanOrEqual(2);
    });

    it('delivers what a process committed before it died', async () => {
      const dead = await background();
      const scope = testScope();
      const event_id = await emit(dead, scope); // no relay there: the kick goes nowhere
      await open.pop()?.stop();
      const app = await background();
      fanOut(app);
      app.get(Relay).start();
      await eventually(async () => (await deliveredOf(app, scope.tenant_id)).includes(event_id));
    });

    it('is woken by another process long before it would look', async () => {
      const slow = [[RelayTerms, { backoff_unit_ms: 0, poll_ms: 60_000 }]] as const;
      const relaying = await background({ listens: true, overrides: slow });
      fanOut(relaying);
      relaying.get(Relay).start();
      await wait(100);
      const other = await background({ listens: true });
      const scope = testScope();
      const event_id = await emit(other, scope);
      await eventually(async () => (await deliveredOf(relaying, scope.tenant_id)).includes(event_id), 3_000);
    });

    it('several relays share the work: 500 events, each once', async () => {
      const apps = [await background(), await background(), await background()];
      const [first] = apps as [Background, ...Background[]];
      const scope = testScope();
      apps.forEach((app) => fanOut(app));
      await first.tenants.run(scope, async (tx) => {
        for (let n = 0; n < 500; n++) await first.get(Outbox).emit(tx, created());
      });
      await Promise.all(apps.map((app) => drain(app)));
      expect(new Set(await deliveredOf(first, scope.tenant_id)).size).toBe(500);
      for (const app of apps) expect(app.observer.lines).toEqual([]);
    });

    it('[004-39] gives each tenant its share of a batch, so that a thousand of one keep nobody else waiting', async () => {
      const app = await background();
      fanOut(app);
      const burst = testScope();
      const emitMany = (scope: typeof burst, count: number) =>
        app.tenants.run(scope, async (tx) => {
          for (let i = 0; i < count; i += 1) await app.get(Outbox).emit(tx, created());
        });
      await emitMany(burst, 1_000);
      const quiet = testScope();
      await emit(app, quiet);
      await app.get(Relay).relayBatch();
      expect(await deliveredOf(app, quiet.tenant_id)).toHaveLength(1);
      expect((await deliveredOf(app, burst.tenant_id)).length).toBeGreaterThanOrEqual(100);
      await drain(app);
      expect(await deliveredOf(app, burst.tenant_id)).toHaveLength(1_000);

      // More tenants than a batch has places: the next batch goes on where this one has ended.
      const many = Array.from({ length: 230 }, () => testScope());
      for (const scope of many) await emitMany(scope, 2);
      const served = new Set<string>();
      for (let batch = 0; batch < 2; batch += 1) await app.get(Relay).relayBatch();
      for (const { tenant_id } of many) if ((await deliveredOf(app, tenant_id)).length > 0) served.add(tenant_id);
      expect(served.size).toBe(230);
      await drain(app);
      for (const { tenant_id } of many) expect(await deliveredOf(app, tenant_id)).toHaveLength(2);
    }, 30_000);

    it('parks the event that fails alone ten times, while the others flow', async () => {
      const app = await background();
      const scope = testScope();
      const poison = created();
      let failures = 0;
      fanOut(app, async (tx, events) => {
        await deliver(tx, events);
        if (!events.some((event) => event.subject_id === poison.subject_id)) return;
        failures += 1;
        throw new Error('cannot match');
      });
      const good = [await emit(app, scope), await emit(app, scope)];
      const bad = await emit(app, scope, poison);
      good.push(await emit(app, scope));

      await app.get(Relay).relayBatch();
      expect((await deliveredOf(app, scope.tenant_id)).sort()).toEqual(good.sort());
      expect(await rowsOf(app, POINTERS_OF, scope.tenant_id)).toMatchObject([
        { event_id: bad, attempts: 1, parked_at: null, last_error: 'Error: cannot match' },
      ]);
      for (let n = 0; n < 12; n++) await app.get(Relay).relayBatch();
      expect(await rowsOf(app, POINTERS_OF, scope.tenant_id)).toMatchObject([{ event_id: bad, attempts: 10, parked_at: expect.any(Date) }]);
      expect(failures).toBe(11 + 9); // with its batch of four and alone; then alone in its batch, and alone
      expect(app.observer.of('webhook_outbox_parked_total')).toBe(1);

      // Ops: seen, repaired, retried.
      expect((await app.get(Relay).state()).parked).toBeGreaterThanOrEqual(1);
      expect((await app.get(Relay).parked()).map((pointer) => pointer.event_id)).toContain(bad);
      const repaired = await background();
      fanOut(repaired);
      expect(await repaired.get(Relay).retryParked({ tenant_id: scope.tenant_id, event_id: bad })).toBe(true);
      expect(await repaired.get(Relay).retryParked({ tenant_id: scope.tenant_id, event_id: bad })).toBe(false);
      await drain(repaired);
      expect(await deliveredOf(app, scope.tenant_id)).toContain(bad);
    });

    it('what a fan-out wrote before it threw is not there', async () => {
      const app = await background();
      const scope = testScope();
      fanOut(app, async (tx, events) => {
        await deliver(tx, events);
        throw new Error('after the insert');
      });
      await emit(app, scope);
      await app.get(Relay).relayBatch();
      expect(await deliveredOf(app, scope.tenant_id)).toEqual([]);
    });
  });

  describe('queued subscribers', () => {
    type Handle = (event: TenantEvent<'role.created'>, signal: AbortSignal, tenant_id: string) => Promise<void>;
    function subscribe(app: Background, handle: Handle): void {
      app.get(Subscribers).subscribe('role.created', {
        name: 'test.greet',
        mode: 'queued',
        handle: (scope, event, signal) => handle(event, signal, scope.tenant_id),
      });
    }
    /** Other tests' tasks may lie in the same database, so each looks at its own tenant. */
    const tasksOf = (app: Background, tenant_id: string) =>
      rowsOf<{ attempts: number; parked_at: Date | null; last_error: string | null; leased_until: Date | null }>(app, TASKS_OF, tenant_id);

    it('get the event with its data, in its tenant, on the app pool', async () => {
      const app = await background();
      const scope = testScope();
      const seen: unknown[] = [];
      app.get(Subscribers).subscribe('role.created', {
        name: 'test.greet',
        mode: 'queued',
        handle: async (inner, event) => {
          if (inner.tenant_id === scope.tenant_id)
            seen.push({ ...event, sees: await app.tenants.query(inner, sql`select event_id from events`), actor: inner.actor.id });
        },
      });
      const event = created({ sequence: 3, data: { role_id: newId(), code: 'big', name: 'x'.repeat(70_000) } });
      const event_id = await emit(app, scope, event);
      app.get(Relay).start();
      app.get(EventTasks).start();
      await eventually(() => seen.length === 1);
      expect(seen[0]).toMatchObject({
        event_id,
        type: 'role.created',
        sequence: 3,
        data: event.data,
        request_id: scope.request_id,
        sees: [{ event_id }],
        actor: 'test.greet',
      });
      await eventually(async () => (await tasksOf(app, scope.tenant_id)).length === 0);
    });

    it('a second task for the same event and subscriber is the same task', async () => {
      const app = await background();
      const scope = testScope();
      let runs = 0;
      subscribe(app, (_event, _signal, tenant_id) => Promise.resolve(void (tenant_id === scope.tenant_id && runs++)));
      const event_id = await emit(app, scope);
      await drain(app);
      await app.platform.run(PLATFORM, (tx) =>
        tx.query(sql`insert into event_outbox (tenant_id, event_id) values ($1, $2)`, [scope.tenant_id, event_id]),
      );
      await drain(app);
      expect(await tasksOf(app, scope.tenant_id)).toHaveLength(1);
      while ((await app.get(EventTasks).runBatch()) > 0);
      expect(runs).toBe(1);
    });

    it('are tried again, and parked after eight attempts, alone', async () => {
      const app = await background();
      const scope = testScope();
      const calm = testScope();
      let failures = 0;
      let calls = 0;
      subscribe(app, (_event, _signal, tenant_id) => {
        if (tenant_id === calm.tenant_id) return Promise.resolve(void calls++);
        if (tenant_id !== scope.tenant_id) return Promise.resolve();
        failures += 1;
        return Promise.reject(new Error('address a@b.example'));
      });
      const event_id = await emit(app, scope);
      await emit(app, calm);
      await drain(app);
      while ((await app.get(EventTasks).runBatch()) > 0);
      expect(failures).toBe(8);
      expect(calls).toBe(1);
      expect(await tasksOf(app, scope.tenant_id)).toMatchObject([
        { attempts: 8, parked_at: expect.any(Date), last_error: 'internal: Error', leased_until: null },
      ]);
      expect((await app.get(EventTasks).parked()).map((task) => task.event_id)).toContain(event_id);
      expect(await app.get(EventTasks).retryParked({ tenant_id: scope.tenant_id, event_id, subscriber: 'test.greet' })).toBe(true);
      await app.get(EventTasks).runBatch();
      expect(failures).toBe(9);
    });

    it('a worker that dies in one: it runs again once the lease is over, and is parked when it kills every worker', async () => {
      const app = await background();
      const scope = testScope();
      subscribe(app, () => Promise.resolve());
      await emit(app, scope);
      await drain(app);
      const abandon = sql`update event_tasks set attempts = $2, leased_until = now() + $3 * interval '1 s' where tenant_id = $1`;
      const abandoned = (attempts: number, seconds: number) =>
        app.platform.run(PLATFORM, (tx) => tx.query(abandon, [scope.tenant_id, attempts, seconds]));
      await abandoned(1, 60);
      await app.get(EventTasks).runBatch();
      expect(await tasksOf(app, scope.tenant_id)).toMatchObject([{ attempts: 1 }]);
      await abandoned(8, -1);
      await app.get(EventTasks).runBatch();
      expect(await tasksOf(app, scope.tenant_id)).toMatchObject([{ attempts: 9, last_error: 'worker_lost', parked_at: expect.any(Date) }]);
    });

    it('the result of a worker that was too late changes nothing', async () => {
      const app = await background();
      const scope = testScope();
      let finish: () => void = () => undefined;
      subscribe(app, () => new Promise((resolve) => (finish = resolve)));
      await emit(app, scope);
      await drain(app);
      const late = app.get(EventTasks).runBatch();
      await eventually(async () => (await tasksOf(app, scope.tenant_id))[0]?.attempts === 1);
      await app.platform.run(PLATFORM, (tx) =>
        tx.query(sql`update event_tasks set attempts = 2, leased_until = now() + interval '1 hour' where tenant_id = $1`, [
          scope.tenant_id,
        ]),
      );
      finish();
      await late;
      expect(await tasksOf(app, scope.tenant_id)).toMatchObject([{ attempts: 2 }]);
    });

    it('are given back when the process stops, and the attempt does not count', async () => {
      const app = await background();
      const scope = testScope();
      let running = false;
      subscribe(app, (_event, signal) => {
        running = true;
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
      });
      await emit(app, scope);
      await drain(app);
      app.get(EventTasks).start();
      await eventually(() => running);
      await app.get(EventTasks).stop(20);
      expect(await tasksOf(app, scope.tenant_id)).toMatchObject([{ attempts: 0, leased_until: null, last_error: null }]);
    });

    it('leaves the tasks of another version of the program to it', async () => {
      const app = await background();
      const scope = testScope();
      subscribe(app, () => Promise.resolve());
      const event_id = await emit(app, scope);
      await app.platform.run(PLATFORM, (tx) =>
        tx.query(sql`insert into event_tasks (tenant_id, event_id, subscriber) values ($1, $2, 'newer.thing')`, [
          scope.tenant_id,
          event_id,
        ]),
      );
      while ((await app.get(EventTasks).runBatch()) > 0);
      expect(await tasksOf(app, scope.tenant_id)).toMatchObject([{ subscriber: 'newer.thing', attempts: 0 }]);
    });
  });
});
