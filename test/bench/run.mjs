/**
 * `npm run bench`: four workloads of the product beside bare Fastify + pg doing the same work, in alternating rounds of one run. Prints
 * ratios and CPU per request; nothing here fails a build. Embedded PostgreSQL with fsync on, 32 connections, one API process.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDatabase } from './database.mjs';
import { load } from './load.mjs';
import { prepare } from './prepare.mjs';
import { cpuOf, cpuOfTree, memoryOf, startServer } from './processes.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const SCALE = Number(process.env.BENCH_SCALE ?? 1);

const database = await startDatabase();
const cleanup = [() => database.stop()];
try {
  const world = await prepare({ databaseUrl: database.url, folder: database.folder });
  cleanup.unshift(() => world.stop());
  const bare = await startServer(path.join(here, 'bare-server.mjs'), {
    BENCH_DATABASE_URL: database.url,
    BENCH_TENANT: world.tenant_id,
  });
  cleanup.unshift(() => bare.stop());
  const product = world.product;
  console.log(`memory at rest: product ${memoryOf(product.pid).toFixed(0)} MB, bare ${memoryOf(bare.pid).toFixed(0)} MB`);

  const auth = { authorization: `Bearer ${world.token}` };
  const pick = (list, index) => list[(index * 7919) % list.length];
  let sku = 0;
  const workloads = [
    { name: 'GET one row', requests: 6_000 * SCALE, product: (i) => ({ path: `/api/v1/inventory/${pick(world.variants, i)}`, headers: auth }), bare: (i) => ({ path: `/item/${pick(world.variants, i)}` }) },
    { name: 'list 50 of 10,000', requests: 2_000 * SCALE, product: () => ({ path: '/api/v1/inventory?limit=50', headers: auth }), bare: () => ({ path: '/items?after=ffffffff-ffff-ffff-ffff-ffffffffffff' }) },
    {
      name: 'create (row, audit, event)', requests: 2_000 * SCALE,
      product: () => ({ method: 'POST', path: '/api/v1/products', headers: auth, body: JSON.stringify({ name: 'Bench item', sku: `bench-${sku++}`, price_minor: 1250 }) }),
      bare: () => ({ method: 'POST', path: '/item', body: JSON.stringify({ name: 'Bench item', sku: `bare-${sku++}`, price_minor: 1250 }) }),
    },
    {
      name: 'sign-in (argon2id)', requests: 64 * SCALE,
      // Sign-in is limited by address, so each call comes from another one.
      product: (i) => ({ method: 'POST', path: '/api/v1/auth/login', headers: { 'x-client': 'native', 'x-forwarded-for': `10.1.${(i >> 8) & 255}.${i & 255}` }, body: JSON.stringify({ email: world.owner.email, password: world.owner.password }) }),
      bare: () => ({ method: 'POST', path: '/login', body: JSON.stringify({ password: 'a password of the bench' }) }),
      beforeRound: () => world.forgetThrottle(),
    },
  ]; // prettier-ignore

  for (const workload of workloads) {
    const results = { product: [], bare: [] };
    for (const [side, server] of [
      ['product', product],
      ['bare', bare],
    ])
      await load(server.port, Math.ceil(workload.requests / 10), workload[side]); // warm
    for (let round = 0; round < ROUNDS; round++) {
      for (const [side, server] of round % 2
        ? [
            ['bare', bare],
            ['product', product],
          ]
        : [
            ['product', product],
            ['bare', bare],
          ]) {
        await workload.beforeRound?.();
        const before = { node: cpuOf(server.pid), pg: cpuOfTree(database.pid) };
        const { ms, failed } = await load(server.port, workload.requests, workload[side]);
        const cpu = {
          node: ((cpuOf(server.pid) - before.node) * 1_000) / workload.requests,
          pg: ((cpuOfTree(database.pid) - before.pg) * 1_000) / workload.requests,
        };
        results[side].push({ per_second: (workload.requests / ms) * 1_000, ...cpu, failed });
      }
    }
    report(workload, results);
  }
  console.log(`memory after: product ${memoryOf(product.pid).toFixed(0)} MB`);
} finally {
  for (const step of cleanup) await step();
}

function report({ name, requests }, { product, bare }) {
  const median = (list, key) => [...list].map((r) => r[key]).sort((a, b) => a - b)[Math.floor(list.length / 2)];
  const line = (label, list) =>
    `${label.padEnd(9)} ${median(list, 'per_second').toFixed(0).padStart(6)}/s   Node ${median(list, 'node').toFixed(0).padStart(6)} µs   PostgreSQL ${median(list, 'pg').toFixed(0).padStart(5)} µs   failed ${list.reduce((sum, r) => sum + r.failed, 0)}`;
  console.log(
    `\n${name} (${requests} requests a round, ${ROUNDS} rounds)\n  ${line('product', product)}\n  ${line('bare', bare)}\n  ratio     ${((median(product, 'per_second') / median(bare, 'per_second')) * 100).toFixed(0)} % of bare`,
  );
}
