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
  const { body, secrets, delivery_id, traceparent } = request;
  const { current, next } = secrets;
  const id = webhookIdOf(delivery_id);
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': 'Tenantry-Webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(now_s),
    'webhook-signature': standardSignatures(secrets, `${id}.${now_s}.${body}`),
    'x-webhook-signature': legacySignature(next !== undefined && secrets.legacy === 'next' ? next : current, body),
    'x-webhook-event': request.event_type,
    'x-webhook-delivery': delivery_id,
    'x-webhook-attempt': String(request.attempt),
  };
  if (next !== undefined) headers['x-webhook-signature-next'] = legacySignature(next, body);
  if (traceparent !== undefined) headers['traceparent'] = traceparent;
  return headers;
}

/** During a rotation both secrets sign, the new one first. */
function standardSignatures({ current, next }: SigningSecrets, signed: string): string {
  return next === undefined ? signatures(current, signed) : `${signatures(next, signed)} ${signatures(current, signed)}`;
}

const signatures = (secret: string, signed: string): string =>
  `v1,${hmac(Buffer.from(secret, 'base64'), signed, 'base64')} v1,${hmac(secret, signed, 'base64')}`;

/** One signature of exactly 64 characters, never a list: verifiers in use throw on another length. */
const legacySignature = (secret: string, body: string): string => hmac(secret, body, 'hex');

const hmac = (key: string | Buffer, text: string, encoding: 'hex' | 'base64'): string =>
  createHmac('sha256', key).update(text).digest(encoding);
