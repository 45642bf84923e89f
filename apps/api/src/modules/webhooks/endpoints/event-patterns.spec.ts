import { matchedTypes, requiresOf, unknownPatterns, wildcardOf } from './event-patterns.js';

const typesOf = (...patterns: string[]): string[] => matchedTypes(patterns).map(({ type }) => type);

describe('event patterns', () => {
  it.each([
    [['order.created'], ['order.created']],
    [['order.*'], ['order.created', 'order.updated']],
    [
      ['order.created', 'order.*'],
      ['order.created', 'order.updated'],
    ],
    [['Order.created'], []],
    [['order'], []],
    [['*.created'], []],
    [['order.*.created'], []],
    [['settings.changed'], []], // not public
    [['member.*'], []],
    [[''], []],
  ])('%j match %j', (patterns, types) => {
    expect(typesOf(...patterns)).toEqual(types);
  });

  it('[004-26] matches everything public by * and nothing that is not', () => {
    const all = typesOf('*');
    expect(all).toContain('webhook.test');
    expect(all).toContain('forecast.updated');
    expect(all).not.toContain('settings.changed');
    expect(unknownPatterns(['*', 'order.*', 'order.sold', 'member.*', 'user.created'])).toEqual(['order.sold', 'member.*']);
  });

  it('names each permission once', () => {
    expect(requiresOf(matchedTypes(['order.*', 'user.created', 'forecast.updated', 'anomaly.detected']))).toEqual([
      'ai:read', 'orders:read', 'users:read',
    ]); // prettier-ignore
    expect(wildcardOf('webhook.endpoint_failing')).toBe('webhook.*');
  });
});
