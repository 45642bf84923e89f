import { createHash } from 'node:crypto';

/** A value that may stand in an audit event: no floats, no undefined. */
export type Canonical = string | number | boolean | null | readonly Canonical[] | { readonly [key: string]: Canonical };

/**
 * RFC 8785 over a fixed set: strings, safe integers, booleans, null, arrays, objects. Keys sorted by UTF-16 code unit, strings NFC.
 * What is hashed later is exactly this text. Source: specs/audit.md §2.1.
 * @throws Error on a float, an unsafe integer or a lone surrogate
 */
export function canonical(value: Canonical): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new Error('an audit event holds no floats and no unsafe integers');
    return String(value === 0 ? 0 : value);
  }
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${(value as Canonical[]).map(canonical).join(',')}]`;
  // Normalized before sorting: NFC can move a key to another place.
  const entries = Object.entries(value as Record<string, Canonical>).map(([key, inner]) => [text(key), inner] as const);
  return `{${entries
    .sort(([a], [b]) => ((JSON.parse(a) as string) < (JSON.parse(b) as string) ? -1 : 1))
    .map(([key, inner]) => `${key}:${canonical(inner)}`)
    .join(',')}}`;
}

function text(value: string): string {
  if (!isWellFormed(value)) throw new Error('an audit event holds no lone surrogates');
  return JSON.stringify(value.normalize('NFC'));
}
/** `String.prototype.isWellFormed` is not in the ES2023 library. */
const isWellFormed = (value: string): boolean => !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(value);

/** Commitment of a personal value: the chain keeps this, the value lies beside it and can be erased. */
export function commitment(salt: Buffer, field: string, value: string): string {
  return `c1:${createHash('sha256').update(salt).update('\0').update(field).update('\0').update(value).digest('base64url')}`;
}

/** Is this what `commitment` makes? */
export const isCommitment = (value: unknown): boolean => typeof value === 'string' && /^c1:[\w-]{43}$/.test(value);
