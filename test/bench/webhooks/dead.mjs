/**
 * `npm run bench -- webhooks:dead [--backlog 1000] [--dead 50] [--events 200]`: endpoints of one tenant that take the connection and never
 * answer, `backlog` deliveries due at each; what an event of another tenant waits meanwhile. `--dead 450 --backlog 100000` is the large one.
 */
import { numbers, reportNeighbour } from './figures.mjs';
import { bounded, startSilent, twoTenants } from './stage.mjs';

const { dead, backlog, events } = numbers({ dead: 50, backlog: 1_000, events: 200 });

await bounded(async (later) => {
  const silent = await startSilent();
  later(() => silent.stop());
  const { startWorker, noisy, neighbour } = await twoTenants(later, { endpoints: dead, port: silent.port, timeout_ms: 1_000 });
  await startWorker();
  await neighbour.warm();
  const quiet = await neighbour.firstBytes(events);
  for (let i = 0; i < backlog; i += 1_000) await noisy.rows.backlog(Math.min(1_000, backlog - i) * dead);
  const meanwhile = await neighbour.firstBytes(events);
  console.log(`\n${dead} dead endpoints × ${backlog} deliveries; ${await noisy.rows.open()} of them still open at the end`);
  reportNeighbour('dead', quiet, meanwhile, await neighbour.inOutbox(events));
});
