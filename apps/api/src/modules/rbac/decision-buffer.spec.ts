import type { Decision } from '#platform/auth/index.js';
import { DecisionBuffer } from './decision-buffer.js';

const decision = (permission: string): Decision => ({
  scope: { tenant_id: 't', user_id: 'u', api_key_id: null },
  permission,
  result: 'denied',
  reason: 'not_granted',
  request: { request_id: 'r', ip: '127.0.0.1', user_agent: 'test', method: 'GET', route: '/x' },
});
const at = new Date('2026-01-01T00:00:00Z');

describe('decision buffer', () => {
  it('folds equal decisions of other requests into occurrences', () => {
    const buffer = new DecisionBuffer(10);
    for (const request_id of ['a', 'b', 'c'])
      buffer.add({ ...decision('users:read'), request: { ...decision('').request, request_id } }, at);
    buffer.add(decision('users:write'), at);
    expect(buffer.take(100).map(({ decision: { permission }, occurrences }) => [permission, occurrences])).toEqual([
      ['users:read', 3],
      ['users:write', 1],
    ]);
    expect(buffer.size).toBe(0);
  });

  it('refuses what finds no room, and still folds into what waits', () => {
    const buffer = new DecisionBuffer(2);
    expect(['a:read', 'b:read', 'c:read', 'a:read'].map((name) => buffer.add(decision(name), at))).toEqual([true, true, false, true]);
  });

  it('takes the oldest first and counts what cannot be put back', () => {
    const buffer = new DecisionBuffer(2);
    buffer.add(decision('a:read'), at);
    buffer.add(decision('a:read'), at);
    buffer.add(decision('b:read'), at);
    const taken = buffer.take(1);
    expect(taken[0]?.decision.permission).toBe('a:read');
    buffer.add(decision('c:read'), at);
    expect(buffer.restore(taken)).toBe(2);
  });
});
