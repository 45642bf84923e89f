import { duration, exactTime, list, money, relativeTime, shortId, shortTime } from './format';

describe('money', () => {
  it.each([
    [1999, 'EUR', '€19.99'],
    [5, 'EUR', '€0.05'],
    [-250, 'USD', '-$2.50'],
    [1500, 'JPY', '¥1,500'],
    ['9007199254740993', 'EUR', '€90,071,992,547,409.93'],
    ['-90071992547409931', 'USD', '-$900,719,925,474,099.31'],
  ])('%s %s is %s', (minor, currency, text) => expect(money(minor, currency, 'en')).toBe(text));
  it('knows currencies of three decimals', () => expect(money(1234, 'KWD', 'en').replace(/\s/g, ' ')).toBe('KWD 1.234'));
  it('gives no text for what is no amount', () => expect(money('12.5', 'EUR', 'en')).toBe(''));
});

describe('time', () => {
  const now = '2026-03-12T12:00:00Z';
  it.each([
    ['2026-03-12T11:59:40Z', 'now'],
    ['2026-03-12T11:59:00Z', '1 minute ago'],
    ['2026-03-12T09:00:00Z', '3 hours ago'],
    ['2026-03-14T12:00:00Z', 'in 2 days'],
    ['2025-03-12T12:00:00Z', 'last year'],
  ])('%s is %s', (at, text) => expect(relativeTime(at, now, 'en')).toBe(text));

  it('names the zone and follows its summer time', () => {
    expect(exactTime('2026-03-29T00:59:59Z', 'Europe/Berlin', 'en')).toMatch(/01:59:59.*GMT\+1/);
    expect(exactTime('2026-03-29T01:00:00Z', 'Europe/Berlin', 'en')).toMatch(/03:00:00.*GMT\+2/);
    expect(exactTime('2026-10-25T00:30:00Z', 'Europe/Berlin', 'en')).toMatch(/02:30:00.*GMT\+2/);
    expect(exactTime('2026-10-25T01:30:00Z', 'Europe/Berlin', 'en')).toMatch(/02:30:00.*GMT\+1/);
  });
  it('says the year only when it is another one', () => {
    expect(shortTime('2026-01-02T10:00:00Z', 'UTC', 'en', now)).not.toContain('2026');
    expect(shortTime('2025-01-02T10:00:00Z', 'UTC', 'en', now)).toContain('2025');
  });
  it('is empty for what is no instant', () => {
    expect(relativeTime('soon', now)).toBe('');
    expect(exactTime('soon')).toBe('');
  });
});

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1400, '1.4 s'],
  [200_000, '3 min 20 s'],
  [-1, ''],
])('%d ms is %s', (ms, text) => expect(duration(ms)).toBe(text));
it('joins lists the way of the language', () => expect(list(['a', 'b', 'c'], 'en')).toBe('a, b, and c'));
it('shortens long ids in the middle', () => {
  expect(shortId('0192f0c1-7a00-7000-8000-000000000001')).toBe('0192f0c1…0001');
  expect(shortId('MAIN')).toBe('MAIN');
});
