import { auditQuery } from './audit-query';

const NOW = Date.parse('2026-03-12T12:00:00Z');

describe('auditQuery', () => {
  it('turns a relative time into an instant', () =>
    expect(auditQuery({ since: '24h' }, undefined, NOW).from).toBe('2026-03-11T12:00:00.000Z'));
  it('reads a bare word as a family of actions', () => {
    expect(auditQuery({ action: 'member' }, undefined, NOW).action).toBe('member.*');
    expect(auditQuery({ action: 'member.updated' }, undefined, NOW).action).toBe('member.updated');
    expect(auditQuery({ action: '  ' }, undefined, NOW).action).toBeUndefined();
  });
  it('passes the other filters on', () =>
    expect(auditQuery({ actor: 'x', outcome: 'denied', cursor: 'c' }, 50, NOW)).toMatchObject({
      actor_id: 'x',
      outcome: 'denied',
      cursor: 'c',
      limit: 50,
    }));
});
