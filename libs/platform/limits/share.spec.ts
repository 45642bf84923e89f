import { Share, shareSize } from './share.js';

const HUNDRED = { count: 100, period_ms: 900_000 };
const EACH_MS = 9_000;
const leased = (granted: number, used = granted): { granted: number; reset_ms: number } => ({ granted, reset_ms: used * EACH_MS });

it.each([
  [100, 1, 5],
  [100, 2, 3],
  [9, 1, 4],
  [9, 4, 1],
  [0, 1, 1],
])('of a hundred with %d left, each of %d processes leases %d', (left, processes, size) =>
  expect(shareSize(HUNDRED, left, processes)).toBe(size),
);

it('lets nothing through before the first lease, and tells what it holds afterwards', () => {
  const share = new Share(HUNDRED, false, 0);
  expect(share.has(0, 1)).toBe(false);
  expect(share.wanted(0, 1)).toBe(5);
  share.leased(leased(5), 0);
  expect(share.remaining(0)).toBe(100);
  share.use();
  expect(share.remaining(0)).toBe(99);
  expect(share.resetMs(0)).toBe(EACH_MS);
  expect(share.wanted(0, 1)).toBe(0);
  share.use();
  share.use();
  expect(share.wanted(0, 1)).toBe(3);
});

it('loses what it holds as the bucket fills up, so that a pause gives no more than the limit', () => {
  const share = new Share(HUNDRED, false, 0);
  share.leased(leased(5), 0);
  share.use();
  expect(share.remaining(2 * EACH_MS)).toBe(100);
  expect(share.remaining(100 * EACH_MS)).toBe(100);
});

it('lends at most one share after a pause, and the next lease pays it back', () => {
  const share = new Share(HUNDRED, false, 0);
  share.leased(leased(5), 0);
  const later = 10 * EACH_MS;
  let lent = 0;
  while (share.has(later, 1)) {
    share.use();
    lent += 1;
  }
  expect(lent).toBe(5);
  expect(share.wanted(later, 1)).toBe(10);
  share.leased(leased(10), later);
  expect(share.remaining(later)).toBe(95);
});

it('lends nothing where the bucket is not full, and is spent where nothing is left', () => {
  const share = new Share(HUNDRED, false, 0);
  share.leased(leased(1, 50), 0);
  share.use();
  expect(share.has(0, 1)).toBe(false);
  expect(share.isSpent(0)).toBe(false);
  share.leased(leased(0, 100), 0);
  expect(share.isSpent(0)).toBe(true);
  expect(share.waitMs(0)).toBe(EACH_MS);
  expect(share.wanted(0, 1)).toBe(0);
});

it('holds nothing ahead where each one is counted', () => {
  const share = new Share(HUNDRED, true, 0);
  share.leased(leased(0, 1), 0);
  expect(share.has(0, 1)).toBe(false);
  expect(share.wanted(0, 1)).toBe(0);
  share.waiting = 3;
  expect(share.wanted(0, 1)).toBe(3);
});

it('is spent from the beginning where the limit is none', () => {
  const share = new Share({ count: 0, period_ms: 60_000 }, false, 0);
  expect([share.has(0, 1), share.isSpent(0), share.waitMs(0)]).toEqual([false, true, 60_000]);
});
