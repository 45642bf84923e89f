import type pg from 'pg';
import { Relay } from '../../libs/platform/outbox/index.js';
import { cloneDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { expectSoundWebhooks } from '../support/webhook-invariants.js';
import { WebhookGround, type Hook } from './fixtures/webhook-ground.js';

/** The way of an event from its outbox to a delivery for every endpoint, with relays that die, meet, fail and were away. */
jest.setTimeout(90_000);
/** Of our advisory lock; nothing of the product uses the form with two numbers. */
const GATE = [4_712, 1] as const;

let ground: WebhookGround;
let keeper: pg.PoolClient;

beforeAll(async () => {
  ground = await WebhookGround.open(await cloneDatabase(`webhooks_relay_${process.pid}`));
  keeper = await ground.superuser.connect();
  await keeper.query(PLANT);
});
afterAll(async () => {
  keeper?.release();
  await ground?.close();
});
afterEach(async () => {
  await keeper.query('select pg_advisory_unlock_all()');
  await keeper.query('delete from fault_gates; delete from fault_poison; delete from fault_batches');
  await expectSoundWebhooks(ground.superuser);
  await ground.workers.killAll();
});

// Each transaction of a relay says what it took and, beside that, what it has locked and not taken. A delivery may be stopped at a gate
// until the test opens it, or refused.
const PLANT = `
  create table fault_batches (xid bigint not null, worker text not null, taken int not null, only_locked int not null, hash_joins text not null);
  create function fault_batch() returns trigger language plpgsql security definer as $$
  begin
    insert into fault_batches
    select txid_current(), current_setting('application_name'), (select count(*) from taken),
           (select count(*) from event_outbox o where o.xmax::text::bigint = txid_current() & 4294967295), current_setting('enable_hashjoin');
    return null;
  end $$;
  create trigger fault_batch after delete on event_outbox referencing old table as taken for each statement execute function fault_batch();

  create table fault_gates (webhook_id uuid primary key);
  create table fault_poison (event_id uuid primary key);
  create function fault_gate() returns trigger language plpgsql security definer set lock_timeout = 0 as $$
  begin
    if exists (select from fault_gates g where g.webhook_id = new.webhook_id) then perform pg_advisory_xact_lock_shared(${GATE.join(', ')}); end if;
    if exists (select from fault_poison p where p.event_id = new.event_id) then raise exception 'this event cannot be matched'; end if;
    return new;
  end $$;
  create trigger fault_gate before insert on webhook_deliveries for each row execute function fault_gate();`;

/** What making a tenant has left in the outbox is not the subject. */
async function quietOutbox(): Promise<void> {
  while ((await ground.world.app.get(Relay).relayBatch()) > 0);
  await keeper.query('delete from fault_batches');
}
const batches = () =>
  ground.rows<{ worker: string; taken: number; only_locked: number; hash_joins: string }>(
    'select worker, sum(taken)::int as taken, sum(only_locked)::int as only_locked, min(hash_joins) as hash_joins from fault_batches where taken > 0 group by xid, worker',
  );
/** Whoever makes a delivery for this endpoint waits there, in the middle of its transaction. */
async function shutGate(endpoint: Hook | undefined): Promise<void> {
  await keeper.query('select pg_advisory_lock($1, $2)', [...GATE]);
  await keeper.query('insert into fault_gates values ($1)', [endpoint?.webhook_id]);
}
const openGate = () => keeper.query('select pg_advisory_unlock($1, $2)', [...GATE]);
const atGate = async (): Promise<number> =>
  (await ground.one<{ n: number }>(`select count(*)::int as n from pg_locks where locktype = 'advisory' and classid = $1 and not granted`, GATE[0])).n; // prettier-ignore
const rowsOf = async ({ webhook_id }: Hook): Promise<{ rows: number; events: number }> =>
  ground.one(
    'select count(*)::int as rows, count(distinct event_id)::int as events from webhook_deliveries where webhook_id = $1',
    webhook_id,
  );

it('[004-38] [004-39] makes one delivery an endpoint of each event when a relay is killed in its fan-out, and the others flow meanwhile', async () => {
  const { tenant: acme, owner } = await ground.tenant();
  const other = await ground.tenant();
  const endpoints = await ground.hooks(owner, 3, {});
  const others = await ground.hooks(other.owner, 1, {});
  await shutGate(endpoints[2]);

  const victim = ground.workers.spawn();
  const heir = ground.workers.spawn({ held: true });
  await victim.ready;
  await ground.emit(acme, 150);
  await eventually(async () => expect(await atGate()).toBe(1), 10_000); // in the middle: some rows are made, others are not
  await victim.end('SIGKILL');
  await heir.go();
  await ground.emit(other.tenant, 20);
  await eventually(async () => expect(await ground.statuses(other.tenant)).toEqual({ success: 20 }), 10_000);
  expect(await ground.statuses(acme)).toEqual({});

  await openGate();
  await eventually(async () => expect(await ground.statuses(acme)).toEqual({ success: 450 }), 20_000);
  for (const endpoint of endpoints) expect(await rowsOf(endpoint)).toEqual({ rows: 150, events: 150 });
  expect(ground.arrived([...endpoints, ...others])).toEqual({ sent: 470, distinct: 470 });
});

it('lets two relays share the work: each event is taken once', async () => {
  const { tenant: acme, owner } = await ground.tenant();
  const endpoints = await ground.hooks(owner, 2, {});
  const names = ['relay-a', 'relay-b'];
  await quietOutbox();
  await Promise.all(names.map((application_name) => ground.workers.start({ application_name })));
  await shutGate(endpoints[1]);
  await ground.emit(acme, 1_200);
  await eventually(async () => expect(await atGate()).toBe(2), 10_000); // each with a batch of its own
  await openGate();
  await eventually(async () => expect(await ground.statuses(acme)).toEqual({ success: 2_400 }), 30_000);
  for (const endpoint of endpoints) expect(await rowsOf(endpoint)).toEqual({ rows: 1_200, events: 1_200 });
  expect(ground.arrived(endpoints)).toEqual({ sent: 2_400, distinct: 2_400 });
  const taken = await batches();
  expect(taken.reduce((sum, batch) => sum + batch.taken, 0)).toBe(1_200);
  expect([...new Set(taken.map(({ worker }) => worker))].sort()).toEqual(names);
});

it('[004-38] matches endpoints as they are when a relay comes back, in batches of 200 whatever plan the server makes', async () => {
  const { tenant: acme, owner } = await ground.tenant();
  const [stays, paused, deleted] = (await ground.hooks(owner, 3, {})) as [Hook, Hook, Hook];
  for (const kind of ['hashjoin', 'mergejoin'])
    await keeper.query(`alter role tenantry_platform in database ${ground.world.database.name} set enable_${kind} = off`);
  const worker = ground.workers.spawn({ held: true });
  await quietOutbox();
  await ground.emit(acme, 1_000);
  const [created] = (await ground.hooks(owner, 1, {})) as [Hook];
  await owner.post(`/webhooks/${paused.webhook_id}/pause`).expect(200);
  await owner.delete(`/webhooks/${deleted.webhook_id}`).expect(204);

  await worker.go();
  await eventually(async () => expect(await ground.statuses(created)).toEqual({ success: 1_000 }), 30_000);
  await eventually(async () => expect(await ground.statuses(stays)).toEqual({ success: 1_000 }), 30_000);
  expect(await ground.statuses(paused)).toEqual({ held: 1_000 });
  expect(await ground.statuses(deleted)).toEqual({});
  for (const endpoint of [created, stays, paused]) expect(await rowsOf(endpoint)).toEqual({ rows: 1_000, events: 1_000 });
  expect(ground.arrived([created, stays])).toEqual({ sent: 2_000, distinct: 2_000 });
  expect(await batches()).toEqual(Array(5).fill({ worker: 'tenantry-platform', taken: 200, only_locked: 0, hash_joins: 'off' }));
  await keeper.query(`alter role tenantry_platform in database ${ground.world.database.name} reset all`);
});

it('parks an event whose fan-out fails ten times, shows staff why, and the others flow', async () => {
  const { tenant: acme, owner } = await ground.tenant();
  const endpoints = await ground.hooks(owner, 2, {});
  const ids = await ground.emit(acme, 30);
  const poison = ids[11] ?? '';
  await keeper.query('insert into fault_poison values ($1)', [poison]);
  const worker = await ground.workers.start({ relay: { backoff_unit_ms: 0.5 } });
  await eventually(async () => expect(await ground.statuses(acme)).toEqual({ success: 58 }), 10_000);
  const staff = await ground.world.staff('ops_admin');
  const parked = async () => (await staff.get('/ops/webhooks/outbox/parked').expect(200)).body.data as { event_id: string }[];
  await eventually(async () => expect(await parked()).toHaveLength(1), 20_000);
  expect(await parked()).toEqual([
    expect.objectContaining({
      event_id: poison, tenant_id: acme.tenant_id, attempts: 10, last_error: expect.stringContaining('this event cannot be matched'),
    }),
  ]); // prettier-ignore
  expect([worker.saying('outbox pointer failed').length, worker.saying('outbox pointer parked').length]).toEqual([9, 1]);
  await ground.emit(acme, 1);
  await eventually(async () => expect(await ground.statuses(acme)).toEqual({ success: 60 }), 10_000);

  await keeper.query('delete from fault_poison');
  await staff.post(`/ops/webhooks/outbox/${poison}/retry`, { reason: 'what refused it is mended' }).expect(200);
  await eventually(async () => expect(await ground.statuses(acme)).toEqual({ success: 62 }), 10_000);
  expect(await parked()).toEqual([]);
  expect(ground.arrived(endpoints)).toEqual({ sent: 62, distinct: 62 });
});
