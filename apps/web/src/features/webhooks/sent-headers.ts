/** The headers of a delivery as a person reads them. Pure. */
import type { DeliveryDetail } from '../../lib/types';

/** Made anew for each send from its time and the secrets of that moment; they are not kept. */
export const SIGNING_HEADERS = ['webhook-timestamp', 'webhook-signature', 'x-webhook-signature'] as const;

/** What was sent with a delivery and is no secret, as its last send had it. Before the first send: as that will have it. */
export const sentHeaders = ({
  delivery_id,
  event_type,
  attempts,
}: Pick<DeliveryDetail, 'delivery_id' | 'event_type' | 'attempts'>): [name: string, value: string][] => [
  ['content-type', 'application/json'],
  ['user-agent', 'Tenantry-Webhooks/1'],
  ['webhook-id', `msg_${delivery_id.replaceAll('-', '')}`],
  ['x-webhook-event', event_type],
  ['x-webhook-delivery', delivery_id],
  ['x-webhook-attempt', String(Math.max(1, attempts))],
];
