import { Refused } from './errors.js';

declare const sqlBrand: unique symbol;

/** What metrics and logs may say about a statement: never its text or its values. All three come from the code, so they are bounded. */
export interface StatementLabel {
  /** `modules/stores/stores.repository.ts:41`: where the statement is defined. */
  readonly id: string;
  /** `select`, `insert`, `update`, `delete`, `merge`, or the first word. */
  readonly operation: string;
  /** The first table it names, `none` if it names none. */
  readonly table: string;
}

/** A statement: text that only the tag `sql` makes, so what a caller sends cannot become SQL. */
export interface Sql extends StatementLabel {
  readonly [sqlBrand]: true;
  readonly text: string;
  /** Prepared under this name on each connection that uses it. */
  readonly name?: string;
}

type Tag = (strings: TemplateStringsArray) => Sql;

/** 63 bytes is all that PostgreSQL keeps of a statement name; a leading underscore is ours (`_scope`). */
const NAME = /^[a-z][a-z0-9_.]{0,62}$/;
const textsByName = new Map<string, string>();

const genuine = new WeakSet<object>();

/** One call site always passes the same `strings` object, so a statement inside a function is made once. */
const made = new WeakMap<TemplateStringsArray, Sql>();

/**
 * ```ts
 * const LIST = sql`select store_id, name from stores where tenant_id = $1 order by name`;
 * const ITEM = sql.named('catalog.item')`select … from items where tenant_id = $1 and item_id = $2`;
 * ```
 * `${}` does not compile: values are parameters, lists are arrays (`= any($2)`). Name only what a hot path runs: a name costs about
 * 55 kB on each connection, and at most 200 are kept on one.
 */
export const sql: Tag & { readonly named: (name: string) => Tag } = Object.assign((strings: TemplateStringsArray) => define(strings, sql), {
  named(name: string): Tag {
    if (!NAME.test(name)) throw new Refused(`statement name ${name}: lower-case letters, digits, "." and "_", at most 63`);
    const tag: Tag = (strings) => define(strings, tag, name);
    return tag;
  },
});

function define(strings: TemplateStringsArray, tag: unknown, name?: string): Sql {
  const known = made.get(strings);
  if (known && known.name === name) return known;
  // The types say so already; this is for callers that the compiler has not seen.
  if (!Array.isArray(strings) || strings.length !== 1 || !Object.hasOwn(strings, 'raw'))
    throw new Refused('sql is a tag for a template without ${}');
  const text = (strings.raw[0] ?? '').trim(); // raw: a backslash of a regular expression stays one
  if (text === '') throw new Refused('sql without text');
  if (name !== undefined) {
    if ((textsByName.get(name) ?? text) !== text) throw new Refused(`statement name ${name} has two texts`);
    textsByName.set(name, text);
  }
  const statement = statementOf(text, placeOfCaller(tag), name);
  made.set(strings, statement);
  return statement;
}

/** For `libs/platform/db` alone (TypeORM's statements, its own): text that does not come from the tag. Not exported from index.ts. */
export function statementOf(text: string, id: string, name?: string): Sql {
  const statement = Object.freeze({ text, id, ...labels(text), ...(name === undefined ? {} : { name }) }) as unknown as Sql;
  genuine.add(statement);
  return statement;
}

/** Was it made here? The brand is for the compiler; this is for `any` and for JavaScript. */
export const isSql = (value: unknown): value is Sql => typeof value === 'object' && value !== null && genuine.has(value);

const FIRST_WORD = /^(?:\s|--[^\n]*\n|\/\*[^]*?\*\/|\()*([a-z]+)/i;
const CHANGE_IN_WITH = /\b(insert|update|delete|merge)\b\s+(?:into|from|only\s+)?\s*"?[a-z_]/i;
const NAME_OF_TABLE = '(?:only\\s+)?"?([a-z_][a-z0-9_]*(?:"?\\."?[a-z_][a-z0-9_]*)?)"?';
/** After FROM and JOIN a name with a parenthesis is a function. */
const TABLE = new RegExp(`\\b(?:into|update)\\s+${NAME_OF_TABLE}|\\b(?:from|join)\\s+${NAME_OF_TABLE}(?![\\w."]|\\s*\\()`, 'i');

/** Labels only: nothing is decided by them, so a guess that is wrong on an odd statement costs a label and no more. */
function labels(text: string): { operation: string; table: string } {
  const first = FIRST_WORD.exec(text)?.[1]?.toLowerCase() ?? 'none';
  const operation = first === 'with' ? (CHANGE_IN_WITH.exec(text)?.[1]?.toLowerCase() ?? 'select') : first;
  const [, changed, read] = TABLE.exec(text) ?? [];
  return { operation, table: (changed ?? read ?? 'none').replaceAll('"', '').toLowerCase() };
}

const LOCATION = /^(?:file:\/\/)?(.+?):(\d+)(?::\d+)?$/;

/** `modules/x/x.repository.ts:12` of whoever called `tag`, relative to the working directory; `dist/` is left out. */
function placeOfCaller(tag: unknown): string {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, tag as () => unknown);
  const frame = holder.stack?.split('\n').find((text) => text.trimStart().startsWith('at ')) ?? '';
  const location = frame.endsWith(')') ? frame.slice(frame.lastIndexOf('(') + 1, -1) : frame.replace(/^\s*at (?:async )?/, '');
  const [, file, line] = LOCATION.exec(location) ?? [];
  if (file === undefined || line === undefined) return 'unknown';
  const path = file.replaceAll('\\', '/').replace(process.cwd().replaceAll('\\', '/') + '/', '');
  return `${path.replace(/^.*?dist\/(?=(?:apps|libs|modules|migrations)\/)/, '').replace(/^\/+/, '')}:${line}`;
}
