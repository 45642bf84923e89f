import { LanePace } from './lane-pace.js';

const times = (n: number, ms: number): number[] => Array.from({ length: n }, () => ms);

describe('the pace of a lane', () => {
  const after = (...answers: number[]) => {
    const pace = new LanePace();
    return answers.map((ms) => pace.answered('a', ms)).at(-1);
  };
  it('says nothing before twenty answers', () => {
    expect(after(...times(19, 9_000))).toBeNull();
    expect(after(...times(19, 10))).toBeNull();
  });
  it('moves a lane whose median is above 5 s, and back after twenty quick answers in a row', () => {
    expect(after(...times(20, 5_001))).toBe('slow');
    expect(after(...times(10, 100), ...times(10, 9_000))).toBe('slow');
    expect(after(...times(11, 100), ...times(9, 9_000))).toBeNull();
    expect(after(...times(20, 9_000), ...times(19, 100))).toBeNull();
    expect(after(...times(20, 9_000), ...times(20, 100))).toBe('fast');
  });
  it('keeps lanes apart', () => {
    const pace = new LanePace();
    for (const ms of times(19, 9_000)) pace.answered('a', ms);
    expect(pace.answered('b', 9_000)).toBeNull();
    expect(pace.answered('a', 9_000)).toBe('slow');
  });
});
