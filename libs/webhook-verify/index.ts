/** What a consumer of webhooks installs: nothing else is needed. For browsers and edge runtimes: `./web`. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { keysOf, legacyOf, messageOf, type HeadersLike, type VerifyOptions } from './message.js';
import { WebhookVerificationError } from './verification-error.js';

export { webhookId, type HeadersLike, type VerifyOptions } from './message.js';
export { WebhookVerificationError, type VerificationErrorCode } from './verification-error.js';

/**
 * Checks a message by the Standard Webhooks headers and gives its payload.
 *
 *     const event = verify(request.rawBody, request.headers, process.env.WEBHOOK_SECRET);
 *
 * `secret` is what was shown at creation, with or without `whsec_`; give old and new while a rotation is open.
 * @throws WebhookVerificationError with a `code`; SyntaxError if what was signed is no JSON
 */
export function verify(
  rawBody: string | Uint8Array,
  headers: HeadersLike,
  secret: string | readonly string[],
  options: VerifyOptions = {},
): unknown {
  const message = messageOf(rawBody, headers, options);
  const expected = keysOf(secret).map((key) => hmac(key, message.signed));
  if (!message.signatures.some((given) => expected.some((one) => equal(given, one)))) throw new WebhookVerificationError('no_match');
  return JSON.parse(message.text);
}

/**
 * Checks `X-Webhook-Signature`, the hex HMAC of the raw body. Never throws, whatever it is given.
 * The header holds no time, so it does not tell a replay: prefer `verify`.
 */
export function verifyLegacy(
  rawBody: string | Uint8Array,
  signature: string | readonly string[] | null | undefined,
  secret: string | readonly string[],
): boolean {
  const given = legacyOf(rawBody, signature, secret);
  return given !== null && given.keys.some((key) => equal(given.signature, hmac(key, given.body)));
}

const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac('sha256', key).update(data).digest();

/** `timingSafeEqual` throws on another length, which is no secret. */
const equal = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);
