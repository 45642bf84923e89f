import { retryAfterMs } from './retry-after.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const HOURS_12 = 43_200_000;

it.each([
  ['120', 120_000],
  [' 7 ', 7_000],
  ['43200', HOURS_12],
  ['1000000000', HOURS_12],
  ['9'.repeat(400), HOURS_12],
  ['Sun, 01 Mar 2026 12:01:30 GMT', 90_000],
  ['Mon, 01 Mar 2027 12:00:00 GMT', HOURS_12],
  ['Sun, 01 Mar 2026 11:59:59 GMT', null],
  ['Sun, 99 Mar 2026 12:01:30 GMT', null],
  ['0', null],
  ['-5', null],
  ['1.5', null],
  ['1e3', null],
  ['0x10', null],
  ['2026-03-01T13:00:00Z', null],
  ['soon', null],
  ['', null],
  [undefined, null],
])('[004-34] Retry-After %p is %p ms', (value, ms) => {
  expect(retryAfterMs(value === undefined ? {} : { 'retry-after': value }, NOW)).toBe(ms);
});

it.each([
  ['Sun, 01 Mar 2026 12:06:00 GMT', 'Sun, 01 Mar 2026 12:06:30 GMT', 30_000],
  ['Sun, 01 Mar 2026 11:54:00 GMT', 'Sun, 01 Mar 2026 11:54:30 GMT', 30_000],
  ['Sun, 01 Mar 2026 12:06:30 GMT', 'Sun, 01 Mar 2026 12:06:00 GMT', null],
  ['some time', 'Sun, 01 Mar 2026 12:01:30 GMT', 90_000],
  ['Sun, 01 Mar 2026 12:06:00 GMT', '120', 120_000],
])('[004-34] a receiver whose Date is %p and that asks for %p asks for %p ms, whatever our clock says', (date, value, ms) => {
  expect(retryAfterMs({ 'retry-after': value, date }, NOW)).toBe(ms);
});
