import { DeliveryChanges } from './delivery-changes.js';

const ID = (n: number): string => `0197e2a4-6f00-7c3d-8a51-${String(n).padStart(12, '0')}`;
const delivery = (n: number, status = 'success', tenant_id = 'a') => ({ tenant_id, webhook_id: ID(0), delivery_id: ID(n), status });

describe('DeliveryChanges', () => {
  it('tells the last state of each, once', () => {
    const changes = new DeliveryChanges();
    changes.add('webhooks', delivery(1, 'pending'));
    changes.add('webhooks', delivery(2));
    changes.add('webhooks', delivery(1, 'dlq'));
    expect(changes.take(4)).toEqual([
      {
        tenant_id: 'a',
        topic: 'webhooks',
        deliveries: [
          { webhook_id: ID(0), delivery_id: ID(1), status: 'dlq' },
          { webhook_id: ID(0), delivery_id: ID(2), status: 'success' },
        ],
        more: false,
      },
    ]);
    expect([changes.isEmpty, changes.take(4)]).toEqual([true, []]);
  });

  it('names as many as a message holds, and says that there are more', () => {
    const changes = new DeliveryChanges();
    for (let n = 0; n < 1_000; n += 1) changes.add('webhooks', delivery(n, 'delivering'));
    changes.add('webhooks', delivery(3, 'cancelled')); // one that has a place keeps it
    const [told] = changes.take(4);
    expect(told?.deliveries).toHaveLength(25);
    expect(told?.deliveries[3]?.status).toBe('cancelled');
    expect(told?.more).toBe(true);
    expect(Buffer.byteLength(JSON.stringify({ deliveries: told?.deliveries, more: true }))).toBeLessThan(4_096);
  });

  it('gives each tenant so many messages at once, its oldest first, and keeps the rest', () => {
    const changes = new DeliveryChanges();
    for (const topic of ['t1', 't2', 't3']) changes.add(topic, delivery(1));
    changes.add('t9', delivery(1, 'success', 'b'));
    const named = (): string[] => changes.take(2).map(({ tenant_id, topic }) => `${tenant_id} ${topic}`);
    expect(named()).toEqual(['a t1', 'a t2', 'b t9']);
    changes.add('t1', delivery(2));
    expect(named()).toEqual(['a t3', 'a t1']);
    expect(changes.isEmpty).toBe(true);
  });
});
