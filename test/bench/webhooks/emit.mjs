/**
 * `npm run bench -- webhooks:emit [--events 5000]`: what a change pays for its event. The statement of the outbox under the role of the
 * API, in the transaction of a change, beside `select 1` on the same connection. The budget of a statement is 0.3 ms.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { cpuOfTree } from '../processes.mjs';
import { at, numbers, quantiles } from './figures.mjs';
import { bounded, emptyStage } from './stage.mjs';

const { events } = numbers({ events: 5_000 });
const IN_A_TRANSACTION = 100;
const WARM = 500;

await bounded(async (later) => {
  const { database, world, stopProduct } = await emptyStage(later);
  await stopProduct();
  await import('reflect-metadata');
  const { OutboxRepository } = await import('../../../dist/libs/platform/outbox/outbox.repository.js');
  const { newId } = await import('../../../dist/libs/platform/crypto/index.js');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  later(() => client.end());
  await client.query('set role tenantry_app');
  const outbox = new OutboxRepository();
  const tx = { query: async ({ name, text }, values) => (await client.query({ name, text, values })).rows };
  const body = JSON.stringify({ filler: 'x'.repeat(600) });
  const { tenant_id } = world;
  const emit = () =>
    outbox.insert(tx, {
      tenant_id, event_id: newId(), type: 'inventory.updated', subject_id: randomUUID(), sequence: 1, body, full_body: null, target_webhook_id: null, request_id: 'bench',
    }); // prettier-ignore
  const nothing = () => client.query({ name: 'bench.nothing', text: 'select 1' });

  await measure(WARM, emit);
  await measure(WARM, nothing);
  const baseline = await measure(events, nothing);
  const emitted = await measure(events, emit);
  const line = (name, { times, cpu }) => `  ${name.padEnd(9)} ${quantiles(times)}   PostgreSQL ${cpu.toFixed(0)} µs CPU`;
  console.log(`\nemit (${events} statements, ${IN_A_TRANSACTION} a transaction)\n${line('select 1', baseline)}\n${line('emit', emitted)}`);
  console.log(`  ratio     p50 × ${(at(emitted.times, 0.5) / at(baseline.times, 0.5)).toFixed(1)}`);

  /** Begin and commit are in the CPU and not in the times: they are those of the change. */
  async function measure(count, statement) {
    const times = [];
    const cpu = cpuOfTree(database.pid);
    while (times.length < count) {
      await client.query('begin');
      await client.query("select set_config('app.tenant_id', $1, true), set_config('app.store_scope', '*', true)", [tenant_id]);
      for (let i = 0; i < IN_A_TRANSACTION && times.length < count; i++) {
        const begun = performance.now();
        await statement();
        times.push(performance.now() - begun);
      }
      await client.query('commit');
    }
    return { times, cpu: ((cpuOfTree(database.pid) - cpu) * 1_000) / count };
  }
});
