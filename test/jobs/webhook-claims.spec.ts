import pg from 'pg';
import { ClaimRepository, type Claim } from '../../apps/api/src/modules/webhooks/dispatch/claim.repository.js';
import { CompletionRepository } from '../../apps/api/src/modules/webhooks/dispatch/completion.repository.js';
import { settingsOf } from '../../libs/platform/db/plan.js';
import type { PlatformDb, Sql } from '../../libs/platform/db/index.js';
import type { TestTenant } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

const ENDPOINTS = 4;
const MADE = `
  with ids as (select uuidv7() as event_id, ($2::uuid[])[1 + i % cardinality($2::uuid[])] as webhook_id from generate_series(1, $3::int) i)
  insert into webhook_deliveries (tenant_id, delivery_id, webhook_id, event_id, event_type, status, next_retry_at)
  select $1, webhook_delivery_id(event_id, webhook_id), webhook_id, event_id, 'inventory.created', 'pending', clock_timestamp() from ids`;

/** The statement that a repository sends, as a database that answers nothing hears it. */
async function statementOf(send: (platform: PlatformDb) => Promise<unknown>): Promise<string> {
  const heard: Sql[] = [];
  const platform = { query: (_scope: unknown, sql: Sql) => (heard.push(sql), Promise.resolve([])) };
  await send(platform as unknown as PlatformDb);
  return heard[0]?.text ?? '';
}

describe('claiming webhook deliveries', () => {
  let w: World;
  let superuser: pg.Client;
  let tenant: TestTenant;
  let webhook_ids: string[];
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: w.database.superUrl });
    await client.connect();
    return client;
  };
  beforeAll(async () => {
    w = await world({ own_database: `webhook_claims_${process.pid}`, env: { WEBHOOK_ALLOWED_CIDRS: '127.0.0.1/32' } });
    superuser = await connect();
    tenant = await w.tenant();
    const owner = await tenant.user();
    const made = Array.from({ length: ENDPOINTS }, (_, i) =>
      owner.post('/webhooks', { name: `Hook ${i}`, url: `http://127.0.0.1:8081/${i}`, events: ['inventory.*'] }).expect(201),
    );
    webhook_ids = (await Promise.all(made)).map(({ body }) => body.webhook.webhook_id as string);
    await superuser.query('update webhook_lanes set proven = true, slow = false, next_at = now()');
  }, 60_000);
  afterAll(() => superuser?.end());

  const make = (count: number) => superuser.query(MADE, [tenant.tenant_id, webhook_ids, count]);
  const claim = (): Promise<Claim> =>
    w.app
      .get(ClaimRepository, { strict: false })
      .claim({ pool: 'fast', free: 64, tenant_limit: 64, in_flight: new Map(), lease_margin_ms: 60_000 });

  /** Each scan of a partition: `Index Scan using … on webhook_deliveries_2026_11_23 d`, and the keys that it is asked for. */
  const scansOf = async (text: string): Promise<string[]> => {
    await superuser.query('begin');
    try {
      await superuser.query(settingsOf({ plan: 'by_index' })?.sql.text ?? '');
      const { rows } = await superuser.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${text}`);
      const lines = rows.map((row) => row['QUERY PLAN'].trim());
      return lines.flatMap((line, at) =>
        / on (webhook_deliveries|events)_(\d|default)/.test(line) && !line.startsWith('Update') ? [`${line} ${lines[at + 1]}`] : [],
      );
    } finally {
      await superuser.query('rollback');
    }
  };
  const STATES: readonly [string, () => Promise<unknown>][] = [
    ['empty', async () => undefined],
    ['empty and known to be so', () => superuser.query('vacuum analyze')],
    ['full, with statistics of when they were empty', () => make(5_000)],
    ['full, with statistics of now', () => superuser.query('vacuum analyze')],
  ];
  it('[004-39] finds rows by their key, whatever the planner thinks of the tables', async () => {
    const statements = {
      claim: await statementOf((platform) =>
        new ClaimRepository(platform).claim({ pool: 'fast', free: 64, tenant_limit: 64, in_flight: new Map(), lease_margin_ms: 1 }),
      ),
      completion: await statementOf((platform) => new CompletionRepository(platform).complete([])),
    };
    for (const [state, reach] of STATES) {
      await reach();
      for (const [name, text] of Object.entries(statements)) {
        const scans = await scansOf(text);
        expect(scans.length).toBeGreaterThan(0);
        const careless = scans.filter(
          (scan) => !/Index (Only )?Scan .*Index Cond: \(\(tenant_id = .*(webhook_id|delivery_id|event_id) = ?/.test(scan),
        );
        expect({ state, name, careless }).toEqual({ state, name, careless: [] });
        expect(scans.filter((scan) => scan.includes('Seq Scan'))).toEqual([]);
      }
    }
  }, 30_000);

  it('[004-38] gives a delivery to one of those who ask at once, while lanes are being woken', async () => {
    await make(2_000);
    await superuser.query('update webhook_lanes set next_at = now()');
    const seen = new Map<string, number>();
    let isOver = false;
    const claimer = async () => {
      const client = await connect();
      while (!isOver) {
        const { work } = await claim();
        for (const { delivery_id, attempts } of work)
          seen.set(`${delivery_id} ${attempts}`, (seen.get(`${delivery_id} ${attempts}`) ?? 0) + 1);
        // A result, so that the same rows go round.
        await client.query(
          `update webhook_deliveries set status = 'pending', leased_until = null where tenant_id = $1 and delivery_id = any ($2) and status = 'delivering'`,
          [tenant.tenant_id, work.map(({ delivery_id }) => delivery_id)],
        );
      }
      await client.end();
    };
    const waker = async () => {
      const client = await connect();
      await client.query('set synchronous_commit = off');
      for (let i = 0; !isOver; i += 1)
        await client.query(
          'update webhook_lanes set next_at = least(next_at, clock_timestamp()) where tenant_id = $1 and webhook_id = $2',
          [tenant.tenant_id, webhook_ids[i % ENDPOINTS]],
        );
      await client.end();
    };
    setTimeout(() => (isOver = true), 4_000);
    await Promise.all([claimer(), claimer(), claimer(), waker(), waker()]);
    expect(seen.size).toBeGreaterThan(100);
    expect([...seen.values()].filter((times) => times > 1)).toEqual([]);
  }, 30_000);
});
