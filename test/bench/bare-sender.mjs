// The limit to compare with: undici posting the bytes of a delivery in a loop. No queue, no claim, no signature, no result kept.
import { Pool } from 'undici';

process.on('message', async ({ origin, path, headers, body, total, connections }) => {
  const pool = new Pool(origin, { connections, pipelining: 1 });
  let next = 0;
  let failed = 0;
  const one = async () => {
    const response = await pool.request({ method: 'POST', path, headers, body });
    await response.body.dump();
    if (response.statusCode !== 200) failed += 1;
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: connections }, async () => { while (next++ < total) await one(); })); // prettier-ignore
  const ms = performance.now() - begun;
  await pool.close();
  process.send({ ms, failed });
});
process.once('disconnect', () => process.exit(0));
