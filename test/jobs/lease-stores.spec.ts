import { newId } from '../../libs/platform/crypto/index.js';
import { PlatformDb } from '../../libs/platform/db/index.js';
import { dropFullBuckets, PostgresLeases } from '../../libs/platform/limits/leases.repository.js';
import type { LeaseStore } from '../../libs/platform/limits/lease-store.js';
import { MemoryLeases } from '../../libs/platform/limits/memory-leases.js';
import { RedisLeases } from '../../libs/platform/limits/redis-leases.js';
import { platformScope } from '../../libs/platform/queue/index.js';
import { redisMissing, startRedisServer, type RedisServer } from '../support/redis-server.js';
import { world, type World } from '../support/world.js';

const HUNDRED = { count: 100, period_ms: 900_000 };
const missing = redisMissing();
if (missing) console.warn(`the Redis third of these tests is skipped: ${missing}`);
const STORES = missing ? (['memory', 'postgres'] as const) : (['memory', 'postgres', 'redis'] as const);

let w: World;
let redis: RedisServer | null = null;
beforeAll(async () => {
  w = await world();
  if (!missing) redis = await startRedisServer();
}, 60_000);
afterAll(() => redis?.stop());

describe.each(STORES)('leases in %s', (kind) => {
  const open: LeaseStore[] = [];
  const store = (): LeaseStore => {
    const made =
      kind === 'memory' ? new MemoryLeases(() => performance.now())
      : kind === 'postgres' ? new PostgresLeases(w.app.get(PlatformDb), newId())
      : new RedisLeases(redis?.url ?? '', newId(), `t${process.pid}`); // prettier-ignore
    open.push(made);
    return made;
  };
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });
  const one = async (from: LeaseStore, key: string, wanted: number, limit = HUNDRED) => {
    const [lease] = await from.lease([{ key, limit, wanted }]);
    if (!lease) throw new Error('no lease');
    return lease;
  };

  it('grants what is wanted until nothing is left, and says when all is there again', async () => {
    const [leases, key] = [store(), newId()];
    const first = await one(leases, key, 30);
    expect(first.granted).toBe(30);
    expect(first.reset_ms).toBeGreaterThan(269_000);
    expect(Math.round(first.reset_ms)).toBeLessThanOrEqual(270_000);
    expect((await one(leases, key, 90)).granted).toBe(70);
    const spent = await one(leases, key, 1);
    expect(spent.granted).toBe(0);
    expect(spent.reset_ms).toBeGreaterThan(895_000);
  });

  it('never grants more than the limit, whoever asks at once', async () => {
    const key = newId();
    const leases = kind === 'memory' ? [store()] : [store(), store(), store()];
    const all = await Promise.all(Array.from({ length: 60 }, (_, i) => one(leases[i % leases.length] as LeaseStore, key, 3)));
    expect(all.reduce((sum, { granted }) => sum + granted, 0)).toBe(100);
  });

  it('gives one more when its time has come, and all of it after a period', async () => {
    const [leases, key] = [store(), newId()];
    const limit = { count: 4, period_ms: 400 };
    expect((await one(leases, key, 9, limit)).granted).toBe(4);
    expect((await one(leases, key, 1, limit)).granted).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect((await one(leases, key, 1, limit)).granted).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 520));
    expect((await one(leases, key, 9, limit)).granted).toBe(4);
  });

  it('answers many asks in their order, each by its own terms', async () => {
    const leases = store();
    const keys = Array.from({ length: 40 }, newId);
    const answers = await leases.lease(keys.map((key, i) => ({ key, limit: { count: i + 1, period_ms: 60_000 }, wanted: 25 })));
    expect(answers.map(({ granted }) => granted)).toEqual(keys.map((_, i) => Math.min(25, i + 1)));
  });

  it('does not lock when two processes ask for the same buckets in another order', async () => {
    const [a, b] = [store(), kind === 'memory' ? store() : store()];
    const asks = Array.from({ length: 30 }, () => ({ key: newId(), limit: HUNDRED, wanted: 1 }));
    const rounds = Array.from({ length: 10 }, () => Promise.all([a.lease(asks), b.lease([...asks].reverse())]));
    for (const [first, second] of await Promise.all(rounds)) expect([first.length, second.length]).toEqual([30, 30]);
  });

  if (kind === 'memory') return;

  it('knows how many processes there are, and who has gone', async () => {
    const [a, b] = [store(), store()];
    const before = await a.attend();
    expect(await b.attend()).toBe(before + 1);
    await b.close();
    open.splice(open.indexOf(b), 1);
    expect(await a.attend()).toBe(before);
  });
});

it('drops buckets that are full again', async () => {
  const db = w.app.get(PlatformDb);
  const leases = new PostgresLeases(db, newId());
  await leases.lease([{ key: newId(), limit: { count: 10, period_ms: 100 }, wanted: 1 }]);
  await leases.lease([{ key: newId(), limit: HUNDRED, wanted: 100 }]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await dropFullBuckets(db, platformScope('test'))).toBeGreaterThan(0);
  expect(await dropFullBuckets(db, platformScope('test'))).toBe(0);
});
