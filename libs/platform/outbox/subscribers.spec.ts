import { Subscribers } from './subscribers.js';

const queued = (name: string) => ({ name, mode: 'queued', handle: () => Promise.resolve() }) as const;
const inTransaction = (name: string) => ({ name, mode: 'in_transaction', handle: () => Promise.resolve() }) as const;

describe('Subscribers', () => {
  it('keeps both kinds by type', () => {
    const subscribers = new Subscribers();
    subscribers.subscribe('role.created', queued('mail.announce'));
    subscribers.subscribe('role.created', inTransaction('rbac.count'));
    subscribers.subscribe('role.deleted', queued('mail.regret'));
    subscribers.fanOut({ name: 'webhooks.match', run: () => Promise.resolve() });
    expect(subscribers.queued('role.created').map((s) => s.name)).toEqual(['mail.announce']);
    expect(subscribers.inTransaction('role.created').map((s) => s.name)).toEqual(['rbac.count']);
    expect(subscribers.inTransaction('role.updated')).toEqual([]);
    expect(subscribers.queuedNames).toEqual(['mail.announce', 'mail.regret']);
    expect(subscribers.types).toEqual(['role.created', 'role.deleted']);
    expect(subscribers.find('rbac.count')).toBeNull();
    expect(subscribers.fanOuts).toHaveLength(1);
  });

  it('refuses a name twice, over all kinds', () => {
    const subscribers = new Subscribers();
    subscribers.subscribe('role.created', queued('mail.announce'));
    expect(() => subscribers.subscribe('role.deleted', inTransaction('mail.announce'))).toThrow('twice');
    expect(() => subscribers.fanOut({ name: 'mail.announce', run: () => Promise.resolve() })).toThrow('twice');
  });

  it('refuses a type that does not exist and a name without a module', () => {
    const subscribers = new Subscribers();
    expect(() => subscribers.subscribe('role.exploded' as 'role.created', queued('mail.announce'))).toThrow('role.exploded');
    expect(() => subscribers.subscribe('toString' as 'role.created', queued('mail.announce'))).toThrow('toString');
    expect(() => subscribers.subscribe('role.created', queued('announce'))).toThrow('<module>.<verb>');
  });
});
