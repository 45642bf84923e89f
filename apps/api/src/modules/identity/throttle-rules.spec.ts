import { ACCOUNT_AND_IP, CALLS_OF_IP, emissionMs, retryAfterSeconds, untilNextSlot } from './throttle-rules.js';

it('tells when one more attempt fits', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  const in_ = (ms: number): Date => new Date(now.getTime() + ms);
  expect(emissionMs(ACCOUNT_AND_IP)).toBe(180_000);
  expect(emissionMs(CALLS_OF_IP)).toBe(45_000);
  expect(retryAfterSeconds(ACCOUNT_AND_IP, in_(900_000), now)).toBe(180); // five at once
  expect(retryAfterSeconds(ACCOUNT_AND_IP, in_(900_000 - 179_500), now)).toBe(1);
  expect(retryAfterSeconds(CALLS_OF_IP, in_(900_000), now)).toBe(45);
});

it.each([
  [0, 50],
  [12, 38],
  [49.5, 0.5],
  [50, 0],
  [51, 49],
  [120, 30],
])('after %d ms an answer waits %d ms more', (elapsed, rest) => expect(untilNextSlot(elapsed)).toBeCloseTo(rest));
