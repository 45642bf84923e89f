/**
 * `npm run bench -- webhooks [--backlog 1000000]`: the worker delivers to a receiver on the same machine, beside a bare undici loop that
 * posts the same bytes, in alternating rounds of one run. Prints CPU per delivery and ratios; nothing here fails a build.
 * The whole way is counted: relay, fan-out, claim, signatures, send, result. The receiver lives in this process, so its CPU is in no figure.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { measureClaim } from './claim.mjs';
import { startDatabase } from './database.mjs';
import { prepare, startProduct } from './prepare.mjs';
import { cpuOf, cpuOfTree } from './processes.mjs';
import { startReceiver } from './receiver.mjs';

const { values: options } = parseArgs({ options: { backlog: { type: 'string', default: '100000' } }, allowPositionals: true });
const BACKLOG = Number(options.backlog);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const DELIVERIES = 1_000 * Number(process.env.BENCH_SCALE ?? 1);
const ENDPOINTS = 8;
const CONNECTIONS = 64; // what the product opens to one origin at most
const LONE_EVENTS = 200;
const LONE_EVERY_MS = 20;
const SETTINGS = { WEBHOOK_ALLOW_HTTP: 'true', WEBHOOK_ALLOWED_CIDRS: '127.0.0.1/32' };

const cleanup = [];
const stopAll = async () => {
  for (const step of cleanup.splice(0)) await step();
};
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stopAll().finally(() => process.exit(1)));
try {
  const database = await startDatabase();
  cleanup.unshift(() => database.stop());
  const receiver = await startReceiver();
  cleanup.unshift(() => receiver.stop());
  const world = await prepare({ databaseUrl: database.url, folder: database.folder, settings: SETTINGS, items: 0 });
  const webhook_ids = await makeEndpoints(world, receiver.port).finally(() => world.stop());

  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  cleanup.unshift(() => client.end());
  const { webhookRows } = await import('./webhook-rows.mjs'); // after the build
  const rows = webhookRows(client, world.tenant_id, webhook_ids);
  const worker = await startProduct({ ...world.env, WORKER_PORT: '0' }, 'worker');
  let working = true;
  const stopWorker = async () => {
    if (working) await worker.stop();
    working = false;
  };
  cleanup.unshift(stopWorker);
  const bare = fork(path.join(path.dirname(fileURLToPath(import.meta.url)), 'bare-sender.mjs'));
  cleanup.unshift(() => bare.disconnect());

  const rounds = { product: [], bare: [] };
  const ready = { product: () => rows.settle(), bare: () => undefined };
  const run = { product: () => deliver(rows, receiver), bare: () => postBare(bare, receiver) };
  const pids = { product: worker.pid, bare: bare.pid };
  for (const side of ['product', 'product', 'bare']) {
    await ready[side]();
    await run[side](); // warm: the first success opens a lane
  }
  for (let round = 0; round < ROUNDS; round++)
    for (const side of round % 2 ? ['bare', 'product'] : ['product', 'bare']) {
      await ready[side]();
      const before = { node: cpuOf(pids[side]), pg: cpuOfTree(database.pid) };
      const { ms } = await run[side]();
      rounds[side].push({
        per_second: (DELIVERIES / ms) * 1_000,
        node: ((cpuOf(pids[side]) - before.node) * 1_000) / DELIVERIES,
        pg: ((cpuOfTree(database.pid) - before.pg) * 1_000) / DELIVERIES,
      });
    }
  reportRounds(rounds);
  reportLatency(await firstBytes(rows, receiver));
  await stopWorker();
  await reportClaims(rows, database.url);
} finally {
  await stopAll();
}

async function makeEndpoints({ call, token }, port) {
  const made = Array.from({ length: ENDPOINTS }, (_, i) =>
    call('POST', '/webhooks', { name: `Bench ${i}`, url: `http://127.0.0.1:${port}/hook/${i}`, events: ['inventory.*'] }, token),
  );
  return (await Promise.all(made)).map(({ webhook }) => webhook.webhook_id);
}

/** A round of the product: the events are made, by one statement, and the relay is told of them; over when every result is written. */
async function deliver(rows, receiver) {
  const goal = receiver.count + DELIVERIES;
  await rows.emit(DELIVERIES);
  const begun = performance.now();
  await rows.notify();
  await until(() => receiver.count >= goal);
  await until(async () => (await rows.open()) === 0);
  return { ms: performance.now() - begun };
}

/** A round of the bare loop, with the headers and the body of the delivery that came last. */
async function postBare(bare, { port, last }) {
  const { host: _, connection: __, 'content-length': ___, 'transfer-encoding': ____, ...headers } = last.headers;
  const ended = once(bare, 'message');
  bare.send({ origin: `http://127.0.0.1:${port}`, path: last.path, headers, body: last.body, total: DELIVERIES, connections: CONNECTIONS });
  const [result] = await ended;
  if (result.failed) throw new Error(`${result.failed} requests of the bare loop failed`);
  return result;
}

/** One event at a time on an idle worker. @returns ms from the answer to the commit until the receiver has the first byte */
async function firstBytes(rows, receiver) {
  const times = [];
  for (let i = 0; i < LONE_EVENTS; i++) {
    const arrival = once(receiver.seen, 'delivery', { signal: AbortSignal.timeout(10_000) });
    await rows.emit(1);
    const committed = performance.now();
    await rows.notify();
    const [at] = await arrival;
    times.push(at - committed);
    await wait(LONE_EVERY_MS);
  }
  return times;
}

async function reportClaims(rows, databaseUrl) {
  const few = 1_000;
  await rows.backlog(few);
  const small = await measureClaim(databaseUrl);
  await rows.backlog(BACKLOG - few);
  const large = await measureClaim(databaseUrl);
  const line = (count, { times, claimed }) =>
    `${String(count).padStart(9)} waiting   p50 ${at(times, 0.5).toFixed(2)} ms   p99 ${at(times, 0.99).toFixed(2)} ms   (${claimed} rows a claim)`;
  console.log(`\nclaim (${large.times.length} claims, each rolled back)\n  ${line(few, small)}\n  ${line(BACKLOG, large)}`);
  console.log(`  ratio     ${(at(large.times, 0.5) / at(small.times, 0.5)).toFixed(2)}`);
}

function reportRounds({ product, bare }) {
  const median = (list, key) =>
    at(
      list.map((r) => r[key]),
      0.5,
    );
  const line = (label, list) =>
    `${label.padEnd(9)} ${median(list, 'per_second').toFixed(0).padStart(6)}/s   Node ${median(list, 'node').toFixed(0).padStart(4)} µs`;
  const [node, pgOf] = [median(product, 'node'), median(product, 'pg')];
  console.log(
    `\ndeliveries (${DELIVERIES} a round, ${ROUNDS} rounds, ${ENDPOINTS} endpoints)\n  ${line('product', product)}   PostgreSQL ${pgOf.toFixed(0).padStart(4)} µs   together ${(node + pgOf).toFixed(0)} µs\n  ${line('bare', bare)}`,
  );
  console.log(
    `  ratio     ${((median(product, 'per_second') / median(bare, 'per_second')) * 100).toFixed(0)} % of bare in deliveries/s; CPU × ${(node / median(bare, 'node')).toFixed(1)} in Node, × ${((node + pgOf) / median(bare, 'node')).toFixed(1)} with PostgreSQL`,
  );
}

function reportLatency(times) {
  console.log(
    `\ncommit → first byte (${times.length} events, one at a time)\n  p50 ${at(times, 0.5).toFixed(1)} ms   p99 ${at(times, 0.99).toFixed(1)} ms`,
  );
}

function at(list, quantile) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))];
}

async function until(isTrue, ms = 60_000) {
  const end = performance.now() + ms;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error('the deliveries did not come');
    await wait(10);
  }
}
