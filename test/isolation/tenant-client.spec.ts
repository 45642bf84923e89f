import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { EntitySchema } from 'typeorm';
import type { StoreId } from '#contracts/ids.js';
import {
  createDataSource,
  isConnectionLost,
  isStaleAuthz,
  PlatformDb,
  Refused,
  sql,
  sqlState,
  TenantDb,
  TenantPool,
  type Isolation,
  type Param,
  type PlatformScope,
  type Sql,
  type Statement,
  type Tx,
} from '#platform/db/index.js';
import { TenantClient } from '#platform/db/tenant-client.js';
import { expectRowsOf, platform, proof, S1, S2, scopeOf, SEEN, SEEN_NAMED, T1, T2, type Proof, type Seen } from '../support/pg-proof.js';
import { bypass, recordMessages } from '../support/pg-wire.js';

const ONE = sql`select 1 as one`;
const DIVIDE = sql`select 1/0`;
const NO_SQL = sql`selec`;
const SLEEP = sql`select pg_sleep($1)`;
const NOTE = sql`insert into proof_client.notes values ($1)`;
const SETTING = sql`select current_setting('app.tenant_id', true) as tenant_id`;
const HIT = sql`update proof_client.counters set hits = hits + 1 where n = $1`;
const STATE = sql`
  select (select count(*)::int from pg_cursors where is_holdable) as cursors, (select count(*)::int from pg_listening_channels()) as channels,
         current_setting('app.tenant_id', true) as tenant_id`;
const PREPARED = sql`select count(*)::int as n from pg_prepared_statements`;

let world: Proof;
let db: TenantDb;
let app: ReturnType<Proof['open']>;

beforeAll(async () => {
  world = await proof(2);
  app = world.open('app');
  db = new TenantDb(app.pool);
});
afterAll(() => world.close());
beforeEach(() => world.owner.query('truncate proof_client.notes'));

const notes = async (): Promise<number[]> =>
  (await world.owner.query('select x from proof_client.notes order by x')).rows.map(({ x }) => x as number);
const seen = (tenant = T1, through = db): Promise<Seen[]> => through.query<Seen>(scopeOf(tenant), SEEN);
/** A connection by hand, given back also when an assertion fails. */
async function leased<T>(pool: TenantPool, work: (client: TenantClient) => Promise<T> | T): Promise<T> {
  const client = await pool.lease();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}
const readAs = async (client: TenantClient, ...scope: Parameters<typeof scopeOf>): Promise<Seen[]> =>
  (await client.send(scopeOf(...scope), SEEN)).rows as unknown as Seen[];
const refused = (pattern: RegExp) => expect.objectContaining({ name: 'Refused', message: expect.stringMatching(pattern) });

describe('what goes over the wire', () => {
  const READ = ['Bind(_scope)', 'Execute', 'Parse()', 'Bind()', 'Describe', 'Execute', 'Sync'];

  async function recorded(options: { prepared?: boolean } = {}) {
    const { pool, seen } = world.open('app', options);
    const messages = await leased(pool, recordMessages);
    return { db: new TenantDb(pool), seen, sent: () => messages.splice(0) };
  }

  it('sends scope and statement in one batch with one Sync', async () => {
    const { db, sent, seen } = await recorded();
    await db.query(scopeOf(T1), SEEN);
    expect(sent()).toEqual(['Parse(_scope)', ...READ]);
    await db.query(scopeOf(T2), SEEN);
    expect(sent()).toEqual(READ);
    expect(seen.syncs).toBe(2);
  });

  it('parses a named statement once', async () => {
    const { db, sent } = await recorded();
    await db.query(scopeOf(T1), SEEN_NAMED);
    expect(sent()).toContain('Parse(proof.seen)');
    await db.query(scopeOf(T1), SEEN_NAMED);
    expect(sent()).toEqual(['Bind(_scope)', 'Execute', 'Bind(proof.seen)', 'Describe', 'Execute', 'Sync']);
  });

  it('needs three round trips for a transaction of two statements: BEGIN and scope ride with the first', async () => {
    const { db, sent } = await recorded();
    await db.run(scopeOf(T1), async (tx) => {
      await tx.query(SEEN);
      await tx.query(SEEN);
    });
    const statement = ['Parse()', 'Bind()', 'Describe', 'Execute', 'Sync'];
    expect(sent()).toEqual([
      'Parse()',
      'Bind()',
      'Execute',
      'Parse(_scope)',
      'Bind(_scope)',
      'Execute',
      ...statement,
      ...statement,
      ...statement,
    ]);
  });

  it('sends nothing for a transaction without a statement', async () => {
    const { db, sent } = await recorded();
    await db.run(scopeOf(T1), async () => {});
    expect(sent()).toEqual([]);
  });

  it('prepares nothing under DB_PREPARED=off, its own statement included', async () => {
    const { db, sent } = await recorded({ prepared: false });
    await db.query(scopeOf(T1), SEEN_NAMED);
    expect(sent()).toEqual(['Parse()', 'Bind()', 'Execute', 'Parse()', 'Bind()', 'Describe', 'Execute', 'Sync']);
    await db.run(scopeOf(T1), (tx) => tx.query(SEEN_NAMED));
    expect(await db.query(scopeOf(T1), PREPARED)).toEqual([{ n: 0 }]);
  });

  it('sends no scope on the platform pool, and the tenant with inTenant', async () => {
    const { pool } = world.open('platform');
    const messages = await leased(pool, recordMessages);
    const platformDb = new PlatformDb(pool);
    await platformDb.query(platform, ONE);
    expect(messages.splice(0)).toEqual(['Parse()', 'Bind()', 'Describe', 'Execute', 'Sync']);
    await platformDb.inTenant(platform, T1, (tx) => tx.query(ONE));
    expect(messages).toContain('Bind(_scope)');
  });
});

describe.each(['app', 'platform'] as const)('a connection of the %s pool that comes back unclean', (role) => {
  const borrow = ({ pool }: ReturnType<Proof['open']>, tenant = T2): Promise<Seen[]> => leased(pool, (client) => readAs(client, tenant));

  it('is closed when a transaction is open; the next borrower has another backend and its own rows', async () => {
    const opened = world.open(role);
    const pid = await leased(opened.pool, async (client) => {
      client.begin(); // and no commit
      const own = expectRowsOf(1, await readAs(client, T1));
      expect(client.getTransactionStatus()).toBe('T');
      return own;
    });
    expect(expectRowsOf(2, await borrow(opened))).not.toBe(pid);
    expect(opened.seen.places).toEqual([SEEN.id]);
    expect(opened.log).toEqual([{ message: expect.stringContaining('left open'), fields: { place: SEEN.id } }]);
  });

  it('is closed when a begin has sent nothing', async () => {
    const opened = world.open(role);
    const pid = expectRowsOf(1, await borrow(opened, T1));
    await leased(opened.pool, (client) => client.begin());
    expect(expectRowsOf(2, await borrow(opened))).not.toBe(pid);
    expect(opened.seen.places).toEqual(['nothing was sent']);
  });

  it('is closed when a statement is under way', async () => {
    const opened = world.open(role);
    const client = await opened.pool.lease();
    const late = client.send(scopeOf(T1), SLEEP, [5]);
    const outcome = late.then(() => null, (error: unknown) => error); // prettier-ignore
    client.release();
    expectRowsOf(2, await borrow(opened));
    expect(isConnectionLost(await outcome)).toBe(true);
    expect(opened.seen.places).toEqual([SLEEP.id]);
  });

  it('refuses its next lease by itself where a pool does not look', async () => {
    const { options } = world.open(role).pool;
    const careless = new pg.Pool({ ...options, Client: TenantClient } as unknown as pg.PoolConfig);
    const client = (await careless.connect()) as unknown as TenantClient & pg.PoolClient;
    client.lease();
    client.begin();
    await client.send(scopeOf(T1), SEEN);
    client.release();
    const again = (await careless.connect()) as unknown as TenantClient & pg.PoolClient;
    expect(again).toBe(client);
    expect(() => again.lease()).toThrow(refused(/not idle/));
    again.release(new Error('done'));
    await careless.end();
  });

  it('does nothing for whoever kept it', async () => {
    const { pool } = world.open(role);
    const client = await pool.lease();
    client.release();
    await expect(client.send(scopeOf(T1), SEEN)).rejects.toThrow(refused(/given back/));
  });
});

describe('scope', () => {
  it('is sent again when it changes inside a transaction, and after a rollback to a savepoint', async () => {
    const { pool } = world.open('app');
    await leased(pool, async (client) => {
      client.begin();
      expectRowsOf(1, await readAs(client, T1));
      expectRowsOf(2, await readAs(client, T2));
      expectRowsOf(1, await readAs(client, T1));
      expectRowsOf(1, await readAs(client, T1, [S1]), 5);
      const savepoint = await client.savepoint(scopeOf(T1));
      expectRowsOf(2, await readAs(client, T2));
      await client.rollbackTo(savepoint); // the server is back at T1
      expectRowsOf(2, await readAs(client, T2));
      await client.commit();
    });
  });

  it('belongs to the call: tx.in reads under the stores of another permission, another tenant throws', async () => {
    await db.run(scopeOf(T1, [S1]), async (tx) => {
      expectRowsOf(1, await tx.query(SEEN), 5);
      expectRowsOf(1, await tx.in(scopeOf(T1)).query(SEEN));
      expectRowsOf(1, await tx.query(SEEN), 5);
      expect(() => tx.in(scopeOf(T2))).toThrow(refused(/one tenant/));
    });
  });

  it('gives the stores of a permission, refuses one that is not granted, and all stores only for a reason', async () => {
    const granted = new Map<string, readonly StoreId[]>([['orders:read', [S1, S2]], ['inventory:read', [S2]]]); // prettier-ignore
    const scope = scopeOf(T1, [], { storesFor: (permission) => granted.get(permission) ?? null });
    expect(await db.query(scope, SEEN)).toMatchObject([{ n: 0 }]); // an empty list is no store
    expectRowsOf(1, await db.query(scope.for('orders:read'), SEEN), 10);
    expectRowsOf(1, await db.query(scope.for('inventory:read'), SEEN), 5);
    expect(() => scope.for('users:admin')).toThrow(
      expect.objectContaining({ code: 'permission_denied', extras: { permission: 'users:admin' } }),
    );
    expectRowsOf(1, await db.query(scope.wholeTenant('stock anywhere'), SEEN));
    expect(() => scope.wholeTenant(' ')).toThrow(refused(/reason/));
    expect(() => scopeOf(T1, ['*' as StoreId]).opening()).toThrow(refused(/no UUID/));
  });

  it('leaves nothing behind after success, error, failed transaction and timeout', async () => {
    const NOTHING = "select current_setting('app.tenant_id', true) as tenant_id, (select count(*)::int from proof_client.items) as n";
    const { pool } = world.open('app');
    const own = new TenantDb(pool);
    for (const [bad, params] of [
      [DIVIDE, []],
      [NO_SQL, []],
      [SLEEP, [5]],
    ] as [Sql, Param[]][]) {
      // prettier-ignore
      const limit = { statement_timeout_ms: 100 };
      if (bad !== SLEEP) await expect(own.query(scopeOf(T1), bad, params)).rejects.toThrow();
      const work = async (tx: Tx): Promise<void> => {
        await tx.query(SEEN);
        await tx.query(bad, params);
      };
      await expect(own.run(scopeOf(T1), work, limit)).rejects.toThrow();
      expect(await own.query(scopeOf(T2), SETTING)).toEqual([{ tenant_id: T2 }]);
      const { rows } = await leased(pool, (client) => bypass(client, NOTHING));
      expect(rows).toEqual([{ tenant_id: '', n: 0 }]);
    }
  });

  it('is none on the platform pool, one tenant inside inTenant, and none again', async () => {
    const platformDb = new PlatformDb(world.open('platform').pool);
    const none = [expect.objectContaining({ n: 0 })];
    expect(await platformDb.query(platform, SEEN)).toEqual(none);
    await platformDb.inTenant(platform, T2, async (tx) => {
      expect(tx).toMatchObject({ tenant_id: T2, scope: platform });
      expectRowsOf(2, await tx.query(SEEN));
      expect(tx.confirmed()).toMatchObject({ tenant_id: T2 });
      expect(() => tx.in(scopeOf(T2))).toThrow(refused(/one scope/));
      expect(() => tx.manager).toThrow(refused(/no entities/));
    });
    await platformDb.run(platform, async (tx) => {
      expect(tx.tenant_id).toBeNull();
      expect(await tx.query(SEEN)).toEqual(none);
    });
  });

  it('is asked for at run time too: another kind of scope, no scope, a statement from elsewhere', async () => {
    const forged = { text: 'select 1', id: 'x', operation: 'select', table: 'none' } as unknown as Sql;
    await expect(db.query(platform as never, ONE)).rejects.toThrow(refused(/TenantScope/));
    await expect(db.run(undefined as never, async () => {})).rejects.toThrow(refused(/TenantScope/));
    await expect(db.query(scopeOf(T1), forged)).rejects.toThrow(refused(/tag sql/));
    const platformDb = new PlatformDb(world.open('platform').pool);
    await expect(platformDb.query(scopeOf(T1) as never, ONE)).rejects.toThrow(refused(/PlatformScope/));
    await expect(platformDb.inTenant(platform, 'x' as never, async () => {})).rejects.toThrow(refused(/UUID/));
  });
});

describe('a transaction', () => {
  it('takes its isolation level and its time limit with BEGIN', async () => {
    const level = sql`select current_setting('transaction_isolation') as level, current_setting('statement_timeout') as "limit"`;
    const options = { isolation: 'serializable', statement_timeout_ms: 1234 } as const;
    expect(await db.run(scopeOf(T1), (tx) => tx.query(level), options)).toEqual([{ level: 'serializable', limit: '1234ms' }]);
    await expect(db.run(scopeOf(T1), (tx) => tx.query(SLEEP, [5]), { statement_timeout_ms: 50 })).rejects.toMatchObject({ code: '57014' });
    expect(await db.query(scopeOf(T1), level)).not.toMatchObject([{ limit: '50ms' }]);
    await expect(db.run(scopeOf(T1), async () => {}, { isolation: 'x; drop' as Isolation })).rejects.toThrow(refused(/isolation/));
    await expect(db.run(scopeOf(T1), async () => {}, { statement_timeout_ms: 0.5 })).rejects.toThrow(refused(/milliseconds/));
  });

  it('takes a plan and a commit that need not last, and leaves neither to the next', async () => {
    const how = sql`select current_setting('enable_seqscan') as scan, current_setting('plan_cache_mode') as cache, current_setting('synchronous_commit') as sync`;
    const [{ sync }] = (await db.query(scopeOf(T1), how)) as [{ sync: string }]; // the server of the tests may run without
    const usual = [{ scan: 'on', cache: 'auto', sync }];
    const byIndex = [{ scan: 'off', cache: 'force_generic_plan', sync }];
    expect(await db.run(scopeOf(T1), (tx) => tx.query(how), { plan: 'by_index' })).toEqual(byIndex);
    expect(await db.query(scopeOf(T1), how)).toEqual(usual);
    const platformDb = new PlatformDb(world.open('platform').pool);
    expect(await platformDb.query(platform, how, [], { plan: 'by_index', durable: false })).toEqual([{ ...byIndex[0], sync: 'off' }]);
    expect(await platformDb.query(platform, how)).toEqual(usual);
    expect(await platformDb.run(platform, (tx) => tx.query(how), { durable: false })).toEqual([{ ...usual[0], sync: 'off' }]);
    expect(await platformDb.query(platform, how)).toEqual(usual);
  });

  it('stays whole when the first parameter cannot be converted: nothing is sent, nothing survives the rollback', async () => {
    const bad = { toJSON: () => { throw new Error('boom'); } }; // prettier-ignore
    const before = app.seen.syncs;
    const work = async (tx: Tx): Promise<void> => {
      await expect(tx.query(NOTE, [bad])).rejects.toThrow('boom');
      await expect(tx.query(NOTE, [undefined as never])).rejects.toThrow(refused(/undefined as parameter \$1/));
      await expect(tx.query(NOTE, [[1, undefined as never]])).rejects.toThrow(refused(/inside an array/));
      await expect(tx.query(NOTE, [new Date(NaN)])).rejects.toThrow(RangeError);
      expect(app.seen.syncs).toBe(before);
      await tx.query(NOTE, [99]);
      throw new Error('roll back');
    };
    await expect(db.run(scopeOf(T1), work)).rejects.toThrow('roll back');
    expect(await notes()).toEqual([]);
  });

  it('does not report a commit that the server turned into a rollback', async () => {
    const work = async (tx: Tx): Promise<void> => {
      await tx.query(NOTE, [1]);
      await expect(tx.query(DIVIDE)).rejects.toMatchObject({ code: '22012' });
    };
    await expect(db.run(scopeOf(T1), work)).rejects.toThrow(refused(/failed transaction/));
    expect(await notes()).toEqual([]);
  });

  it('rolls a savepoint back alone', async () => {
    await db.run(scopeOf(T1), async (tx) => {
      await tx.query(NOTE, [1]);
      await expect(tx.savepoint(async (inner) => (await inner.query(NOTE, [2]), await inner.query(DIVIDE)))).rejects.toMatchObject({
        code: '22012',
      });
      await tx.savepoint((inner) => inner.query(NOTE, [3]));
      expectRowsOf(1, await tx.query(SEEN));
    });
    expect(await notes()).toEqual([1, 3]);
  });

  it('begins with a savepoint as well', async () => {
    await db.run(scopeOf(T1), (tx) => tx.savepoint((inner) => inner.query(NOTE, [1])));
    expect(await notes()).toEqual([1]);
  });

  it('refuses a second statement while one runs', async () => {
    await db.run(scopeOf(T1), async (tx) => {
      const first = tx.query(ONE);
      await expect(tx.query(ONE)).rejects.toThrow(refused(/while one runs/));
      expect(await first).toEqual([{ one: 1 }]);
    });
  });

  it('lets a second statement wait in production, in order and each under its own scope', async () => {
    const { pool } = world.open('app', { onSecondQuery: 'wait' });
    const own = new TenantDb(pool);
    await own.run(scopeOf(T1, [S1]), async (tx) => {
      const [five, ten, again] = await Promise.all([tx.query<Seen>(SEEN), tx.in(scopeOf(T1)).query<Seen>(SEEN), tx.query<Seen>(SEEN)]);
      expectRowsOf(1, five, 5);
      expectRowsOf(1, ten, 10);
      expectRowsOf(1, again, 5);
    });
    const failing = own.run(scopeOf(T1), (tx) => Promise.all([tx.query(DIVIDE), tx.query(NOTE, [1])]));
    await expect(failing).rejects.toMatchObject({ code: '22012' });
    expect(await notes()).toEqual([]);
    expectRowsOf(2, await own.query(scopeOf(T2), SEEN));
  });

  it('reports a promise that was left behind, and rolls back where the report throws', async () => {
    const left = db.run(scopeOf(T1), async (tx) => void tx.query(NOTE, [1]));
    await expect(left).rejects.toThrow(`left behind: ${NOTE.id}`);
    expect(await notes()).toEqual([]);

    const places: string[] = [];
    const { pool } = world.open('app', { onLeftBehind: (place) => places.push(place) });
    await new TenantDb(pool).run(scopeOf(T1), async (tx) => void tx.query(NOTE, [2]));
    expect(places).toEqual([NOTE.id]);
    expect(await notes()).toEqual([2]); // it belongs to the transaction, so the commit waits for it
  });

  it('is over when its work has ended', async () => {
    const { pool } = world.open('app', { onLeftBehind: () => {} });
    let kept: Tx | undefined;
    await new TenantDb(pool).run(scopeOf(T1), async (tx) => void (kept = tx));
    await expect(kept?.query(SEEN)).rejects.toThrow(refused(/over/));
    await expect(kept?.savepoint(async () => {})).rejects.toThrow(refused(/over/));
    expect(() => kept?.manager).toThrow(refused(/over/));
    expect(() => kept?.afterCommit(() => {})).toThrow(refused(/over/));
  });

  it('is confirmed once a statement has come back', async () => {
    await db.run(scopeOf(T1), async (tx) => {
      expect(() => tx.confirmed()).toThrow(refused(/come back/));
      await tx.query(ONE);
      expect(tx.confirmed()).toMatchObject({ tenant_id: T1, request_id: 'proof' });
    });
    expect(await db.confirm(scopeOf(T1))).toMatchObject({ tenant_id: T1 });
  });

  it('runs hooks after the commit, in order, never after a rollback, and logs what they throw', async () => {
    const { pool, log } = world.open('app');
    const ran: string[] = [];
    await new TenantDb(pool).run(scopeOf(T1), async (tx) => {
      tx.afterCommit(() => ran.push('first'));
      tx.afterCommit(() => {
        throw new Error('a broken hook');
      });
      await expect(
        tx.savepoint(async (inner) => {
          inner.afterCommit(() => ran.push('rolled back'));
          throw new Error('inner');
        }),
      ).rejects.toThrow('inner');
      tx.afterCommit(() => ran.push(`last, ${pool.idleCount} idle`));
      await tx.query(NOTE, [1]);
      expect(ran).toEqual([]);
    });
    const failed = db.run(scopeOf(T1), async (tx) => {
      tx.afterCommit(() => ran.push('never'));
      await tx.query(DIVIDE);
    });
    await expect(failed).rejects.toThrow();
    expect(ran).toEqual(['first', 'last, 1 idle']);
    expect(log).toEqual([
      { message: expect.stringContaining('hook'), fields: { error: expect.objectContaining({ message: 'a broken hook' }) } },
    ]);
  });
});

describe('tx.cursor', () => {
  const NUMBERS = sql`select i, (select min(name) from proof_client.items) as name from generate_series(1, $1::int) i`;

  it('reads a large result in steps of 500, each under its own scope', async () => {
    await db.run(scopeOf(T1), async (tx) => {
      const before = app.seen.syncs;
      let rows = 0;
      for await (const row of tx.cursor<{ i: number; name: string }>(NUMBERS, [1_200])) {
        expect(row).toEqual({ i: ++rows, name: 'tenant 1' });
        if (rows === 700) expect(await tx.query(ONE)).toEqual([{ one: 1 }]);
      }
      expect(rows).toBe(1_200);
      expect(app.seen.syncs - before).toBe(6); // declare, three times fetch, close, and the other statement
    });
  });

  it('sends its scope again when another statement changed it: policies are evaluated as rows are fetched', async () => {
    await db.run(scopeOf(T1), async (tx) => {
      const rows = tx
        .in(scopeOf(T1, [S1]))
        .cursor<Seen>(SEEN)
        [Symbol.asyncIterator]();
      const other = tx.cursor<Seen>(SEEN)[Symbol.asyncIterator]();
      expectRowsOf(1, [(await other.next()).value as Seen]);
      expectRowsOf(1, [(await rows.next()).value as Seen], 5);
    });
  });

  it('is closed when the loop ends early or throws, and gone with the transaction', async () => {
    const open = sql`select count(*)::int as n from pg_cursors`;
    await db.run(scopeOf(T1), async (tx) => {
      for await (const row of tx.cursor(NUMBERS, [2_000])) if ((row as { i: number }).i === 3) break;
      expect(await tx.query(open)).toMatchObject([{ n: 1 }]); // the statement itself
    });
    const failed = db.run(scopeOf(T1), async (tx) => {
      for await (const row of tx.cursor(NUMBERS, [2_000])) if (row) await tx.query(DIVIDE);
    });
    await expect(failed).rejects.toMatchObject({ code: '22012' });
    expectRowsOf(2, await seen(T2));
  });

  it('ends with its transaction, and leaves a later one on the same connection alone', async () => {
    const { pool } = world.open('app', { onLeftBehind: () => {} });
    const own = new TenantDb(pool);
    const kept: AsyncIterator<unknown>[] = [];
    await own.run(scopeOf(T1), async (tx) => {
      for (const limit of [3, 3, 3]) kept.push(tx.cursor(NUMBERS, [limit])[Symbol.asyncIterator]());
      await kept[0]?.next();
      await kept[1]?.next();
    });
    await own.run(scopeOf(T2), async (tx) => {
      expectRowsOf(2, await tx.query(SEEN));
      expect(await kept[0]?.next()).toMatchObject({ done: false }); // rows that have come already
      await kept[0]?.next();
      expect(await kept[0]?.next()).toMatchObject({ done: true });
      expect(await kept[1]?.return?.()).toMatchObject({ done: true });
      await expect(kept[2]?.next()).rejects.toThrow(refused(/over/));
      expectRowsOf(2, await tx.query(SEEN));
    });
  });
});

describe('other entrances', () => {
  it('refuses the object form, callbacks, foreign query objects, pool.query and whoever has no scope', async () => {
    const { pool } = world.open('app');
    const forms: unknown[][] = [
      ['select 1'],
      ['select 1', []],
      [{ text: 'select 1' }],
      [{ text: 'select 1', values: [], name: 'x', rowMode: 'array' }],
      ['select 1', () => {}],
      ['select 1', [], () => {}],
      [{ submit: () => null }],
    ];
    await leased(pool, (client) => {
      const query = client.query.bind(client) as (...args: unknown[]) => unknown;
      for (const form of forms) expect(() => query(...form)).toThrow(refused(/without a scope/));
    });
    expect(() => pool.query()).toThrow(refused(/no scope/));
    expectRowsOf(1, await seen(T1, new TenantDb(pool)));
  });

  it('refuses timeouts and options as connection options, in a URL too', () => {
    const { options } = app.pool;
    for (const key of ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'query_timeout', 'options']) {
      expect(() => new TenantClient({ ...options, [key]: 1 } as never)).toThrow(refused(/ALTER ROLE/));
    }
    expect(
      () => new TenantClient({ ...options, connectionString: 'postgres://localhost/x?options=-c%20search_path%3Dx' } as never),
    ).toThrow(refused(/options/));
  });
});

describe('statements that are not for a pooled connection', () => {
  const STATEMENTS = [
    sql`begin`, sql`commit`, sql`rollback`, sql`rollback to a`, sql`savepoint a`, sql`end`, sql`/* x */ abort`, sql`commit and chain`,
    sql`set app.tenant_id = 'x'`, sql`reset all`, sql`listen x`, sql`declare c cursor with hold for select 1`, sql`fetch 1 from c`,
    sql`copy proof_client.notes from stdin`, sql`copy proof_client.notes to stdout`, sql`discard all`, sql`prepare p as select 1`,
    sql`lock table proof_client.notes`, sql`do $$ begin end $$`, sql`-- nothing`,
  ]; // prettier-ignore

  it.each(STATEMENTS.map((statement) => [statement.text, statement] as const))(
    'refuses %s, inside and outside a transaction',
    async (_text, statement) => {
      for (const inside of [false, true]) {
        const before = expectRowsOf(2, await seen(T2));
        const work = async (tx: Tx): Promise<void> => {
          await tx.query(SEEN);
          await tx.query(statement);
        };
        const error: unknown = await (inside ? db.run(scopeOf(T1), work) : db.query(scopeOf(T1), statement)).then(() => null, (reason: unknown) => reason); // prettier-ignore
        expect(error).toBeInstanceOf(Error);
        const after = expectRowsOf(2, await seen(T2));
        if (error instanceof Refused) expect(after).not.toBe(before); // otherwise the server refused, and nothing happened
        expect(await db.query(scopeOf(T2), STATE)).toEqual([{ cursors: 0, channels: 0, tenant_id: T2 }]);
      }
    },
  );

  it('lets NOTIFY and SET CONSTRAINTS pass', async () => {
    await db.run(scopeOf(T1), async (tx) => {
      await tx.query(sql`notify proof, 'x'`);
      await tx.query(sql`set constraints all immediate`);
    });
    expect(await db.query(scopeOf(T1), sql`select pg_notify('proof', $1)`, ['x'])).toHaveLength(1);
  });
});

describe('named statements', () => {
  it('are at most 200 on a connection, also after errors', async () => {
    const { pool } = world.open('app');
    const own = new TenantDb(pool);
    for (let i = 0; i < 450; i++) {
      await own.query(scopeOf(T1), sql.named(`proof.n${i}`)`select $1::int as a`, [i]);
      if (i % 50 === 0) await expect(own.query(scopeOf(T1), sql.named(`proof.bad${i}`)`select 1/0`)).rejects.toThrow();
      if (i % 50 === 1) await expect(own.query(scopeOf(T1), sql.named(`proof.worse${i}`)`select nothing`)).rejects.toThrow();
    }
    const [prepared] = await own.query<{ n: number }>(scopeOf(T1), PREPARED);
    expect(prepared?.n).toBeLessThanOrEqual(200);
    expect(prepared?.n).toBeGreaterThan(190);
    expect(pool.gauges()).toEqual({ total: 1, idle: 1, waiting: 0, named_statements: expect.any(Number) });
    expect(pool.gauges().named_statements).toBeLessThanOrEqual(200);
    expect(await own.query(scopeOf(T1), sql.named('proof.n449')`select $1::int as a`, [449])).toEqual([{ a: 449 }]);
  });

  it('stand for one text', () => {
    expect(sql.named('proof.two')`select 1`.text).toBe('select 1');
    expect(() => sql.named('proof.two')`select 2`).toThrow(refused(/two texts/));
    expect(() => sql.named('_scope')`select 1`).toThrow(refused(/statement name/));
  });

  it('are not taken by a text that does not parse', async () => {
    const broken = sql.named('proof.broken')`select x from proof_client.later`;
    await expect(db.query(scopeOf(T1), broken)).rejects.toMatchObject({ code: '42P01' });
    await expect(db.query(scopeOf(T1), broken)).rejects.toMatchObject({ code: '42P01' });
  });

  const STAR = sql.named('proof.star')`select * from proof_client.items limit 1`; // banned by lint: here it makes the fault
  const TAKEN = sql.named('proof.taken')`select 7 as a`;
  const fault = (text: string): Promise<pg.QueryResult> => leased(app.pool, (client) => bypass(client, text));

  it('are parsed again when their result type has changed (0A000), the whole work inside a transaction', async () => {
    await db.query(scopeOf(T1), STAR);
    await world.owner.query('alter table proof_client.items add column extra text');
    const before = app.seen.repeats;
    expect((await db.query<object>(scopeOf(T1), STAR))[0]).toHaveProperty('extra');
    expect(app.seen.repeats - before).toBe(1);
    await world.owner.query('alter table proof_client.items drop column extra');
    let runs = 0;
    const rows = await db.run(scopeOf(T1), async (tx) => {
      runs++;
      await tx.query(NOTE, [1]);
      return tx.query<object>(STAR);
    });
    expect(rows[0]).not.toHaveProperty('extra');
    expect(runs).toBe(2);
    expect(await notes()).toEqual([1]);
  });

  it('are parsed again when a pooler has dropped them (26000) or taken the name (42P05)', async () => {
    await db.query(scopeOf(T1), SEEN_NAMED);
    await fault('discard all');
    expectRowsOf(1, await db.query(scopeOf(T1), SEEN_NAMED));
    await fault('discard all');
    expectRowsOf(1, await db.run(scopeOf(T1), (tx) => tx.query<Seen>(SEEN_NAMED)));
    await fault('prepare "proof.taken" as select 1');
    expect(await db.query(scopeOf(T1), TAKEN)).toEqual([{ a: 7 }]);
  });

  it('fail no request while columns come, go and change their type', async () => {
    const { pool } = world.open('app', { max: 4 });
    const own = new TenantDb(pool);
    let isDone = false;
    const load = Array.from({ length: 8 }, async (_, index) => {
      while (!isDone) {
        if (index % 2) await own.query(scopeOf(T1), STAR);
        else await own.run(scopeOf(T1), async (tx) => (await tx.query(SEEN_NAMED), await tx.query(STAR)));
      }
    });
    try {
      for (const change of ['add column extra text', 'alter column extra type int using 1', 'drop column extra']) {
        await world.owner.query(`alter table proof_client.items ${change}`);
        await sleep(50);
      }
    } finally {
      isDone = true;
    }
    await Promise.all(load);
  });
});

describe('repetition', () => {
  it('runs the work again after a deadlock, and both commit', async () => {
    const { pool, seen } = world.open('app', { max: 2 });
    const two = new TenantDb(pool);
    const move = (first: number, second: number): Promise<void> =>
      two.run(scopeOf(T1), async (tx) => {
        await tx.query(HIT, [first]);
        await sleep(100);
        await tx.query(HIT, [second]);
      });
    await Promise.all([move(1, 2), move(2, 1)]);
    expect(seen.repeats).toBeGreaterThan(0);
    expect((await world.owner.query('select hits from proof_client.counters')).rows).toEqual([{ hits: 2 }, { hits: 2 }]);
  });

  it('gives up after three serialization failures, and tells the last', async () => {
    const conflict = sql`do $$ begin raise exception using errcode = '40001'; end $$`;
    let runs = 0;
    const hooks: string[] = [];
    const work = async (tx: Tx): Promise<void> => {
      runs++;
      tx.afterCommit(() => hooks.push('ran'));
      await tx.query(conflict);
    };
    await expect(db.run(scopeOf(T1), work)).rejects.toMatchObject({ code: '40001' });
    expect([runs, hooks]).toEqual([3, []]);
  });

  it('has one effect, and one run of the hooks, when the second attempt passes', async () => {
    const conflict = sql`do $$ begin raise exception using errcode = '40P01'; end $$`;
    let runs = 0;
    const hooks: string[] = [];
    await db.run(scopeOf(T1), async (tx) => {
      tx.afterCommit(() => hooks.push('ran'));
      await tx.query(NOTE, [++runs]);
      if (runs === 1) await tx.query(conflict);
    });
    expect([await notes(), hooks]).toEqual([[2], ['ran']]);
  });
});

describe('stale rights', () => {
  const CHECK = sql.named(
    'proof.check',
  )`select set_config('app.tenant_id', $1, true), set_config('app.store_scope', '*', true), 1/count(*) from proof_client.counters where n = $2::int`;
  /** A scope whose rights hold only while `version` exists in the table. */
  const versioned = (rights: { version: number; refreshes?: number[] }) =>
    scopeOf(T1, 'all', {
      opening: (): Statement => ({ sql: CHECK, params: [T1, rights.version] }),
      ...(rights.refreshes && { refresh: async () => void (rights.version = rights.refreshes?.shift() ?? -1) }),
    });

  it('are told from a business division by zero by the index of the statement, with and without BEGIN', async () => {
    const stale = versioned({ version: -1 });
    const expectStale = async (work: Promise<unknown>, flag: boolean): Promise<void> => {
      const error: unknown = await work.then(() => null, (reason: unknown) => reason); // prettier-ignore
      expect([sqlState(error), isStaleAuthz(error)]).toEqual(['22012', flag]);
    };
    await expectStale(db.query(stale, NOTE, [1]), true);
    await expectStale(
      db.run(stale, (tx) => tx.query(NOTE, [2])),
      true,
    );
    await expectStale(
      db.run(scopeOf(T1), (tx) => tx.in(stale).query(NOTE, [3])),
      true,
    );
    await expectStale(db.confirm(stale), true);
    await expectStale(db.query(scopeOf(T1), DIVIDE), false);
    await expectStale(
      db.run(scopeOf(T1), (tx) => tx.query(DIVIDE)),
      false,
    );
    await expectStale(
      db.run(versioned({ version: 1 }), async (tx) => (await tx.query(ONE), await tx.query(DIVIDE))),
      false,
    );
    expect(await notes()).toEqual([]);
  });

  it('are refreshed and the work repeats once', async () => {
    await db.query(versioned({ version: -1, refreshes: [1] }), NOTE, [1]);
    let runs = 0;
    await db.run(versioned({ version: -1, refreshes: [2] }), async (tx) => (runs++, await tx.query(NOTE, [2])));
    expect(await notes()).toEqual([1, 2]);
    expect(runs).toBe(2);
  });

  it('answer authz_changed when they are stale twice, and the refusal when the refresh refuses', async () => {
    await expect(db.query(versioned({ version: -1, refreshes: [-2, 1] }), NOTE, [1])).rejects.toMatchObject({
      code: 'authz_changed',
      status: 409,
    });
    const gone = scopeOf(T1, 'all', {
      opening: () => ({ sql: CHECK, params: [T1, -1] }),
      refresh: () => Promise.reject(new Error('the right is gone')),
    });
    await expect(db.query(gone, NOTE, [1])).rejects.toThrow('the right is gone');
    expect(await notes()).toEqual([]);
  });
});

describe('faults of the connection', () => {
  /** The pid of the backend that sleeps, once it does. */
  async function sleeper(): Promise<number> {
    for (;;) {
      const { rows } = await world.owner.query<{ pid: number }>(
        "select pid from pg_stat_activity where datname = current_database() and usename = 'tenantry_app' and state = 'active' and query like '%pg_sleep%'",
      );
      if (rows[0]) return rows[0].pid;
      await sleep(10);
    }
  }

  /** A backend sleeps on after its client is gone, so an earlier test's may still be there. */
  beforeEach(async () => {
    await world.owner.query(
      "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and state = 'active' and query like '%pg_sleep%' and pid <> pg_backend_pid()",
    );
  });

  it('tells a killed backend and goes on with another', async () => {
    const dying = db.query(scopeOf(T1), SLEEP, [5]);
    const outcome = dying.then(() => null, (error: unknown) => error); // prettier-ignore
    await world.owner.query('select pg_terminate_backend($1)', [await sleeper()]);
    const error = await outcome;
    expect(error).toMatchObject({ code: '57P01' });
    expect(isConnectionLost(error)).toBe(true);
    expectRowsOf(2, await seen(T2));
  });

  it('survives a socket that breaks under a statement, and counts no leak', async () => {
    const opened = world.open('app');
    const own = new TenantDb(opened.pool);
    const stream = await leased(opened.pool, (client) => client.connection.stream as unknown as { destroy(error: Error): void });
    const dying = own.run(scopeOf(T1), (tx) => tx.query(SLEEP, [5])).then(() => null, (error: unknown) => error); // prettier-ignore
    await sleeper();
    stream.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    expect(isConnectionLost(await dying)).toBe(true);
    expectRowsOf(2, await seen(T2, own));
    expect(opened.seen.places).toEqual([]);
  });

  it('answers 503 busy when no connection comes free in time', async () => {
    const { pool } = world.open('app', { connectionTimeoutMillis: 500 });
    await leased(pool, async () => {
      await expect(seen(T1, new TenantDb(pool))).rejects.toMatchObject({
        code: 'busy',
        status: 503,
        extras: { retry_after: 1 },
        cause: expect.any(Error),
      });
    });
    expectRowsOf(1, await seen(T1, new TenantDb(pool)));
  });

  it('tells that the database cannot be reached', async () => {
    const pool = new TenantPool({ connectionString: 'postgres://tenantry_app@127.0.0.1:1/none' });
    const error: unknown = await seen(T1, new TenantDb(pool)).then(() => null, (reason: unknown) => reason); // prettier-ignore
    expect(isConnectionLost(error)).toBe(true);
    await pool.end();
  });
});

describe('TypeORM', () => {
  interface Item {
    tenant_id: string;
    item_id: number;
    store_id: string | null;
    name: string;
  }
  const Items = new EntitySchema<Item>({
    name: 'items',
    schema: 'proof_client',
    columns: {
      tenant_id: { type: 'uuid', primary: true },
      item_id: { type: 'int', primary: true },
      store_id: { type: 'uuid', nullable: true },
      name: { type: 'text' },
    },
  });

  it('works inside run, its transactions are savepoints, and outside it is refused', async () => {
    const { pool, seen } = world.open('app');
    const source = await createDataSource(pool, [Items]);
    const orm = new TenantDb(pool, source);
    const key = { tenant_id: T1, item_id: 77 };

    await expect(source.getRepository(Items).find()).rejects.toThrow(/without a scope/);
    await expect(source.transaction((manager) => manager.find(Items))).rejects.toThrow(/without a scope/);

    await orm.run(scopeOf(T1), async (tx) => {
      await tx.manager.insert(Items, { ...key, name: 'tenant 1' });
      const inner = tx.manager.transaction(async (manager) => {
        await manager.update(Items, key, { name: 'inner' });
        throw new Error('inner');
      });
      await expect(inner).rejects.toThrow('inner');
      expect(await tx.manager.findOneBy(Items, key)).toEqual({ ...key, store_id: null, name: 'tenant 1' });
      await tx.manager.transaction((manager) => manager.update(Items, key, { name: 'kept' }));
      expect(await tx.in(scopeOf(T1, [S2])).manager.findOneBy(Items, { tenant_id: T1, item_id: 2 })).toBeNull(); // of another store
      expect((await tx.manager.delete(Items, key)).affected).toBe(1);
      expectRowsOf(1, await tx.query(SEEN));
    });
    const foreign = orm.run(scopeOf(T1), (tx) => tx.manager.insert(Items, { tenant_id: T2, item_id: 78, name: 'x' }));
    await expect(foreign).rejects.toMatchObject({ code: '42501' });
    expectRowsOf(2, await orm.query(scopeOf(T2), SEEN));
    expect(seen.queries.map(({ id, operation, table }) => [id, operation, table])).toContainEqual([
      'typeorm',
      'insert',
      'proof_client.items',
    ]);
    await source.destroy();
  });

  it('swallows a rollback that fails; the connection is closed all the same', async () => {
    const opened = world.open('app');
    const source = await createDataSource(opened.pool, [Items]);
    const orm = new TenantDb(opened.pool, source);
    const work = orm.run(scopeOf(T1), async (tx) => {
      const inner = tx.manager.transaction(async (manager) => {
        await manager.query('commit'); // breaks the connection, so TypeORM's rollback throws, and TypeORM drops that
      });
      await expect(inner).rejects.toThrow(/changed the transaction/);
    });
    await expect(work).rejects.toThrow();
    expect(opened.seen.places).toEqual(['typeorm']);
    expectRowsOf(2, await orm.query(scopeOf(T2), SEEN));
    await source.destroy();
  });
});

describe('what is told about a statement', () => {
  it('labels it by place, operation and table', () => {
    expect(SEEN).toMatchObject({
      id: expect.stringMatching(/^test\/support\/pg-proof\.ts:\d+$/),
      operation: 'select',
      table: 'proof_client.items',
    });
    expect(NOTE).toMatchObject({ operation: 'insert', table: 'proof_client.notes' });
    expect(HIT).toMatchObject({ operation: 'update', table: 'proof_client.counters' });
    expect(sql`with gone as (delete from a returning id) select count(*) from gone`).toMatchObject({ operation: 'delete', table: 'a' });
    expect(ONE).toMatchObject({ operation: 'select', table: 'none' });
    expect(sql`select '\d' ~ $1`.text).toBe("select '\\d' ~ $1");
  });

  it('times it, tells slow ones and failures, with the stack of the caller', async () => {
    const { pool, seen } = world.open('app', { slow_ms: 20 });
    const own = new TenantDb(pool);
    await own.query(scopeOf(T1), SLEEP, [0.05]);
    const error: unknown = await own.query(scopeOf(T1), DIVIDE).then(() => null, (reason: unknown) => reason); // prettier-ignore
    expect(seen.queries).toEqual([expect.objectContaining({ id: SLEEP.id }), expect.objectContaining({ id: DIVIDE.id, error })]);
    expect(seen.slowOnes).toContain(SLEEP.id);
    expect((error as Error).stack).toContain('tenant-client.spec');
  });

  it('returns numbers, texts, moments and days as agreed', async () => {
    const types = sql`select 1::bigint as big, 1.50::numeric(9,2) as money, '2024-02-29'::date as day, '2024-02-29T12:00:00Z'::timestamptz as moment,
      $1::jsonb as json, $2::uuid[] as ids, $3::text[] as texts, $4::bytea as bytes, $5::bigint as huge, $6::boolean as yes, $7::timestamptz as at`;
    const at = new Date('2024-01-01T00:00:00.123Z');
    const texts = ['a"b', 'c\\d', '{e,f}', 'NULL', ''];
    const params = [{ a: [1, null] }, [S1], texts, Buffer.from([0, 255]), 9007199254740993n, true, at];
    expect(await db.query(scopeOf(T1), types, params)).toEqual([
      {
        big: '1', money: '1.50', day: '2024-02-29', moment: new Date('2024-02-29T12:00:00Z'), json: { a: [1, null] }, ids: [S1], texts,
        bytes: Buffer.from([0, 255]), huge: '9007199254740993', yes: true, at,
      },
    ]); // prettier-ignore
  });
});

/** Never called: the compiler is the test. */
export function doesNotCompile(tenantDb: TenantDb, platformDb: PlatformDb, tx: Tx, platformScope: PlatformScope, name: string): void {
  // @ts-expect-error a value inside the text
  void sql`select * from ${name}`;
  // @ts-expect-error a text is not a statement
  void tenantDb.query(scopeOf(T1), 'select 1');
  // @ts-expect-error no scope
  void tenantDb.query(ONE);
  // @ts-expect-error the platform is not a tenant
  void tenantDb.query(platformScope, ONE);
  // @ts-expect-error a tenant is not the platform
  void platformDb.query(scopeOf(T1), ONE);
  // @ts-expect-error transactions do not nest
  void tx.run(scopeOf(T1), async () => {});
  // @ts-expect-error a scope is not an object of one's own making
  void tenantDb.query({ tenant_id: T1, actor: { type: 'system', id: 'x' }, stores: 'all', request_id: 'x' }, ONE);
  // @ts-expect-error undefined is not a parameter
  void tenantDb.query(scopeOf(T1), ONE, [undefined]);
}
