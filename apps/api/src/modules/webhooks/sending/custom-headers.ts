import { invalid, type FieldError } from '#contracts/errors.js';

const MOST = 20;
const MOST_BYTES = 4_096;

/** Ours, the connection's, or such as a proxy on the way would act on. */
const RESERVED = new Set([
  'connection', 'cookie', 'expect', 'host', 'keep-alive', 'te', 'traceparent', 'tracestate', 'trailer', 'transfer-encoding', 'upgrade', 'user-agent',
]); // prettier-ignore
const RESERVED_PREFIXES = ['content-', 'proxy-', 'webhook-', 'x-webhook-'];

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~\da-z]+$/i;
/** Printable ASCII and tabs: no CR, LF or NUL, and nothing whose encoding the receiver must guess. */
const VALUE = /^[\t\x20-\x7e]*$/;

/**
 * What a tenant may add to each send, values trimmed.
 * @throws Problem header_not_allowed for a reserved name; validation_failed for what is no header, one name twice, more than 20 or 4 KiB
 */
export function customHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(headers).map(([name, value]) => [name, value.trim()] as const);
  const reserved = entries.filter(([name]) => isReserved(name)).map(([name]) => refused(name, 'reserved', 'This header is reserved.'));
  if (reserved.length) throw invalid(reserved, 'header_not_allowed');
  const errors = [...entries.flatMap(malformed), ...repeated(entries.map(([name]) => name)), ...tooMuch(entries)];
  if (errors.length) throw invalid(errors);
  return Object.fromEntries(entries);
}

function isReserved(name: string): boolean {
  const lower = name.trim().toLowerCase();
  return RESERVED.has(lower) || RESERVED_PREFIXES.some((prefix) => lower.startsWith(prefix));
}

function malformed([name, value]: readonly [string, string]): FieldError[] {
  if (!TOKEN.test(name)) return [refused(name, 'header_name', 'A header name has letters, digits and hyphens.')];
  return VALUE.test(value) ? [] : [refused(name, 'header_value', 'A header value is printable ASCII in one line.')];
}

function repeated(names: readonly string[]): FieldError[] {
  const lower = names.map((name) => name.toLowerCase());
  return names.filter((_, i) => lower.indexOf(lower[i] ?? '') < i).map((name) => refused(name, 'repeated', 'A header is given once.'));
}

function tooMuch(entries: readonly (readonly [string, string])[]): FieldError[] {
  const bytes = entries.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  if (entries.length <= MOST && bytes <= MOST_BYTES) return [];
  return [{ field: '/headers', code: 'too_many', message: 'At most 20 headers and 4 KiB.' }];
}

const refused = (name: string, code: string, message: string): FieldError => ({
  field: `/headers/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
  code,
  message,
});
