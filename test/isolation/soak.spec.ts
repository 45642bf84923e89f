import { Refused, sql, sqlState, TenantDb, type Tx } from '#platform/db/index.js';
import { expectRowsOf, proof, scopeOf, SEEN, SEEN_NAMED, tenantNumber, type Proof, type Seen } from '../support/pg-proof.js';

const REQUESTS = 10_000;
const AT_ONCE = 64;
const TENANTS = 25;

const DIVIDE = sql`select 1/0`;
const DIVIDE_NAMED = sql.named('soak.zero')`select 1/0`;
const SLEEP = sql`select pg_sleep(1)`;
const COMMIT = sql`commit`;
const CHANGE = sql`update proof_client.items set item_id = item_id where tenant_id = $1 and item_id = $2`;
const ALL = sql`select name as low, name as high from proof_client.items`;

let world: Proof;
beforeAll(async () => {
  world = await proof(TENANTS);
});
afterAll(() => world.close());

/** 64 callers at once over 4 connections, tenants and kinds of work mixed by numbers without a common factor. */
describe('a pool of connections that tenants share', () => {
  it('10,000 mixed concurrent requests over a pool of 4 with injected errors: zero rows of another tenant', async () => {
    const { pool, seen } = world.open('app', { max: 4, connectionTimeoutMillis: 30_000 });
    const db = new TenantDb(pool);
    const done = {
      read: 0,
      transaction: 0,
      cursor: 0,
      error: 0,
      'failed transaction': 0,
      timeout: 0,
      'commit as text': 0,
      'forgotten commit': 0,
      busy: 0,
      killed: 0,
    };

    async function request(index: number): Promise<void> {
      const tenant = 1 + ((index * 7) % TENANTS);
      const scope = scopeOf(tenantNumber(tenant));
      const check = (rows: Seen[]): number => expectRowsOf(tenant, rows);
      const kind = kindOf(index);
      switch (kind) {
        case 'forgotten commit': {
          const client = await pool.lease();
          client.begin();
          check((await client.send(scope, SEEN)).rows as unknown as Seen[]);
          client.release();
          break;
        }
        case 'busy': {
          const client = await pool.lease();
          const late = client.send(scope, SLEEP).catch((error: unknown) => error); // the connection is closed beneath it
          client.release();
          expect(await late).toBeInstanceOf(Error);
          break;
        }
        case 'killed': {
          await expect(db.run(scope, (tx) => killOwnBackend(tx, check))).rejects.toThrow();
          break;
        }
        case 'commit as text':
          await expect(db.run(scope, async (tx) => (check(await tx.query(SEEN)), await tx.query(COMMIT)))).rejects.toThrow(Refused);
          break;
        case 'timeout': {
          const slow = db.run(scope, async (tx) => (check(await tx.query(SEEN)), await tx.query(SLEEP)), { statement_timeout_ms: 10 });
          expect(sqlState(await slow.catch((error: unknown) => error))).toBe('57014');
          break;
        }
        case 'failed transaction':
          await expect(db.run(scope, async (tx) => (check(await tx.query(SEEN)), await tx.query(DIVIDE)))).rejects.toMatchObject({
            code: '22012',
          });
          break;
        case 'error':
          await expect(db.query(scope, DIVIDE_NAMED)).rejects.toMatchObject({ code: '22012' });
          break;
        case 'cursor':
          await db.run(scope, async (tx) => {
            for await (const row of tx.cursor<Seen>(ALL)) expect(row).toEqual({ low: `tenant ${tenant}`, high: `tenant ${tenant}` });
          });
          break;
        case 'transaction':
          await db.run(scope, async (tx) => {
            check(await tx.query(SEEN_NAMED));
            await tx.query(CHANGE, [scope.tenant_id, 1 + (index % 10)]);
            await tx
              .savepoint(async (inner) => (check(await inner.query(SEEN)), await inner.query(DIVIDE)))
              .catch((error: unknown) => expect(sqlState(error)).toBe('22012'));
            check(await tx.query(SEEN));
          });
          break;
        case 'read':
          check(await db.query(scope, index % 2 ? SEEN_NAMED : SEEN));
      }
      done[kind]++;
    }

    /** Each index has one kind; the rare ones first. */
    function kindOf(index: number): keyof typeof done {
      if (index % 211 === 0) return 'killed';
      if (index % 199 === 0) return 'busy';
      if (index % 101 === 0) return 'commit as text';
      if (index % 83 === 0) return 'timeout';
      if (index % 53 === 0) return 'forgotten commit';
      if (index % 17 === 0) return 'failed transaction';
      if (index % 13 === 0) return 'cursor';
      if (index % 11 === 0) return 'error';
      return index % 3 === 0 ? 'transaction' : 'read';
    }

    async function killOwnBackend(tx: Tx, check: (rows: Seen[]) => number): Promise<void> {
      const pid = check(await tx.query(SEEN));
      await world.owner.query('select pg_terminate_backend($1)', [pid]);
      await tx.query(SEEN);
    }

    let next = 0;
    const caller = async (): Promise<void> => {
      while (next < REQUESTS) await request(next++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, caller));

    expect(Object.values(done).reduce((sum, n) => sum + n)).toBe(REQUESTS);
    expect(Math.min(...Object.values(done))).toBeGreaterThan(20);
    expect(seen.places).toHaveLength(done['forgotten commit'] + done.busy + done['commit as text']); // every leak is counted, and nothing else
  }, 300_000);
});
