import { WebhookVerificationError } from './verification-error.js';

/** Node's `request.headers`, a fetch `Headers`, or any plain object; names in any case. */
export type HeadersLike =
  { get(name: string): string | null | undefined } | { readonly [name: string]: string | readonly string[] | undefined };

export interface VerifyOptions {
  /** How far the sender's clock may be from ours, in seconds. Default 300. */
  readonly tolerance_s?: number;
  /** Default: the clock of this machine. */
  readonly now?: Date;
}

export interface Message {
  /** What the signature covers: `id.timestamp.body`. */
  readonly signed: Uint8Array<ArrayBuffer>;
  readonly text: string;
  /** The `v1` signatures of the header, decoded. Other versions are left out. */
  readonly signatures: readonly Uint8Array<ArrayBuffer>[];
}

const PREFIX = 'whsec_';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const LEGACY_SIGNATURE = /^[0-9a-f]{64}$/;

/** The value of `webhook-id`, the same at every attempt and replay: do nothing the second time you see it. null when it is missing. */
export function webhookId(headers: HeadersLike): string | null {
  return headerOf(headers, 'webhook-id');
}

/** @throws WebhookVerificationError for all that is wrong before any key is tried */
export function messageOf(
  rawBody: string | Uint8Array,
  headers: HeadersLike,
  { tolerance_s = 300, now = new Date() }: VerifyOptions,
): Message {
  const body = bytesOf(rawBody);
  if (body === null) throw new WebhookVerificationError('body_not_raw');
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const signature = headerOf(headers, 'webhook-signature');
  if (!id || !timestamp || !signature) throw new WebhookVerificationError('missing_header');
  if (!/^\d{1,12}$/.test(timestamp)) throw new WebhookVerificationError('bad_timestamp');
  const age_s = Math.floor(now.getTime() / 1000) - Number(timestamp);
  if (age_s > tolerance_s) throw new WebhookVerificationError('too_old');
  if (-age_s > tolerance_s) throw new WebhookVerificationError('too_new');
  return {
    signed: joined(utf8(`${id}.${timestamp}.`), body),
    text: typeof rawBody === 'string' ? rawBody : new TextDecoder().decode(body),
    signatures: signature.split(' ').flatMap((entry) => {
      const [version, value = ''] = entry.split(',');
      const bytes = version === 'v1' ? fromBase64(value) : null;
      return bytes === null ? [] : [bytes];
    }),
  };
}

/** The keys a secret may stand for: its text, and what it says in base64. One secret of ours serves as both. */
export function keysOf(secret: string | readonly string[]): readonly Uint8Array<ArrayBuffer>[] {
  return texts(secret).flatMap((text) => {
    const decoded = fromBase64(text);
    return decoded === null || decoded.length === 0 ? [utf8(text)] : [decoded, utf8(text)];
  });
}

/** What `verifyLegacy` compares; null when the answer is no without any key. */
export function legacyOf(
  rawBody: unknown,
  signature: unknown,
  secret: string | readonly string[],
): {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
  readonly keys: readonly Uint8Array<ArrayBuffer>[];
} | null {
  const body = bytesOf(rawBody);
  if (body === null || typeof signature !== 'string' || !LEGACY_SIGNATURE.test(signature)) return null;
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(signature.slice(2 * i, 2 * i + 2), 16));
  return { body, signature: bytes, keys: texts(secret).map(utf8) };
}

function texts(secret: unknown): string[] {
  const all: unknown[] = Array.isArray(secret) ? secret : [secret];
  return all
    .filter((one): one is string => typeof one === 'string' && one !== '')
    .map((one) => (one.startsWith(PREFIX) ? one.slice(PREFIX.length) : one))
    .filter((one) => one !== '');
}

function headerOf(headers: HeadersLike, name: string): string | null {
  if (typeof headers.get === 'function') return headers.get(name) ?? null;
  for (const [key, value] of Object.entries(headers as Record<string, string | readonly string[] | undefined>)) {
    if (key.toLowerCase() === name && value !== undefined) return typeof value === 'string' ? value : (value[0] ?? null);
  }
  return null;
}

/** Only text and bytes are raw: whoever gives a parsed object has lost what was signed. */
function bytesOf(body: unknown): Uint8Array<ArrayBuffer> | null {
  if (typeof body === 'string') return utf8(body);
  return ArrayBuffer.isView(body) && body.constructor !== DataView
    ? new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength)
    : null;
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  return BASE64.test(text) ? Uint8Array.from(atob(text), (char) => char.charCodeAt(0)) : null;
}
