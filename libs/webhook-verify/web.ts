/** The same checks on WebCrypto: browsers, edge runtimes, Deno, Bun. The secret never leaves the page. */
import { keysOf, legacyOf, messageOf, type HeadersLike, type VerifyOptions } from './message.js';
import { WebhookVerificationError } from './verification-error.js';

export { webhookId, type HeadersLike, type VerifyOptions } from './message.js';
export { WebhookVerificationError, type VerificationErrorCode } from './verification-error.js';

/** As `verify` of the Node entry, asynchronous. @throws WebhookVerificationError with a `code` */
export async function verify(
  rawBody: string | Uint8Array,
  headers: HeadersLike,
  secret: string | readonly string[],
  options: VerifyOptions = {},
): Promise<unknown> {
  const message = messageOf(rawBody, headers, options);
  for (const key of keysOf(secret)) {
    for (const signature of message.signatures) {
      if (await matches(key, signature, message.signed)) return JSON.parse(message.text);
    }
  }
  throw new WebhookVerificationError('no_match');
}

/** As `verifyLegacy` of the Node entry, asynchronous. Never rejects. */
export async function verifyLegacy(
  rawBody: string | Uint8Array,
  signature: string | readonly string[] | null | undefined,
  secret: string | readonly string[],
): Promise<boolean> {
  const given = legacyOf(rawBody, signature, secret);
  if (given === null) return false;
  for (const key of given.keys) if (await matches(key, given.signature, given.body)) return true;
  return false;
}

/** `subtle.verify` compares in constant time. */
async function matches(key: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const hmac = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  return crypto.subtle.verify('HMAC', hmac, signature, data);
}
