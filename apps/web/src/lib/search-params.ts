/**
 * Parsers of search parameters. Unknown keys are dropped, bad values fall to the default, defaults are not written.
 * `parse(write(x))` is `x` for every x that a parser accepts (property test).
 */
export interface Param<T> {
  /** Null or undefined in, or an unreadable value: the default. */
  parse(raw: unknown): T;
  /** Undefined: not written. */
  write(value: T): string | undefined;
}
type Shape = Readonly<Record<string, Param<unknown>>>;
export type SearchOf<S extends Shape> = { [K in keyof S]?: S[K] extends Param<infer T> ? Exclude<T, undefined> : never };

const asText = (raw: unknown): string | undefined =>
  typeof raw === 'string' ? raw : typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : undefined;
// Printable text only: a control character in an address is never typed by a person.
const CONTROL = /[\u0000-\u001f\u007f]/;

export function text(max = 200): Param<string | undefined> {
  const clean = (raw: unknown): string | undefined => {
    const value = asText(raw);
    return value === undefined || value === '' || value.length > max || CONTROL.test(value) ? undefined : value;
  };
  return { parse: clean, write: clean };
}

export function oneOf<const T extends string>(values: readonly T[]): Param<T | undefined> {
  const known = (raw: unknown): T | undefined => values.find((value) => value === asText(raw));
  return { parse: known, write: known };
}

export function matching(pattern: RegExp, max = 512): Param<string | undefined> {
  const known = (raw: unknown): string | undefined => {
    const value = asText(raw);
    return value !== undefined && value.length <= max && pattern.test(value) ? value : undefined;
  };
  return { parse: known, write: known };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const uuid = (): Param<string | undefined> => matching(UUID, 36);
export const cursor = (): Param<string | undefined> => matching(/^[A-Za-z0-9_.~-]{1,1024}$/, 1024);
export const limit = (): Param<'50' | '100' | undefined> => oneOf(['50', '100']);

/** `validateSearch` of a route: only declared keys, only good values. */
export function searchParser<const S extends Shape>(shape: S): (raw: Record<string, unknown>) => SearchOf<S> {
  return (raw) => {
    const parsed: Record<string, unknown> = {};
    for (const [key, param] of Object.entries(shape)) {
      const value = param.parse(raw[key]);
      if (value !== undefined) parsed[key] = value;
    }
    return parsed as SearchOf<S>;
  };
}

/** The router's own writing is JSON; ours is plain `key=value`, so that a person can read and type it. */
export const parseQuery = (query: string): Record<string, string> => Object.fromEntries(new URLSearchParams(query.replace(/^\?/, '')));
export function writeQuery(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    const written = asText(value);
    if (written !== undefined && written !== '') params.set(key, written);
  }
  const query = params.toString();
  return query === '' ? '' : `?${query}`;
}
