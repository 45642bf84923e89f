import { taskDelay } from './task-delay.js';

describe('taskDelay', () => {
  it('is 5ⁿ seconds and ends after eight attempts', () => {
    expect([1, 2, 3, 7, 8, 9].map((attempt) => taskDelay(attempt))).toEqual([5_000, 25_000, 125_000, 78_125_000, null, null]);
  });
});
