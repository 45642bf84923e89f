import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { startDatabase } from '../database.mjs';
import { prepare, startProduct } from '../prepare.mjs';
import { startReceiver } from '../receiver.mjs';

const SETTINGS = { WEBHOOK_ALLOW_HTTP: 'true', WEBHOOK_ALLOWED_CIDRS: '127.0.0.1/32' };
const AT_ONCE = 16;
const EVERY_MS = 20;
const WARM = 20;
const ARRIVES_MS = 30_000;
const IN_OUTBOX = `
  select extract(epoch from d.created_at - e.created_at)::float8 * 1000 as ms
    from events e join webhook_deliveries d on d.tenant_id = e.tenant_id and d.event_id = e.event_id
   where e.tenant_id = $1 order by e.event_id desc limit $2`;

/** Runs `work` with steps to undo, newest first; a signal undoes them too, so that nothing is left running. */
export async function bounded(work) {
  const steps = [];
  const stopAll = async () => {
    for (const step of steps.splice(0).reverse()) await Promise.resolve(step()).catch((error) => console.error(error));
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stopAll().finally(() => process.exit(1)));
  try {
    await work((step) => steps.push(step));
  } finally {
    await stopAll();
  }
}

/** A database with one tenant, and a connection of its superuser. `world`: the running product, for its API. */
export async function emptyStage(later) {
  const database = await startDatabase();
  later(() => database.stop());
  const world = await prepare({ databaseUrl: database.url, folder: database.folder, settings: SETTINGS, items: 0 });
  let running = true;
  const stopProduct = async () => {
    if (running) await world.stop();
    running = false;
  };
  later(stopProduct);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  later(() => client.end());
  const { webhookRows } = await import('../webhook-rows.mjs'); // after the build
  return { database, world, client, webhookRows, stopProduct };
}

/**
 * Two tenants: a neighbour with one endpoint, whose events are measured, and a noisy one with `endpoints` at `port`. The product that made
 * them is stopped; `work` starts a worker, and everything else happens to that.
 */
export async function twoTenants(later, { endpoints, port, timeout_ms = 30_000 }) {
  const stage = await emptyStage(later);
  const { world, client, webhookRows, stopProduct } = stage;
  const receiver = await startReceiver();
  later(() => receiver.stop());
  const noisy = await world.makeTenant('Noisy', { max_webhooks: endpoints });
  const [own] = await makeEndpoints(world.call, world.token, { count: 1, port: receiver.port });
  const webhook_ids = await makeEndpoints(world.call, noisy.token, { count: endpoints, port, timeout_ms });
  await stopProduct();
  const startWorker = async () => {
    const worker = await startProduct({ ...world.env, WORKER_PORT: '0' }, 'worker');
    later(() => worker.stop());
    return worker;
  };
  const rows = webhookRows(client, world.tenant_id, [own]);
  return {
    ...stage,
    startWorker,
    noisy: { ...noisy, webhook_ids, rows: webhookRows(client, noisy.tenant_id, webhook_ids) },
    neighbour: {
      firstBytes: (count) => firstBytes(rows, receiver, count),
      warm: () => firstBytes(rows, receiver, WARM),
      /** ms that each of the last `count` events has waited for the relay: the part of the time before any lane is asked. */
      inOutbox: async (count) => (await client.query(IN_OUTBOX, [world.tenant_id, count])).rows.map(({ ms }) => ms),
    },
  };
}

async function makeEndpoints(call, token, { count, port, timeout_ms = 30_000 }) {
  const ids = [];
  for (let from = 0; from < count; from += AT_ONCE)
    ids.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(AT_ONCE, count - from) }, async (_, i) => {
          const url = `http://127.0.0.1:${port}/hook/${from + i}`;
          const { webhook } = await call(
            'POST',
            '/webhooks',
            { name: `Hook ${from + i}`, url, events: ['inventory.*'], timeout_ms },
            token,
          );
          return webhook.webhook_id;
        }),
      )),
    );
  return ids;
}

/** One event at a time. @returns ms from the answer to the commit until the receiver has the first byte */
async function firstBytes(rows, receiver, count) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const arrival = once(receiver.seen, 'delivery', { signal: AbortSignal.timeout(ARRIVES_MS) });
    await rows.emit(1);
    const committed = performance.now();
    await rows.notify();
    const [at] = await arrival;
    times.push(at - committed);
    await wait(EVERY_MS);
  }
  return times;
}

/** Takes connections and never answers. */
export async function startSilent() {
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
    socket.resume();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const stop = () => new Promise((done) => (server.close(done), sockets.forEach((socket) => socket.destroy())));
  return { port: server.address().port, stop };
}
