import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Codes of an authenticator app: RFC 6238 with SHA-1, six digits and steps of 30 s, which is what every app speaks. Pure: secret and time
 * are passed in.
 */
export const STEP_S = 30;
export const SECRET_BYTES = 20;
const DIGITS = 6;
/** Steps that a clock may be off, either way. */
const DRIFT = 1;

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648, without padding. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let rest = 0;
  for (const byte of bytes) {
    rest = (rest << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += BASE32.charAt((rest >>> (bits - 5)) & 31);
    rest &= (1 << bits) - 1;
  }
  return bits > 0 ? text + BASE32.charAt((rest << (5 - bits)) & 31) : text;
}

export const stepAt = (at: Date): number => Math.floor(at.getTime() / 1000 / STEP_S);

/** The code of a step (RFC 4226 §5.3). `digits` is for the vectors of the RFC, which have eight. */
export function codeOf(secret: Uint8Array, step: number, digits = DIGITS): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits).padStart(digits, '0');
}

/** The step whose code this is, at most one away from now; null: none. Every candidate is compared, in the same time. */
export function matchingStep(secret: Uint8Array, code: string, now: Date): number | null {
  if (!/^\d{6}$/.test(code)) return null;
  const current = stepAt(now);
  let found: number | null = null;
  for (let step = current - DRIFT; step <= current + DRIFT; step++)
    if (step >= 0 && timingSafeEqual(Buffer.from(codeOf(secret, step)), Buffer.from(code))) found = step;
  return found;
}

/** What the QR code says (Key Uri Format). Everything at its default is left out but the issuer, so that old apps understand it too. */
export function otpauthUri(about: { readonly issuer: string; readonly account: string; readonly secret: Uint8Array }): string {
  const label = `${encodeURIComponent(about.issuer)}:${encodeURIComponent(about.account)}`;
  return `otpauth://totp/${label}?secret=${base32(about.secret)}&issuer=${encodeURIComponent(about.issuer)}`;
}

/** Digits with blanks between them are how apps show a code. */
export const plainCode = (typed: string): string => typed.replace(/[\s-]+/g, '');
