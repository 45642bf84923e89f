import { sql } from '../db/index.js';
import { defineQueue, retryDelay } from './define-queue.js';
import { namedParams } from './lease.js';

const ONE = sql`select 1`;
const statements = { due: ONE, claim: ONE, heartbeat: ONE, release: ONE, retry: ONE, fail: ONE };
const define = (terms: object) =>
  defineQueue<{ job_id: string }>({
    name: 'test.run',
    lane: 'fast',
    id: 'job_id',
    concurrency: 1,
    lease_ms: 1_000,
    backoff: [1, 5],
    ...statements,
    run: () => Promise.resolve(),
    ...terms,
  });

describe('defineQueue', () => {
  it('gives as many attempts as there are waits, and one', () => {
    expect(define({}).max_attempts).toBe(3);
    expect(define({ max_attempts: 5 }).max_attempts).toBe(5);
  });
  it.each([
    { name: 'run' },
    { name: 'test:run' },
    { name: 'Test.run' },
    { concurrency: 0 },
    { concurrency: 1.5 },
    { lease_ms: 10 },
    { backoff: [-1] },
    { backoff: [Number.NaN] },
  ])('refuses %j', (terms) => {
    expect(() => define(terms)).toThrow('queue ');
  });
});

describe('retryDelay', () => {
  const backoff = [1_000, 5_000, 15_000];
  it('takes the waits in order', () => {
    expect([1, 2, 3, 4].map((attempt) => retryDelay({ backoff, max_attempts: 4 }, attempt))).toEqual([1_000, 5_000, 15_000, null]);
  });
  it('repeats the last one', () => {
    expect([3, 4, 5, 6].map((attempt) => retryDelay({ backoff, max_attempts: 6 }, attempt))).toEqual([15_000, 15_000, 15_000, null]);
  });
  it('has none without waits', () => {
    expect(retryDelay({ backoff: [], max_attempts: 1 }, 1)).toBeNull();
    expect(retryDelay({ backoff: [], max_attempts: 2 }, 1)).toBe(0);
  });
});

describe('namedParams', () => {
  it('leaves out what the statement does not name', () => {
    expect(namedParams({ text: 'update x set a = $2 where id = $1' }, ['id', 1, 'worker'])).toEqual(['id', 1]);
    expect(namedParams({ text: 'select 1' }, ['id'])).toEqual([]);
    expect(namedParams({ text: 'select $1, $10, $2' }, Array(12).fill(0))).toHaveLength(10);
  });
});
