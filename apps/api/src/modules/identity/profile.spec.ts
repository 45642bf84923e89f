import { canonicalLocale, isTimeZone } from './profile.js';

it.each([
  ['en', 'en'],
  ['de-at', 'de-AT'],
  ['zh-hant-tw', 'zh-Hant-TW'],
  ['english!', null],
  ['', null],
  ['e', null],
])('locale %j is %j', (given, tag) => expect(canonicalLocale(given)).toBe(tag));

it.each([
  ['Europe/Vienna', true],
  ['UTC', true],
  ['Mars/Olympus', false],
  ['+02:00', false],
  ['', false],
])('time zone %j: %j', (given, known) => expect(isTimeZone(given)).toBe(known));
