/**
 * `npm run bench -- webhooks:rate [--rate 500] [--endpoints 8] [--events 200]`: one tenant emits `rate` events a second; what an event of
 * another tenant waits meanwhile, and how far the tenant itself falls behind. `--rate 5000` is the large one.
 */
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { startReceiver } from '../receiver.mjs';
import { numbers, reportNeighbour } from './figures.mjs';
import { bounded, twoTenants } from './stage.mjs';

const { rate, endpoints, events } = numbers({ rate: 500, endpoints: 8, events: 200 });
const TICK_MS = 100;

await bounded(async (later) => {
  const receiver = await startReceiver();
  later(() => receiver.stop());
  const { startWorker, noisy, neighbour, database, webhookRows } = await twoTenants(later, { endpoints, port: receiver.port });
  const client = new pg.Client({ connectionString: database.url }); // its own: a batch must not stand before the neighbour's event
  await client.connect();
  later(() => client.end());
  const rows = webhookRows(client, noisy.tenant_id, noisy.webhook_ids);
  await startWorker();
  await neighbour.warm();
  const quiet = await neighbour.firstBytes(events);

  let emitted = 0;
  let goesOn = true;
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1_000;
  const emitting = (async () => {
    while (goesOn) {
      const owed = Math.floor(elapsed() * rate) - emitted;
      if (owed > 0) {
        await rows.emit(owed);
        await rows.notify();
        emitted += owed;
      }
      await wait(TICK_MS);
    }
  })();
  const meanwhile = await neighbour.firstBytes(events).finally(() => (goesOn = false));
  await emitting;
  const seconds = elapsed();
  const { count } = receiver;
  console.log(
    `\none tenant, ${seconds.toFixed(1)} s: ${(emitted / seconds).toFixed(0)} events/s emitted, ${(count / seconds).toFixed(0)}/s delivered, ${emitted - count} behind`,
  );
  reportNeighbour('busy', quiet, meanwhile, await neighbour.inOutbox(events));
});
