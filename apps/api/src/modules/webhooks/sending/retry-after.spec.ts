import { retryAfterMs } from './retry-after.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const MOST = 12 * 3_600_000;

describe('retryAfterMs', () => {
  it.each([
    ['1', 1_000],
    [' 120 ', 120_000],
    ['43200', MOST],
    ['43201', MOST],
    ['1000000000', MOST],
    ['9'.repeat(400), MOST],
    ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    ['Sunday, 01-Mar-26 12:00:30 GMT', 30_000],
    ['Sun Mar  1 12:00:30 2026', 30_000],
    ['Mon, 01 Mar 2027 12:00:00 GMT', MOST],
  ])('[004-34] %j asks for %i ms', (value, ms) => expect(retryAfterMs(value, NOW)).toBe(ms));

  it.each([
    undefined, '', '0', '-1', '+5', '1.5', '1e3', '0x10', 'soon', 'May', '5, 10', '2026-03-01T12:00:30Z',
    'Sun, 01 Mar 2026 11:59:59 GMT', 'Sun, 01 Mar 2026 12:00:00 GMT', 'Sun, 99 Foo 2026 12:00:30 GMT', 'Sun, 01 Mar 2026',
  ])('ignores %j', (value) => expect(retryAfterMs(value, NOW)).toBeNull()); // prettier-ignore
});
