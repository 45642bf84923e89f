import { createHmac } from 'node:crypto';
import type { SendRequest, SigningSecrets } from './types.js';

/** `msg_` and the 32 hex digits of the delivery: no `.`, which divides the signed text. */
export const webhookIdOf = (delivery_id: string): string => `msg_${delivery_id.replaceAll('-', '')}`;

/**
 * The headers that are ours, made anew for each attempt. `now_s`: host time in whole seconds.
 * One secret of 64 hex characters serves three schemes: its text signs the body for `X-Webhook-Signature`; what it says as base64
 * signs `id.timestamp.body` as Standard Webhooks asks, and its text does so too for verifiers that take the secret as it is.
 */
export function ownHeaders(request: Omit<SendRequest, 'url' | 'headers' | 'timeout_ms'>, now_s: number): Record<string, string> {
  const { body, secrets } = request;
  const id = webhookIdOf(request.delivery_id);
  return {
    'content-type': 'application/json',
    'user-agent': 'Tenantry-Webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(now_s),
    'webhook-signature': standardSignatures(secrets, `${id}.${now_s}.${body}`),
    ...legacySignatures(secrets, body),
    'x-webhook-event': request.event_type,
    'x-webhook-delivery': request.delivery_id,
    'x-webhook-attempt': String(request.attempt),
    ...(request.traceparent === undefined ? {} : { traceparent: request.traceparent }),
  };
}

/** During a rotation both secrets sign, the new one first. */
function standardSignatures({ current, next }: SigningSecrets, signed: string): string {
  const secrets = next === undefined ? [current] : [next, current];
  return secrets
    .flatMap((secret) => [Buffer.from(secret, 'base64'), Buffer.from(secret, 'utf8')])
    .map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
    .join(' ');
}

/** One signature of exactly 64 characters, never a list: verifiers in use throw on another length. */
function legacySignatures({ current, next, legacy = 'current' }: SigningSecrets, body: string): Record<string, string> {
  const sign = (secret: string) => createHmac('sha256', secret).update(body).digest('hex');
  if (next === undefined) return { 'x-webhook-signature': sign(current) };
  return { 'x-webhook-signature': sign(legacy === 'next' ? next : current), 'x-webhook-signature-next': sign(next) };
}
