import {
  delayText,
  groupTypes,
  healthOf,
  hostOf,
  matchedTypes,
  parseHeaders,
  retryDelays,
  togglePattern,
  withheldTypes,
} from './endpoint-rules';

it.each([
  ['active', 0, 'active'],
  ['active', 9, 'active'],
  ['active', 10, 'failing'],
  ['paused', 12, 'paused'],
  ['disabled', 12, 'disabled'],
] as const)('%s after %i failed sends is %s', (status, failure_count, health) => expect(healthOf({ status, failure_count })).toBe(health));

it('names the host of an address, and what is none as it stands', () => {
  expect(hostOf('https://hooks.example:8443/in?x=1')).toBe('hooks.example:8443');
  expect(hostOf('hooks')).toBe('hooks');
});

it('waits 1, 5 and 25 seconds, then five times as long, at most 12 hours', () => {
  expect(retryDelays(0)).toEqual([]);
  expect(retryDelays(5)).toEqual([1, 5, 25, 125, 625]);
  expect(retryDelays(12).at(-1)).toBe(43_200);
});
it.each([
  [25, '25 s'],
  [125, '2 min'],
  [15_625, '4.3 h'],
  [43_200, '12 h'],
])('writes %i seconds as %s', (seconds, text) => expect(delayText(seconds)).toBe(text));

const CATALOGUE = ['order.created', 'order.updated', 'orders.x', 'user.created'].map((type) => ({ type }));
const matched = (...patterns: string[]): string[] => matchedTypes(patterns, CATALOGUE).map(({ type }) => type);
it('matches a type by its name, by its family and by everything', () => {
  expect(matched('order.created')).toEqual(['order.created']);
  expect(matched('order.*', 'user.created')).toEqual(['order.created', 'order.updated', 'user.created']);
  expect(matched('*')).toHaveLength(4);
  expect(matched('order')).toEqual([]);
});
it('groups types by what they are about', () =>
  expect(groupTypes(CATALOGUE).map(([group, types]) => [group, types.length])).toEqual([
    ['order', 2],
    ['orders', 1],
    ['user', 1],
  ]));
it('a family takes the place of its types, everything the place of all', () => {
  expect(togglePattern(['order.created', 'user.created'], 'order.*')).toEqual(['order.*', 'user.created']);
  expect(togglePattern(['order.*', 'user.created'], '*')).toEqual(['*']);
  expect(togglePattern(['order.*', 'user.created'], 'order.*')).toEqual(['user.created']);
});

it('reads headers line by line, and names the line that is none', () => {
  expect(parseHeaders('Authorization: Bearer a:b\n\n x-team : 7 ')).toEqual({
    headers: { Authorization: 'Bearer a:b', 'x-team': '7' },
    wrong: null,
  });
  expect(parseHeaders('x-team: 7\nno header').wrong).toBe('no header');
  expect(parseHeaders('').headers).toEqual({});
});

describe('types that a pattern takes and nobody has granted', () => {
  const catalogue = [
    { type: 'order.created', requires: 'orders:read' },
    { type: 'order.refunded', requires: 'refunds:read' },
    { type: 'user.created', requires: 'users:read' },
  ];
  it('are those whose permission was not held when the webhook was saved', () =>
    expect(withheldTypes({ events: ['order.*'], granted_requires: ['orders:read'] }, catalogue)).toEqual([catalogue[1]]));
  it('are none when all is granted, and none of types that no pattern takes', () =>
    expect(withheldTypes({ events: ['order.created'], granted_requires: ['orders:read'] }, catalogue)).toEqual([]));
});
