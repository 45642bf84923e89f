import { coalesced } from './coalesced';

describe('coalesced', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('runs at once, and once more for all that was asked meanwhile', async () => {
    const ended: (() => void)[] = [];
    const act = jest.fn(() => new Promise<void>((resolve) => ended.push(resolve)));
    const ask = coalesced(act, 100);
    ask();
    ask();
    ask();
    expect(act).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(act).toHaveBeenCalledTimes(1); // the first still runs
    ended[0]?.();
    await jest.advanceTimersByTimeAsync(99);
    expect(act).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(act).toHaveBeenCalledTimes(2);
    ended[1]?.();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(act).toHaveBeenCalledTimes(2);
    ask();
    expect(act).toHaveBeenCalledTimes(3);
  });
});
