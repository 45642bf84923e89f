import pg from 'pg';

const CLAIMS = 100;
const TERMS = { pool: 'fast', free: 256, tenant_limit: 64, in_flight: new Map(), lease_margin_ms: 10_000 };

/**
 * The dispatcher's own claim over what waits in the database, each in a transaction that is rolled back, so that all find the same rows.
 * Under the worker's role: row-level security is part of the price. No worker may run meanwhile. @returns ms of each, rows of the last
 */
export async function measureClaim(databaseUrl) {
  await import('reflect-metadata');
  const { settingsOf } = await import('../../dist/libs/platform/db/plan.js');
  const { ClaimRepository } = await import('../../dist/apps/api/src/modules/webhooks/dispatch/claim.repository.js');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('set role tenantry_platform');
    // As the repository asks for it, for the session in place of the transaction.
    await client.query(settingsOf({ plan: 'by_index', durable: false }).sql.text.replaceAll(', true)', ', false)'));
    const claims = new ClaimRepository({
      query: async (_scope, { name, text }, values) => (await client.query({ name, text, values })).rows,
    });
    const times = [];
    let claimed = 0;
    for (let i = 0; i < CLAIMS; i++) {
      await client.query('begin');
      const begun = performance.now();
      const { work } = await claims.claim(TERMS);
      times.push(performance.now() - begun);
      claimed = work.length;
      await client.query('rollback');
    }
    return { times: times.slice(CLAIMS / 10), claimed }; // the first ones warm the caches
  } finally {
    await client.end();
  }
}
