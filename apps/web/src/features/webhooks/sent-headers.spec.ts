import { SIGNING_HEADERS, sentHeaders } from './sent-headers';

it('lists what is no secret, with the number of the last send', () => {
  const delivery = { delivery_id: '0192f0c1-0000-7000-8000-000000000001', event_type: 'order.created', attempts: 3 };
  expect(sentHeaders(delivery)).toEqual([
    ['content-type', 'application/json'],
    ['user-agent', 'Tenantry-Webhooks/1'],
    ['webhook-id', 'msg_0192f0c1000070008000000000000001'],
    ['x-webhook-event', 'order.created'],
    ['x-webhook-delivery', delivery.delivery_id],
    ['x-webhook-attempt', '3'],
  ]);
  expect(sentHeaders({ ...delivery, attempts: 0 }).at(-1)).toEqual(['x-webhook-attempt', '1']);
  for (const [name] of sentHeaders(delivery)) expect(SIGNING_HEADERS).not.toContain(name);
});
