import { createHmac } from 'node:crypto';
import type { SigningSecrets } from './types.js';

/** What is signed. `body` are the very bytes that are sent. */
export interface Signed {
  readonly webhook_id: string;
  /** Whole seconds, of this attempt. */
  readonly timestamp_s: number;
  readonly body: Buffer;
}

/** `msg_` and the delivery's 32 hex digits: no `.`, which separates the parts of what is signed. */
export function webhookId(delivery_id: string): string {
  return `msg_${delivery_id.replaceAll('-', '')}`;
}

/**
 * The signatures of one attempt, for every verifier that is about:
 * `webhook-signature` (Standard Webhooks) has two entries a secret. The text of 64 hex characters is valid base64 too, and that is how the
 * libraries read it; those told that the key is raw text need the second. While a rotation is open both secrets sign, the new one first.
 * `X-Webhook-Signature` holds exactly one, hex over the body alone: its readers compare lengths first.
 */
export function signatureHeaders(signed: Signed, secrets: SigningSecrets): Record<string, string> {
  const { current, next } = secrets;
  const legacy = secrets.legacy === 'next' && next !== undefined ? next : current;
  return {
    'webhook-id': signed.webhook_id,
    'webhook-timestamp': String(signed.timestamp_s),
    'webhook-signature': (next === undefined ? [current] : [next, current]).flatMap((secret) => standard(signed, secret)).join(' '),
    'x-webhook-signature': hexOf(signed.body, legacy),
    ...(next === undefined ? {} : { 'x-webhook-signature-next': hexOf(signed.body, next) }),
  };
}

function standard({ webhook_id, timestamp_s, body }: Signed, secret: string): string[] {
  return [Buffer.from(secret, 'base64'), Buffer.from(secret, 'utf8')].map(
    (key) => `v1,${createHmac('sha256', key).update(`${webhook_id}.${timestamp_s}.`).update(body).digest('base64')}`,
  );
}

const hexOf = (body: Buffer, secret: string): string => createHmac('sha256', secret).update(body).digest('hex');
