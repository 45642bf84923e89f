import { PoolCache } from './pool-cache.js';

/** No connection is opened here. */
const cache = (max: number) => new PoolCache((_target, done) => done(new Error('not here'), null), max);
const origin = (n: number) => `https://receiver-${n}.test`;

it('has one pool an origin', async () => {
  const pools = cache(3);
  expect(pools.of(origin(1))).toBe(pools.of(origin(1)));
  expect(pools.of(origin(1))).not.toBe(pools.of(origin(2)));
  await pools.destroy();
});

it('gives up the pool that was used longest ago, and makes another one when it is asked for again', async () => {
  const pools = cache(3);
  const [first, second, third] = [1, 2, 3].map((n) => pools.of(origin(n)));
  pools.of(origin(1));
  pools.of(origin(4));
  expect(pools.size).toBe(3);
  expect([first, second, third].map((pool) => pool?.closed)).toEqual([false, true, false]);
  expect(pools.of(origin(1))).toBe(first);
  expect(pools.of(origin(2))).not.toBe(second);
  expect(third?.closed).toBe(true);
  await pools.destroy();
  expect(pools.size).toBe(0);
  expect(first?.destroyed).toBe(true);
});
