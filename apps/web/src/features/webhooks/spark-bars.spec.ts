import { percentText, sparkBars } from './spark-bars';

const now = Date.parse('2026-03-02T10:20:00Z');

describe('bars of the last day', () => {
  it('are 24, the hour that runs now last, each a share of the tallest', () => {
    const bars = sparkBars(
      [
        { at: '2026-03-01T11:00:00.000Z', success: 1, dlq: 0 },
        { at: '2026-03-02T10:00:00.000Z', success: 3, dlq: 1 },
      ],
      now,
    );
    expect(bars).toHaveLength(24);
    expect(bars[0]).toEqual({ delivered: 0.25, failed: 0 });
    expect(bars[12]).toEqual({ delivered: 0, failed: 0 });
    expect(bars[23]).toEqual({ delivered: 0.75, failed: 0.25 });
  });
  it('leave out an hour that is older than the day', () => {
    const bars = sparkBars([{ at: '2026-03-01T10:00:00.000Z', success: 9, dlq: 9 }], now);
    expect(bars.every(({ delivered, failed }) => delivered === 0 && failed === 0)).toBe(true);
  });
});

describe('a share in words', () => {
  it.each([
    [1, '100 %'],
    [0.9999, '99.9 %'],
    [0.982, '98.2 %'],
    [0.0001, '0.1 %'],
    [0, '0 %'],
  ])('%d is %s', (share, text) => expect(percentText(share, String)).toBe(text));
});
