import { isApiKey, isGenuine, newApiKey, shownPrefix } from './api-key-format.js';

it('is a prefix that scanners know, 256 bits, and a check', () => {
  const keys = Array.from({ length: 200 }, () => newApiKey('live'));
  expect(keys.filter((key) => !/^tn_live_[0-9A-Za-z]{49}$/.test(key) || !isGenuine(key))).toEqual([]);
  expect(new Set(keys).size).toBe(keys.length);
  expect(newApiKey('test')).toMatch(/^tn_test_/);
});

it('sees every change of one letter, a cut and a word too many', () => {
  const key = newApiKey('test');
  for (let at = 3; at < key.length; at++) {
    const other = key[at] === 'A' ? 'B' : 'A';
    expect(isGenuine(key.slice(0, at) + other + key.slice(at + 1))).toBe(false);
  }
  for (const text of [
    key.slice(0, -1),
    `${key}0`,
    ` ${key}`,
    `${key}\n`,
    key.toUpperCase(),
    key.replace('tn_test', 'tn_live'),
    '',
    'tn_live_',
  ])
    expect(isGenuine(text)).toBe(false);
});

it('is told from an access token, and shown by its beginning', () => {
  const key = newApiKey('live');
  expect(isApiKey(key)).toBe(true);
  expect(isApiKey('eyJhbGciOiJIUzI1NiJ9.e30.x')).toBe(false);
  expect(shownPrefix(key)).toHaveLength(12);
  expect(key.startsWith(shownPrefix(key))).toBe(true);
});
