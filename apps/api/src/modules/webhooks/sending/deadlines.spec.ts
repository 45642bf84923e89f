import { Deadlines, Timed } from './deadlines.js';

class Alarm extends Timed {
  rang = 0;
  constructor(private readonly ring: () => void = () => undefined) {
    super();
  }
  expired(): void {
    this.rang += 1;
    this.ring();
  }
}

beforeEach(() => jest.useFakeTimers({ now: 0 }));
afterEach(() => jest.useRealTimers());
const at = (ms: number) => performance.now() + ms;

it.each([1, 19, 20, 21, 1_000, 30_000])('[004-35] rings after %i ms: once, never early, late by 20 ms at most', (ms) => {
  const deadlines = new Deadlines();
  const alarm = new Alarm();
  jest.advanceTimersByTime(7);
  deadlines.set(alarm, at(ms));
  jest.advanceTimersByTime(ms - 1);
  expect(alarm.rang).toBe(0);
  jest.advanceTimersByTime(41); // two ticks: the clock of the test started between two
  expect(alarm.rang).toBe(1);
  jest.advanceTimersByTime(60_000);
  expect(alarm.rang).toBe(1);
});

it('what is cleared does not ring; what is set again rings at its new moment', () => {
  const deadlines = new Deadlines();
  const [cleared, moved] = [new Alarm(), new Alarm()];
  for (const alarm of [cleared, moved]) deadlines.set(alarm, at(100));
  deadlines.clear(cleared);
  deadlines.clear(cleared);
  deadlines.set(moved, at(500));
  jest.advanceTimersByTime(400);
  expect([cleared.rang, moved.rang]).toEqual([0, 0]);
  jest.advanceTimersByTime(200);
  expect([cleared.rang, moved.rang]).toEqual([0, 1]);
});

it('a moment that has passed rings at the next tick, and one may be set by another', () => {
  const deadlines = new Deadlines();
  const second = new Alarm();
  const first = new Alarm(() => deadlines.set(second, at(-1_000)));
  deadlines.set(first, at(-1_000));
  jest.advanceTimersByTime(100);
  expect([first.rang, second.rang]).toEqual([1, 1]);
});

it('keeps no timer when nothing waits, and has one again for the next', () => {
  const deadlines = new Deadlines();
  const alarm = new Alarm();
  deadlines.set(alarm, at(50));
  jest.advanceTimersByTime(100);
  expect(jest.getTimerCount()).toBe(0);
  deadlines.set(alarm, at(50));
  expect(jest.getTimerCount()).toBe(1);
  deadlines.clear(alarm);
  jest.advanceTimersByTime(40);
  expect(jest.getTimerCount()).toBe(0);
});
