import { setTimeout as wait } from 'node:timers/promises';
import { cloneDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { expectSoundWebhooks } from '../support/webhook-invariants.js';
import type { LoopbackWorker } from './fixtures/loopback-workers.js';
import { WebhookGround, type Hook } from './fixtures/webhook-ground.js';

/**
 * Processes that die before they could say what they had committed, workers that are asked to end, endpoints that are dead: what was
 * committed arrives all the same, once, and in time.
 */
jest.setTimeout(90_000);

let ground: WebhookGround;
let worker: LoopbackWorker;
beforeAll(async () => {
  ground = await WebhookGround.open(await cloneDatabase(`webhooks_${process.pid}`));
  worker = await ground.workers.start();
});
afterAll(() => ground?.close());
afterEach(() => expectSoundWebhooks(ground.superuser));

it('[004-38] sends within a second what was committed by a process that died before it could say so, and never what was rolled back', async () => {
  const { tenant: acme, owner } = await ground.tenant();
  const [endpoint] = (await ground.hooks(owner, 1, {})) as [Hook];
  const begun = performance.now();
  await ground.emit(acme, 1);
  await eventually(() => expect(ground.receiver.at(endpoint.path)).toHaveLength(1), 5_000);
  expect(performance.now() - begun).toBeLessThan(2_500); // a poll of the relay; the dispatcher is in the same process
  await eventually(async () => expect(await ground.statuses(acme)).toEqual({ success: 1 }));

  const client = await ground.superuser.connect();
  await client.query('begin');
  const [rolledBack] = await ground.emit(acme, 1, 'inventory.created', client);
  await client.query('rollback');
  client.release();
  const [kept] = await ground.emit(acme, 1);
  await eventually(async () => expect(await ground.statuses(acme)).toEqual({ success: 2 }), 5_000);
  const bodies = ground.receiver.at(endpoint.path).map(({ body }) => body);
  expect(bodies).toEqual([expect.anything(), expect.stringContaining(kept ?? '')]);
  expect(bodies.join()).not.toContain(rolledBack);
});

it('sends once what is under way when a worker is asked to end', async () => {
  const { tenant: acme, owner } = await ground.tenant();
  const endpoints = await ground.hooks(owner, 20, { after_ms: 400 });
  await ground.emit(acme, 1);
  await eventually(() => expect(ground.arrived(endpoints).sent).toBe(20), 10_000);
  await worker.end('SIGTERM');
  expect(await ground.statuses(acme)).toEqual({ success: 20 });
  worker = await ground.workers.start();
  await wait(600);
  expect(ground.arrived(endpoints)).toEqual({ sent: 20, distinct: 20 });
});

it('[004-39] sends two thousand deliveries to healthy endpoints as soon as ever, while fifty thousand wait for dead ones', async () => {
  const { tenant: dying, owner: dyingOwner } = await ground.tenant();
  const { tenant: acme, owner } = await ground.tenant();
  const healthy = await ground.hooks(owner, 20, {});
  let sent = 0;
  const send = async (n: number): Promise<number> => {
    const begun = performance.now();
    await ground.emit(acme, n);
    sent += n * healthy.length;
    await eventually(async () => expect(await ground.statuses(acme)).toEqual({ success: sent }), 40_000);
    return performance.now() - begun;
  };
  await send(1); // whoever has answered once is trusted
  const quiet_ms = await send(100);

  await ground.hooks(dyingOwner, 50, { instead: 'never' }, { retry_count: 12, events: ['order.*'] });
  await ground.superuser.query(WAITING, [dying.tenant_id, await ground.emit(dying, 1_000)]);
  await ground.superuser.query('update webhook_lanes set next_at = now() where tenant_id = $1', [dying.tenant_id]);
  await eventually(async () => expect((await ground.statuses(dying))['delivering']).toBe(50), 20_000);
  const loud_ms = await send(100);

  const most = await ground.one(
    `select max(n)::int as n from (select count(*) as n from webhook_deliveries where tenant_id = $1 and status = 'delivering' group by webhook_id) x`,
    dying.tenant_id,
  );
  await worker.end();
  await ground.superuser.query('delete from webhook_deliveries where tenant_id = $1', [dying.tenant_id]);

  const floor_ms = 2_000; // a machine that does other things at the same time
  expect({ quiet_ms, loud_ms, isInTime: loud_ms <= 2 * Math.max(quiet_ms, floor_ms) }).toEqual({ quiet_ms, loud_ms, isInTime: true });
  expect(ground.arrived(healthy)).toEqual({ sent, distinct: sent });
  // What is dead waits for itself: a place each.
  expect(most).toEqual({ n: 1 });
});

/** A delivery of each of these events for each endpoint of the tenant, as a fan-out would have made it. */
const WAITING = `
  insert into webhook_deliveries (tenant_id, delivery_id, webhook_id, event_id, event_type, status, next_retry_at)
  select w.tenant_id, webhook_delivery_id(e.id, w.webhook_id), w.webhook_id, e.id, 'inventory.created', 'pending', now()
    from unnest($2::uuid[]) as e (id), webhook_endpoints w where w.tenant_id = $1`;
