/**
 * `npm run bench -- webhooks:recover [--deliveries 10000] [--events 200]`: a tenant recovers so many dead letters of one endpoint; what an
 * event of another tenant waits meanwhile. The job is measured for as long as that takes and then left. `--deliveries 1000000` is the large one.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startReceiver } from '../receiver.mjs';
import { numbers, reportNeighbour } from './figures.mjs';
import { bounded, twoTenants } from './stage.mjs';

const { deliveries, events } = numbers({ deliveries: 10_000, events: 200 });
const HOUR_MS = 3_600_000;
const DONE = 'select state, done from webhook_jobs where webhook_job_id = $1';

await bounded(async (later) => {
  const receiver = await startReceiver();
  later(() => receiver.stop());
  const { startWorker, noisy, neighbour, world, client } = await twoTenants(later, { endpoints: 1, port: receiver.port });
  await noisy.rows.deadLetters(deliveries);
  await startWorker();
  await neighbour.warm();
  const quiet = await neighbour.firstBytes(events);

  const words = ['webhooks', 'recover', noisy.webhook_ids[0], '--since', new Date(Date.now() - HOUR_MS).toISOString()];
  const asked = performance.now();
  const job = JSON.parse(await tenantry(world.env, ...words, '--reason', 'the bench of recovery', '--json'));
  const begun = performance.now();
  const meanwhile = await neighbour.firstBytes(events);
  const { rows } = await client.query(DONE, [job.webhook_job_id]);
  const seconds = (performance.now() - begun) / 1_000;
  console.log(
    `\nrecovery of ${job.total}: counted and asked for in ${((begun - asked) / 1_000).toFixed(1)} s (with the start of the command); ${rows[0].state}, ${rows[0].done} done in ${seconds.toFixed(1)} s, ${receiver.count} arrived`,
  );
  reportNeighbour('recovery', quiet, meanwhile, await neighbour.inOutbox(events));
});

async function tenantry(env, ...words) {
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/apps/api/src/cli.js', ...words], { env });
  return stdout.trim().split('\n').at(-1);
}
