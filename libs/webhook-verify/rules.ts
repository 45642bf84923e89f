/**
 * What both entries know: how a signed delivery is laid out, in which order it is judged, and what each refusal is called. Only the HMAC is
 * left to them, because Node has it at once and WebCrypto as a promise.
 */

/** The body as it came over the wire, before any JSON parser: bytes, or the text they decode to. */
export type RawBody = string | Uint8Array;
/** As frameworks type it, which may have no body: that is refused as `body_not_raw`. */
export type GivenBody = RawBody | null | undefined;

/** Headers of Node, of `fetch` (`Headers`), or any plain object; names in any case. */
export type WebhookHeaders =
  { get(name: string): string | null | undefined } | Readonly<Record<string, string | readonly string[] | undefined>>;

/** One secret, or several while one replaces another: a signature by any of them is accepted. Hex and `whsec_` are the same secret. */
export type Secrets = string | readonly (string | undefined)[] | undefined;

export interface Options {
  /** How far the clocks may be apart, in seconds, either way. Default 300. */
  readonly tolerance_s?: number;
  /** The time to judge by; default: this machine's. */
  readonly now?: Date;
}

/** Why a delivery is refused; the first that applies, in this order. */
export const REFUSALS = {
  body_not_raw:
    'The body is not a string or bytes, so it was parsed already and the signed text is lost. Read it raw: express.raw({ type: "*/*" }), request.text(), rawBody.',
  missing_secret: 'No secret was given. Is the environment variable set?',
  missing_header:
    'A header is missing: webhook-id, webhook-timestamp and webhook-signature, or X-Webhook-Signature, must all reach this code.',
  bad_timestamp: 'webhook-timestamp is not a whole number of seconds since 1970.',
  too_old: 'webhook-timestamp lies further back than the tolerance: an old request sent again, or a clock that is wrong.',
  too_new: 'webhook-timestamp lies further ahead than the tolerance: a clock is wrong.',
  bad_signature: 'The header holds no signature of a known shape: it was cut, or belongs to another scheme.',
  no_match: 'No signature fits: another secret, or a body that is not byte for byte the one sent.',
  body_not_json: 'The signature fits, but the body is not JSON.',
} as const;

export type RefusalCode = keyof typeof REFUSALS;
/** `message` is for logs and people; programs look at `code`. */
export type Refusal = { readonly ok: false; readonly code: RefusalCode; readonly message: string };

/** `id` is the same for every repeat of a delivery; `timestamp` is its signing time in Unix seconds; `payload` the parsed body. */
export type Verdict = { readonly ok: true; readonly id: string; readonly timestamp: number; readonly payload: unknown } | Refusal;
export type LegacyVerdict = { readonly ok: true } | Refusal;

/** Thrown by `verify`, and by nothing else here. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
  readonly code: RefusalCode;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.code = refusal.code;
  }
}

type Bytes = Uint8Array<ArrayBuffer>;

/** What a request claims: one of `signatures` is the HMAC-SHA256 of `content` under one of `keys`. All signatures have the length of `encoding`'s. */
export interface Claim {
  readonly ok: true;
  readonly content: Bytes;
  readonly keys: readonly Bytes[];
  readonly signatures: readonly string[];
  readonly encoding: 'hex' | 'base64';
}
export interface StandardClaim extends Claim {
  readonly id: string;
  readonly timestamp: number;
  readonly body: Bytes;
}

const V1 = /^v1,([A-Za-z0-9+/]{43}=)$/;
const HEX = /^[0-9a-f]{64}$/;
// Plain decimal, as it was signed: `1e9`, `+5`, `05` and milliseconds are refused.
const SECONDS = /^(?:0|[1-9][0-9]{0,10})$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** The least that Standard Webhooks allows. Shorter text that happens to be base64 is text: its decoded form would be easy to guess. */
const LEAST_KEY_BYTES = 24;

/** Reads the headers of Standard Webhooks. Never throws. */
export function readStandard(
  rawBody: unknown,
  headers: WebhookHeaders | null | undefined,
  secrets: Secrets,
  options: Options,
): StandardClaim | Refusal {
  const body = bytesOf(rawBody);
  if (!body) return refuse('body_not_raw');
  const keys = textsOf(secrets).flatMap(keysOf);
  if (keys.length === 0) return refuse('missing_secret');
  const id = headerOf(headers, 'webhook-id');
  const sent = headerOf(headers, 'webhook-timestamp');
  const list = headerOf(headers, 'webhook-signature');
  if (!id || !sent || !list) return refuse('missing_header');
  if (!SECONDS.test(sent)) return refuse('bad_timestamp');
  const timestamp = Number(sent);
  const { tolerance_s = 300, now = new Date() } = options;
  const age_s = Math.floor(now.getTime() / 1000) - timestamp;
  // Asked so that a NaN refuses.
  if (!(age_s <= tolerance_s)) return refuse('too_old');
  if (!(-age_s <= tolerance_s)) return refuse('too_new');
  const signatures = list.split(' ').flatMap((entry) => V1.exec(entry)?.[1] ?? []);
  if (signatures.length === 0) return refuse('bad_signature');
  return { ok: true, id, timestamp, body, content: joined(utf8(`${id}.${sent}.`), body), keys, signatures, encoding: 'base64' };
}

/** Reads `X-Webhook-Signature`: hex over the body alone, under the secret's text. Never throws. */
export function readLegacy(rawBody: unknown, signature: unknown, secrets: Secrets): Claim | Refusal {
  const content = bytesOf(rawBody);
  if (!content) return refuse('body_not_raw');
  const keys = textsOf(secrets).map(utf8);
  if (keys.length === 0) return refuse('missing_secret');
  if (signature == null || signature === '') return refuse('missing_header');
  if (typeof signature !== 'string' || !HEX.test(signature)) return refuse('bad_signature');
  return { ok: true, content, keys, signatures: [signature], encoding: 'hex' };
}

/** The verdict on a claim, once its signatures were compared. */
export function conclude({ id, timestamp, body }: StandardClaim, proved: boolean): Verdict {
  if (!proved) return refuse('no_match');
  try {
    return { ok: true, id, timestamp, payload: JSON.parse(new TextDecoder().decode(body)) as unknown };
  } catch {
    return refuse('body_not_json');
  }
}

export const refuse = (code: RefusalCode): Refusal => ({ ok: false, code, message: REFUSALS[code] });

/** `webhook-id`, the key to drop repeats by: the same for every attempt and replay of one delivery. Trust it only after `verify`. */
export const webhookId = (headers: WebhookHeaders | null | undefined): string | undefined => headerOf(headers, 'webhook-id');

function headerOf(headers: WebhookHeaders | null | undefined, name: string): string | undefined {
  if (headers === null || typeof headers !== 'object') return undefined;
  const value: unknown =
    typeof headers.get === 'function' ? headers.get(name) : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  const only: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return typeof only === 'string' ? only : undefined;
}

/** Both notations of a secret as one text; nothing empty, for an empty key is one that everybody has. */
function textsOf(secrets: Secrets): string[] {
  const list: readonly unknown[] = Array.isArray(secrets) ? secrets : [secrets];
  return list.flatMap((secret) => (typeof secret === 'string' ? secret.replace(/^whsec_/, '') : '') || []);
}

/** Tenantry signs with the secret's base64 value and with its text, so that libraries of either habit accept; both prove the secret. */
function keysOf(text: string): Bytes[] {
  const decoded = BASE64.test(text) ? Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)) : undefined;
  return decoded && decoded.length >= LEAST_KEY_BYTES ? [decoded, utf8(text)] : [utf8(text)];
}

function bytesOf(rawBody: unknown): Bytes | undefined {
  if (typeof rawBody === 'string') return utf8(rawBody);
  // Not instanceof: bytes of another realm (a test runner's, a frame's) are bytes, too.
  return ArrayBuffer.isView(rawBody) ? joined(new Uint8Array(rawBody.buffer, rawBody.byteOffset, rawBody.byteLength)) : undefined;
}

const utf8 = (text: string): Bytes => joined(new TextEncoder().encode(text));

function joined(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
