import { retryDelayMs } from './retry-schedule.js';

const DELAYS = [1_000, 5_000, 25_000];
const wait = (failures: number, over: Partial<Parameters<typeof retryDelayMs>[0]> = {}): number =>
  retryDelayMs({ failures, delays: DELAYS, retry_after_ms: null, random: 0, ...over });

describe('the schedule of retries', () => {
  it('[004-33] waits 1 s, 5 s, 25 s, then five times longer each time, at most 12 h', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 12].map((n) => wait(n) / 1_000)).toEqual([1, 5, 25, 125, 625, 3_125, 15_625, 43_200, 43_200]);
  });

  it('adds up to a tenth and never takes away', () => {
    for (const random of [0, 0.3, 0.999]) {
      for (let n = 1; n <= 12; n += 1) {
        expect(wait(n, { random })).toBeGreaterThanOrEqual(wait(n));
        expect(wait(n, { random })).toBeLessThanOrEqual(Math.ceil(wait(n) * 1.1));
      }
    }
  });

  it('[004-34] waits for Retry-After where that is longer', () => {
    expect(wait(1, { retry_after_ms: 120_000 })).toBe(120_000);
    expect(wait(3, { retry_after_ms: 2_000 })).toBe(25_000);
    expect(wait(1, { retry_after_ms: 0 })).toBe(1_000);
  });

  it('goes on from a list of any length', () => {
    expect(retryDelayMs({ failures: 3, delays: [10], retry_after_ms: null, random: 0 })).toBe(250);
    expect(retryDelayMs({ failures: 1, delays: [], retry_after_ms: null, random: 0 })).toBe(1_000);
    expect(retryDelayMs({ failures: 1, delays: [90_000_000], retry_after_ms: null, random: 0 })).toBe(43_200_000);
  });
});
