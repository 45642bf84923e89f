import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  conclude,
  readLegacy,
  readStandard,
  refuse,
  WebhookVerificationError,
  type Claim,
  type GivenBody,
  type LegacyVerdict,
  type Options,
  type Secrets,
  type Verdict,
  type WebhookHeaders,
} from './rules.js';

export { REFUSALS, webhookId, WebhookVerificationError } from './rules.js';
export type { GivenBody, LegacyVerdict, Options, RawBody, Refusal, RefusalCode, Secrets, Verdict, WebhookHeaders } from './rules.js';

/**
 * Judges a delivery by `webhook-id`, `webhook-timestamp` and `webhook-signature`, and says why it refuses. Never throws, whatever was sent.
 * The answer is an object: ask its `ok`.
 */
export function check(rawBody: GivenBody, headers: WebhookHeaders, secrets: Secrets, options: Options = {}): Verdict {
  const claim = readStandard(rawBody, headers, secrets, options);
  return claim.ok ? conclude(claim, proves(claim)) : claim;
}

/** The payload of a delivery that `check` accepts; throws {@link WebhookVerificationError} with its `code` otherwise. */
export function verify(rawBody: GivenBody, headers: WebhookHeaders, secrets: Secrets, options: Options = {}): unknown {
  const verdict = check(rawBody, headers, secrets, options);
  if (!verdict.ok) throw new WebhookVerificationError(verdict);
  return verdict.payload;
}

/** Judges a delivery by `X-Webhook-Signature` alone, and says why it refuses. Never throws. It cannot tell a repeat: prefer `check`. */
export function checkLegacy(rawBody: GivenBody, signature: string | readonly string[] | null | undefined, secrets: Secrets): LegacyVerdict {
  const claim = readLegacy(rawBody, signature, secrets);
  if (!claim.ok) return claim;
  return proves(claim) ? { ok: true } : refuse('no_match');
}

/** Whether `checkLegacy` accepts. Never throws. */
export const verifyLegacy = (rawBody: GivenBody, signature: string | readonly string[] | null | undefined, secrets: Secrets): boolean =>
  checkLegacy(rawBody, signature, secrets).ok;

/** Compares every pair, so that the time tells neither which secret fits nor how far. Lengths are equal: the claim holds whole signatures only. */
function proves({ content, keys, signatures, encoding }: Claim): boolean {
  let proved = false;
  for (const key of keys) {
    const expected = Buffer.from(createHmac('sha256', key).update(content).digest(encoding));
    for (const signature of signatures) if (timingSafeEqual(Buffer.from(signature), expected)) proved = true;
  }
  return proved;
}
