/** `npm run bench -- webhooks:claim [--backlog 100000]`: the dispatcher's claim over a few waiting rows and over many; 1000000 is the large one. */
import { measureClaim } from '../claim.mjs';
import { at, numbers, quantiles } from './figures.mjs';
import { bounded, twoTenants } from './stage.mjs';

const { backlog } = numbers({ backlog: 100_000 });
const FEW = 1_000;
const AT_ONCE = 100_000;

await bounded(async (later) => {
  const { noisy, database, client } = await twoTenants(later, { endpoints: 8, port: 1_024 }); // nobody sends: no worker runs
  await client.query('update webhook_lanes set slow = false, proven = true where tenant_id = $1', [noisy.tenant_id]);
  await noisy.rows.backlog(FEW);
  const small = await measureClaim(database.url);
  for (let i = FEW; i < backlog; i += AT_ONCE) await noisy.rows.backlog(Math.min(AT_ONCE, backlog - i));
  const large = await measureClaim(database.url);
  const line = (count, { times, claimed }) => `  ${String(count).padStart(9)} waiting   ${quantiles(times)}   (${claimed} rows a claim)`;
  console.log(`\nclaim (${large.times.length} claims, each rolled back)\n${line(FEW, small)}\n${line(Math.max(FEW, backlog), large)}`);
  console.log(`  ratio      p50 × ${(at(large.times, 0.5) / at(small.times, 0.5)).toFixed(2)}`);
});
