import { Refused } from './errors.js';

/**
 * What a statement takes. An array is an array of PostgreSQL (`= any($2)`, `unnest`); an object is jsonb, so a jsonb *list* has to be
 * wrapped in an object or passed as `JSON.stringify(list)`. `undefined` throws: it is a forgotten value, never "null".
 */
export type Param = string | number | bigint | boolean | Date | Buffer | null | readonly Param[] | { readonly [key: string]: unknown };

/** Text or bytes, as Bind carries them. */
export type WireValue = string | Buffer | null;

/** Everything is converted before the first byte is sent: a conversion that throws leaves connection and transaction as they were. */
export function toWire(params: readonly unknown[]): WireValue[] {
  return params.map((param, index) => {
    if (param === undefined) throw new Refused(`undefined as parameter $${index + 1}`);
    return convert(param);
  });
}

function convert(param: unknown): WireValue {
  switch (typeof param) {
    case 'string':
      return param;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(param);
    case 'object':
      break;
    default:
      throw new Refused(`a ${typeof param} is no parameter`);
  }
  if (param === null || Buffer.isBuffer(param)) return param as Buffer | null;
  if (param instanceof Date) return param.toISOString(); // an invalid date throws here
  if (Array.isArray(param)) return arrayLiteral(param);
  if (ArrayBuffer.isView(param)) return Buffer.from(param.buffer, param.byteOffset, param.byteLength);
  return JSON.stringify(param);
}

/** `{"a","b\"c",NULL,{"1","2"}}`. Every element is quoted, so its text can neither end the literal nor read as NULL. */
function arrayLiteral(items: readonly unknown[]): string {
  const elements = items.map((item) => {
    if (item === undefined) throw new Refused('undefined inside an array parameter');
    if (Array.isArray(item)) return arrayLiteral(item);
    const value = convert(item);
    if (value === null) return 'NULL';
    const text = typeof value === 'string' ? value : `\\x${value.toString('hex')}`;
    return `"${text.replace(/["\\]/g, '\\$&')}"`;
  });
  return `{${elements.join(',')}}`;
}
