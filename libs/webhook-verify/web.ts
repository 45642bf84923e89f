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
 * The Node entry's `check` on WebCrypto: for browsers and edge runtimes. Never rejects for what was sent; a page that is neither https nor
 * localhost has no WebCrypto, and there it rejects with a TypeError.
 */
export async function check(rawBody: GivenBody, headers: WebhookHeaders, secrets: Secrets, options: Options = {}): Promise<Verdict> {
  const claim = readStandard(rawBody, headers, secrets, options);
  return claim.ok ? conclude(claim, await proves(claim)) : claim;
}

/** The payload of a delivery that `check` accepts; rejects with {@link WebhookVerificationError} and its `code` otherwise. */
export async function verify(rawBody: GivenBody, headers: WebhookHeaders, secrets: Secrets, options: Options = {}): Promise<unknown> {
  const verdict = await check(rawBody, headers, secrets, options);
  if (!verdict.ok) throw new WebhookVerificationError(verdict);
  return verdict.payload;
}

/** The Node entry's `checkLegacy` on WebCrypto. */
export async function checkLegacy(
  rawBody: GivenBody,
  signature: string | readonly string[] | null | undefined,
  secrets: Secrets,
): Promise<LegacyVerdict> {
  const claim = readLegacy(rawBody, signature, secrets);
  if (!claim.ok) return claim;
  return (await proves(claim)) ? { ok: true } : refuse('no_match');
}

/** Whether `checkLegacy` accepts. */
export const verifyLegacy = async (
  rawBody: GivenBody,
  signature: string | readonly string[] | null | undefined,
  secrets: Secrets,
): Promise<boolean> => (await checkLegacy(rawBody, signature, secrets)).ok;

async function proves({ content, keys, signatures, encoding }: Claim): Promise<boolean> {
  let proved = false;
  for (const raw of keys) {
    const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, content));
    const expected = encoding === 'hex' ? hex(mac) : btoa(String.fromCharCode(...mac));
    for (const signature of signatures) if (sameText(signature, expected)) proved = true;
  }
  return proved;
}

/** Looks at every character, for there is no timingSafeEqual here. Both have one length: the claim holds whole signatures only. */
function sameText(given: string, expected: string): boolean {
  let difference = given.length ^ expected.length;
  for (let at = 0; at < expected.length; at++) difference |= given.charCodeAt(at) ^ expected.charCodeAt(at);
  return difference === 0;
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
