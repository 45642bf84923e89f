/**
 * `npm run bench -- webhooks:endpoints [--endpoints 500] [--deliveries 5000] [--events 200]`: one tenant with many endpoints that answer,
 * deliveries due at all of them; what an event of another tenant waits meanwhile. `--endpoints 10000` is the large one.
 */
import { startReceiver } from '../receiver.mjs';
import { numbers, reportNeighbour } from './figures.mjs';
import { bounded, twoTenants } from './stage.mjs';

const { endpoints, deliveries, events } = numbers({ endpoints: 500, deliveries: 5_000, events: 200 });

await bounded(async (later) => {
  const receiver = await startReceiver();
  later(() => receiver.stop());
  const { startWorker, noisy, neighbour } = await twoTenants(later, { endpoints, port: receiver.port });
  await startWorker();
  await neighbour.warm();
  const quiet = await neighbour.firstBytes(events);
  await noisy.rows.emit(deliveries); // events, not deliveries: the relay matches them with all endpoints
  const begun = performance.now();
  await noisy.rows.notify();
  const meanwhile = await neighbour.firstBytes(events);
  const seconds = (performance.now() - begun) / 1_000;
  console.log(`\n${endpoints} endpoints of one tenant; ${receiver.count} of ${deliveries} deliveries in ${seconds.toFixed(1)} s`);
  reportNeighbour('endpoints', quiet, meanwhile, await neighbour.inOutbox(events));
});
