/**
 * `npm run bench -- webhooks:list [--deliveries 1000000]`: pages of the delivery log of one tenant, spread over every week that has a
 * partition: ms under the role of the API, and how many partitions each has read. `--deliveries 10000000` is the large one.
 */
import pg from 'pg';
import { numbers, quantiles } from './figures.mjs';
import { bounded, twoTenants } from './stage.mjs';

const { deliveries } = numbers({ deliveries: 1_000_000 });
const ENDPOINTS = 8;
const AT_ONCE = 250_000;
const TIMES = 50;
const PAGE = 20;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

await bounded(async (later) => {
  const { noisy, database, client } = await twoTenants(later, { endpoints: ENDPOINTS, port: 1_024 });
  const weeks = await fill(client, noisy, deliveries);
  await import('reflect-metadata');
  const { deliveryRows } = await import('../../../dist/apps/api/src/modules/webhooks/deliveries/deliveries.repository.js');
  const reader = new pg.Client({ connectionString: database.url });
  await reader.connect();
  later(() => reader.end());
  await reader.query('set role tenantry_app');
  await reader.query("select set_config('app.tenant_id', $1, false), set_config('app.store_scope', '*', false)", [noisy.tenant_id]);

  const { tenant_id, webhook_ids } = noisy;
  const none = {
    webhook_id: null,
    status: null,
    event_type: null,
    http_status: null,
    event_id: null,
    error_code: null,
    from_id: FIRST_ID,
    below_id: LAST_ID,
  };
  const { rows: middle } = await client.query(
    'select delivery_id from webhook_deliveries where tenant_id = $1 order by 1 offset $2 limit 1',
    [tenant_id, Math.floor(deliveries / 2)],
  );
  const pages = {
    'newest of the tenant': none,
    'newest of an endpoint': { ...none, webhook_id: webhook_ids[0] },
    'after half of them': { ...none, below_id: middle[0].delivery_id },
    'dead letters of an endpoint': { ...none, webhook_id: webhook_ids[0], status: 'dlq' },
  };
  console.log(`\n${deliveries} deliveries in ${weeks} weeks, pages of ${PAGE}`);
  for (const [title, filters] of Object.entries(pages)) {
    const run = (query) => deliveryRows.list({ tenant_id, query }, filters, PAGE + 1);
    const times = [];
    for (let i = 0; i < TIMES; i++) {
      const begun = performance.now();
      await run(async ({ text }, values) => (await reader.query(text, values)).rows);
      times.push(performance.now() - begun);
    }
    const read = new Set();
    await run(async ({ text }, values) => {
      const { rows } = await reader.query(`explain (analyze, timing off, format json) ${text}`, values);
      for (const name of partitions(rows[0]['QUERY PLAN'][0].Plan)) read.add(name);
      return (await reader.query(text, values)).rows;
    });
    console.log(`  ${title.padEnd(28)} ${quantiles(times)}   partitions read: ${read.size}`);
  }
});

/** Spread evenly over the weeks that have a partition. @returns how many weeks */
async function fill(client, { tenant_id, webhook_ids }, count) {
  const { rows } = await client.query(
    `select min(to_date(right(c.relname, 10), 'YYYY_MM_DD')) as first, count(*)::int as weeks
       from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'webhook_deliveries'::regclass and c.relname ~ '_[0-9]{4}_[0-9]{2}_[0-9]{2}$'`,
  );
  const [{ first, weeks }] = rows;
  await client.query("set session_replication_role = 'replica'"); // no events and no checks: rows to be listed
  for (let from = 0; from < count; from += AT_ONCE)
    await client.query(
      `insert into webhook_deliveries (tenant_id, delivery_id, webhook_id, event_id, event_type, status, http_status, attempts, completed_at)
       select $1, id, ($2::uuid[])[1 + i % cardinality($2::uuid[])], id, 'inventory.updated', case when i % 1000 = 0 then 'dlq' else 'success' end, 200, 1, now()
         from (select i, uuidv7(($3::date + (i::float8 / $5) * $4::int * interval '7 days') - now()) as id from generate_series($6::int, $7::int) i) r`,
      [tenant_id, webhook_ids, first, weeks, count, from, Math.min(from + AT_ONCE, count) - 1],
    );
  await client.query('reset session_replication_role');
  await client.query('vacuum analyze webhook_deliveries');
  return weeks;
}

/** Names of the partitions of deliveries that a plan has really read. */
function partitions(plan, found = new Set()) {
  const relation = plan['Relation Name'] ?? '';
  if (relation.startsWith('webhook_deliveries') && plan['Actual Loops'] > 0) found.add(relation);
  for (const child of plan.Plans ?? []) partitions(child, found);
  return found;
}
