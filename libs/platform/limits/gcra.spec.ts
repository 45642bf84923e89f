import { emissionMs, fitting, parseLimit, take, waitMs, type Limit } from './gcra.js';

const HUNDRED: Limit = { count: 100, period_ms: 900_000 };
const NOW = 1_795_600_000_123.4;

it('lets a hundred through at once and no hundred and first', () => {
  let empty_at = 0;
  for (let i = 0; i < 100; i++) {
    const taken = take(HUNDRED, empty_at, NOW, 1);
    expect(taken.granted).toBe(1);
    ({ empty_at } = taken);
    expect(fitting(HUNDRED, empty_at, NOW)).toBe(99 - i);
  }
  expect(take(HUNDRED, empty_at, NOW, 1)).toEqual({ granted: 0, empty_at });
  expect(waitMs(HUNDRED, empty_at, NOW)).toBeCloseTo(9_000, 1);
  expect(take(HUNDRED, empty_at, NOW + 8_990, 1).granted).toBe(0);
  expect(take(HUNDRED, empty_at, NOW + 9_000, 2).granted).toBe(1);
});

it('gives what is there when more is asked for, and takes nothing when nothing is', () => {
  const first = take(HUNDRED, 0, NOW, 250);
  expect(first).toEqual({ granted: 100, empty_at: NOW + 900_000 });
  expect(take(HUNDRED, first.empty_at, NOW, 5)).toEqual({ granted: 0, empty_at: first.empty_at });
});

it.each([
  [60, 60_000],
  [5_000, 86_400_000],
  [7, 1_000],
  [3_000, 60_000],
])('is exact for %d in %d ms, one by one', (count, period_ms) => {
  let empty_at = 0;
  let granted = 0;
  for (let i = 0; i < count + 10; i++) {
    const taken = take({ count, period_ms }, empty_at, NOW, 1);
    granted += taken.granted;
    ({ empty_at } = taken);
  }
  expect(granted).toBe(count);
});

it('is full again after a period, and never fuller', () => {
  const { empty_at } = take(HUNDRED, 0, NOW, 100);
  expect(fitting(HUNDRED, empty_at, NOW + 450_000)).toBe(50);
  expect(fitting(HUNDRED, empty_at, NOW + 900_000)).toBe(100);
  expect(fitting(HUNDRED, empty_at, NOW + 9_000_000)).toBe(100);
});

it('lets nothing through where the limit is none', () => {
  const nothing: Limit = { count: 0, period_ms: 60_000 };
  expect(emissionMs(nothing)).toBe(Number.POSITIVE_INFINITY);
  expect(take(nothing, 0, NOW, 1)).toEqual({ granted: 0, empty_at: 0 });
  expect(waitMs(nothing, 0, NOW)).toBe(60_000);
});

it.each([
  ['100/15m', 100, 900_000],
  ['1000000/1m', 1_000_000, 60_000],
  ['5/2s', 5, 2_000],
  ['10/1h', 10, 3_600_000],
  ['5000/1d', 5_000, 86_400_000],
])('reads %s', (text, count, period_ms) => expect(parseLimit(text)).toEqual({ count, period_ms }));

it.each(['', '100', '0/15m', '100/15', '100/0m', '1.5/1m', '100 / 15m', '100/15w', '-1/1m'])('does not read "%s"', (text) =>
  expect(() => parseLimit(text)).toThrow('no limit'),
);
