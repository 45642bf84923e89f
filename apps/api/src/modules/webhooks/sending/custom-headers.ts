import { invalid, type FieldError } from '#contracts/errors.js';

const MAX_HEADERS = 20;
const MAX_BYTES = 4_096;
/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Printable ASCII, space and tab: all that every receiver reads alike. No CR, LF or NUL above all. */
const VALUE = /^[\t\x20-\x7e]*$/;
const RESERVED: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'cookie',
  'traceparent',
  'user-agent', // prettier-ignore
]);
const RESERVED_PREFIXES = ['webhook-', 'x-webhook-', 'content-', 'proxy-'];

/**
 * The tenant's own headers, names in lower case.
 * @throws Problem header_not_allowed for reserved names and what cannot be sent, validation_failed for too many
 */
export function customHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(headers).map(([name, value]) => [name, name.toLowerCase(), value] as const);
  const bytes = entries.reduce((sum, [name, , value]) => sum + name.length + value.length, 0);
  if (entries.length > MAX_HEADERS) throw invalid([{ field: '/headers', code: 'too_many', message: `At most ${MAX_HEADERS} headers.` }]);
  if (bytes > MAX_BYTES) throw invalid([{ field: '/headers', code: 'too_long', message: `At most ${MAX_BYTES} bytes of headers.` }]);
  const seen = new Set<string>();
  const errors = entries.flatMap(([given, name, value]): FieldError[] => {
    const code = refusal(name, value) ?? (seen.has(name) ? REPEATED : null);
    seen.add(name);
    return code === null ? [] : [{ field: `/headers/${pointer(given)}`, ...code }];
  });
  if (errors.length > 0) throw invalid(errors, 'header_not_allowed');
  return Object.fromEntries(entries.map(([, name, value]) => [name, value]));
}

const REPEATED = { code: 'repeated', message: 'The header is given twice.' };

function refusal(name: string, value: string): { code: string; message: string } | null {
  if (!TOKEN.test(name)) return { code: 'bad_name', message: 'This is no name of a header.' };
  if (RESERVED.has(name) || RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix))) {
    return { code: 'reserved', message: 'The header is reserved.' };
  }
  return VALUE.test(value) ? null : { code: 'bad_value', message: 'A header holds one line of plain characters.' };
}

/** RFC 6901 §3. */
const pointer = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
