import { Limiter, type Budget, type Budgets, type Standing } from './limiter.js';
import { MemoryLeases } from './memory-leases.js';
import type { Ask, LeaseStore } from './lease-store.js';
import { SteadyLeases } from './steady-leases.js';

const MINUTE = 60_000;
const of = (scope: string, count: number, more: Partial<Budget> = {}): Budget => ({
  scope,
  who: 'somebody',
  limit: { count, period_ms: 15 * MINUTE },
  ...more,
});

/** A shared store whose trips are counted, and which can be away. */
class Shared implements LeaseStore {
  readonly trips: (readonly Ask[])[] = [];
  isAway = false;
  processes = 1;
  private readonly memory: MemoryLeases;
  constructor(now: () => number) {
    this.memory = new MemoryLeases(now);
  }
  async lease(asks: readonly Ask[]) {
    this.trips.push(asks);
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (this.isAway) throw new Error('away');
    return this.memory.lease(asks);
  }
  attend = (): Promise<number> => Promise.resolve(this.processes);
  close = (): Promise<void> => Promise.resolve();
}

let now: number;
let shared: Shared;
let told: string[];
const process = (): Limiter => {
  const leases = new SteadyLeases(shared, () => now, { away: () => told.push('away'), back: () => told.push('back') });
  return new Limiter(
    leases,
    () => now,
    (name) => name,
  );
};
const passed = async (limiter: Limiter, budgets: Budgets, times: number): Promise<number> => {
  let allowed = 0;
  for (let i = 0; i < times; i++) if ((await limiter.take(budgets)).allowed) allowed += 1;
  return allowed;
};
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 40));

beforeEach(() => {
  now = 1_000;
  told = [];
  shared = new Shared(() => now);
});

it('lets exactly the limit through, one after the other and all at once', async () => {
  expect(await passed(process(), [of('api', 100)], 130)).toBe(100);
  shared = new Shared(() => now);
  const limiter = process();
  const answers = await Promise.all(Array.from({ length: 130 }, () => limiter.take([of('api', 100)])));
  expect(answers.filter(({ allowed }) => allowed)).toHaveLength(100);
});

it('waits for the first lease and for no other', async () => {
  const limiter = process();
  const budgets: Budgets = [of('tenant', 3_000)];
  expect(limiter.take(budgets)).toBeInstanceOf(Promise);
  await settled();
  for (let i = 0; i < 400; i++) {
    expect(limiter.take(budgets)).not.toBeInstanceOf(Promise);
    if (i % 40 === 0) await settled();
  }
  expect(shared.trips.length).toBeLessThan(12);
});

it('does not wait after a pause, and asks for what it lent', async () => {
  const limiter = process();
  await limiter.take([of('tenant', 100)]);
  await settled();
  now += 20 * MINUTE;
  const first = limiter.take([of('tenant', 100)]);
  expect(first).toMatchObject({ allowed: true, remaining: 99 });
  await settled();
  expect(await passed(limiter, [of('tenant', 100)], 120)).toBe(99);
});

it('refuses from memory, and tells when one more fits', async () => {
  const limiter = process();
  const budgets: Budgets = [of('api', 10)];
  expect(limiter.refusal(budgets)).toBeNull();
  await passed(limiter, budgets, 10);
  await settled();
  const trips = shared.trips.length;
  const refused = limiter.take(budgets) as Standing;
  expect(refused).toMatchObject({ allowed: false, scope: 'api', remaining: 0, wait_ms: 90_000, reset_ms: 900_000 });
  expect(limiter.refusal(budgets)).toEqual(refused);
  expect(shared.trips).toHaveLength(trips);
  now += 90_000;
  expect(limiter.refusal(budgets)).toBeNull();
  expect(await passed(limiter, budgets, 3)).toBe(1);
});

it('takes from every budget or from none, and tells the tightest', async () => {
  const limiter = process();
  const both: Budgets = [of('minute', 10), of('day', 4)];
  expect(await limiter.take(both)).toMatchObject({ allowed: true, scope: 'day', remaining: 3 });
  expect(await passed(limiter, both, 8)).toBe(3);
  expect(await limiter.take(both)).toMatchObject({ allowed: false, scope: 'day' });
  expect(await limiter.take([of('minute', 10)])).toMatchObject({ allowed: true, remaining: 5 });
});

it('keeps callers apart, and terms of one caller too', async () => {
  const limiter = process();
  expect(await passed(limiter, [of('tenant', 5)], 9)).toBe(5);
  expect(await passed(limiter, [of('tenant', 5, { who: 'another' })], 9)).toBe(5);
  expect(await passed(limiter, [of('tenant', 8)], 9)).toBe(8);
});

it('asks for all leases of a request, and of requests at hand, in one trip', async () => {
  const limiter = process();
  await Promise.all(['a', 'b', 'c'].map((who) => limiter.take([of('minute', 10, { who }), of('day', 99, { who })])));
  expect(shared.trips[0]).toHaveLength(6);
});

it('two processes share one limit', async () => {
  shared.processes = 2;
  const [one, two] = [process(), process()];
  let allowed = 0;
  for (let i = 0; i < 120; i++) if ((await (i % 2 ? one : two).take([of('api', 100)])).allowed) allowed += 1;
  expect(allowed).toBeLessThanOrEqual(100);
  expect(allowed).toBeGreaterThanOrEqual(95);
});

it('counts each one in the store where the budget is exact', async () => {
  shared.processes = 2;
  const [one, two] = [process(), process()];
  const budgets: Budgets = [of('upload', 10, { exact: true })];
  expect(await passed(one, budgets, 6)).toBe(6);
  expect(await passed(two, budgets, 6)).toBe(4);
  expect(await passed(one, budgets, 1)).toBe(0);
});

it('is never open: without the store each process has its part, and the store counts again when it is back', async () => {
  shared.processes = 4;
  const limiter = process();
  await limiter.take([of('api', 100, { who: 'before' })]);
  await settled();
  shared.isAway = true;
  expect(await passed(limiter, [of('api', 100)], 60)).toBe(25);
  expect(told).toEqual(['away']);
  shared.isAway = false;
  now += 2_000;
  expect(await passed(limiter, [of('api', 100, { who: 'after' })], 120)).toBe(100);
  expect(told).toEqual(['away', 'back']);
});

it('forgets who was away longest, not who is here', async () => {
  const leases = new SteadyLeases(shared, () => now, { away: () => undefined, back: () => undefined });
  const limiter = new Limiter(
    leases,
    () => now,
    (name) => name,
    3,
  );
  for (const who of ['a', 'b', 'c', 'd']) await limiter.take([of('api', 40, { who })]);
  await settled();
  expect(limiter.take([of('api', 40, { who: 'd' })])).not.toBeInstanceOf(Promise);
  expect(limiter.take([of('api', 40, { who: 'a' })])).toBeInstanceOf(Promise);
});
