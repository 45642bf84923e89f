import { types } from 'node:util';
import { isCard, maskText } from './mask.js';

export type LogFields = Readonly<Record<string, unknown>>;
export type SafeValue = string | number | boolean | null | SafeValue[] | { [key: string]: SafeValue };

/** Bounds of one line. What lies beyond is said, not written. */
export const BOUNDS = { depth: 6, keys: 64, items: 32, text: 2_000, nodes: 500, total: 32_000 } as const;

const CUT_MARGIN = 400;
const REDACTED = '[redacted]';
/** Names of values that no log may hold, at any depth. Compared without case, `-`, `_` and spaces. */
const SECRET =
  /pass(word|wd|wort|phrase|code)|^pwd$|secret|token|authorization|cookie|credential|apikey|privatekey|signature|recoverycode|challenge|keys?$|^(otp|pin|cvc|cvv|iban|card(number)?|accountnumber|jwt|bearer|code_?verifier|ssn)$/;
/** Personal data that only has a place in rows. */
const PERSONAL =
  /^(email|emailnormalized|toemail|phone(number)?|displayname|firstname|lastname|fullname|address|street|dateofbirth|birthdate)$/;
const HARMLESS = new Set(['tokentype', 'stepkey', 'navkey', 'querykey', 'primarykey', 'foreignkey']);

/** True for a field whose value is never written. */
export function isSecretName(name: string): boolean {
  const compact = name.toLowerCase().replace(/[-_\s]/g, '');
  return !HARMLESS.has(compact) && (SECRET.test(compact) || PERSONAL.test(compact));
}

/**
 * A copy that can be written: bounded, without secrets, made of plain values only. It never throws and never runs code of the value:
 * no getter, no `toJSON`, no proxy trap, no `toString`. Errors keep name, code, message, frames and cause.
 */
export function redact(fields: LogFields): { [key: string]: SafeValue } {
  const visit = new Visit();
  const copy = visit.value(fields, 0);
  return typeof copy === 'object' && copy !== null && !Array.isArray(copy) ? copy : { value: copy };
}

/** A text as it may be written: masked, cut. */
export function safeText(text: string): string {
  if (text.length <= BOUNDS.text) return maskText(text);
  // Masked before it is cut, and the end of the masked part is left out: half an address would pass every rule.
  const masked = maskText(text.slice(0, BOUNDS.text + CUT_MARGIN));
  const shown = masked.slice(0, Math.min(BOUNDS.text, masked.length - CUT_MARGIN));
  return `${shown}…(+${text.length - shown.length})`;
}

class Visit {
  private nodes = 0;
  private total = 0;
  private readonly open = new Set<object>();

  value(value: unknown, depth: number): SafeValue {
    try {
      return this.visit(value, depth);
    } catch {
      return '[unreadable]'; // hostile or half-built: that it was here is all there is to say
    }
  }

  private visit(value: unknown, depth: number): SafeValue {
    this.nodes += 1;
    if (this.nodes > BOUNDS.nodes || this.total > BOUNDS.total) return '[cut]';
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return Number.isSafeInteger(value) && value >= 1e13 && isCard(String(value))
          ? '[card]'
          : Number.isFinite(value)
            ? value
            : String(value);
      case 'boolean':
        return value;
      case 'bigint':
        return value > 10n ** 40n || value < -(10n ** 40n) ? '[bigint]' : this.text(String(value));
      case 'symbol':
        return this.text(`Symbol(${value.description ?? ''})`);
      case 'function':
        return '[function]';
      default:
        return value === null || value === undefined ? null : this.object(value, depth);
    }
  }

  private text(text: string): string {
    const safe = safeText(text);
    this.total += safe.length;
    return safe;
  }

  private object(value: object, depth: number): SafeValue {
    if (types.isProxy(value)) return '[proxy]';
    if (types.isDate(value)) return dateText(value);
    if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return `[${value.byteLength} bytes]`;
    if (this.open.has(value)) return '[circular]';
    if (depth >= BOUNDS.depth) return '[deep]';
    this.open.add(value);
    try {
      if (Array.isArray(value)) return this.list(value, value.length, depth);
      if (isError(value)) return this.error(value, depth);
      if (types.isMap(value)) return `[map of ${mapSize(value)}]`;
      if (types.isSet(value)) return `[set of ${setSize(value)}]`;
      if (value instanceof URL) return this.text(URL.prototype.toString.call(value));
      return this.record(value, depth);
    } finally {
      this.open.delete(value);
    }
  }

  private list(list: readonly unknown[], length: number, depth: number): SafeValue[] {
    const copy: SafeValue[] = [];
    for (let i = 0; i < length && i < BOUNDS.items; i += 1) copy.push(this.value(ownData(list, String(i)), depth + 1));
    if (length > BOUNDS.items) copy.push(`[+${length - BOUNDS.items}]`);
    return copy;
  }

  private record(value: object, depth: number): { [key: string]: SafeValue } {
    const copy: { [key: string]: SafeValue } = {};
    let count = 0;
    for (const key of Object.keys(value)) {
      count += 1;
      if (count > BOUNDS.keys || this.nodes > BOUNDS.nodes || this.total > BOUNDS.total) {
        copy['[cut]'] = `more fields`;
        break;
      }
      const name = key === '__proto__' ? '[proto]' : maskText(key.length > 100 ? `${key.slice(0, 100)}…` : key);
      this.total += name.length;
      const inner = ownData(value, key);
      copy[name] =
        isSecretName(key) && inner !== null && inner !== undefined && typeof inner !== 'boolean' ? REDACTED : this.value(inner, depth + 1);
    }
    return copy;
  }

  private error(error: object, depth: number): { [key: string]: SafeValue } {
    const read = (name: string): unknown => ownData(error, name) ?? inherited(error, name);
    const message = read('message');
    const stack = stackOf(error);
    const copy: { [key: string]: SafeValue } = { type: this.value(read('name') ?? 'Error', depth + 1) };
    copy['message'] = typeof message === 'string' ? this.text(withoutValues(message, read('code'))) : '';
    for (const name of ['code', 'errno', 'syscall', 'status', 'constraint', 'table', 'severity']) {
      const value = read(name);
      if (typeof value === 'string' || typeof value === 'number') copy[name] = this.value(value, depth + 1);
    }
    if (stack) copy['stack'] = this.text(stack);
    const cause = ownData(error, 'cause');
    if (cause !== undefined && cause !== null) copy['cause'] = this.value(cause, depth + 1);
    const errors = ownData(error, 'errors');
    if (Array.isArray(errors) && !types.isProxy(errors)) copy['errors'] = this.list(errors, Math.min(errors.length, 5), depth + 1);
    return copy;
  }
}

/** The value of an own data property; an accessor is not run. */
function ownData(object: object, name: string): unknown {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  if (!descriptor) return undefined;
  return 'value' in descriptor ? descriptor.value : '[getter]';
}

/** `name` and the like stand on the prototype of an error class. */
function inherited(object: object, name: string): unknown {
  let at: object | null = Object.getPrototypeOf(object) as object | null;
  for (let steps = 0; at && steps < 5 && !types.isProxy(at); steps += 1) {
    const value = ownData(at, name);
    if (value !== undefined) return value;
    at = Object.getPrototypeOf(at) as object | null;
  }
  return undefined;
}

/** Frames only: the text above them repeats the message. Where `stack` is an accessor it is V8's own. */
function stackOf(error: object): string {
  const descriptor = Object.getOwnPropertyDescriptor(error, 'stack');
  const stack: unknown = descriptor && 'value' in descriptor ? descriptor.value : types.isNativeError(error) ? error.stack : '';
  if (typeof stack !== 'string') return '';
  return stack.slice(0, 20_000).split('\n').filter((line) => /^\s+at /.test(line)).slice(0, 12).map((line) => line.trim()).join('\n'); // prettier-ignore
}

/** PostgreSQL quotes the offending value in its data and constraint errors (classes 22 and 23). */
const withoutValues = (message: string, code: unknown): string =>
  typeof code === 'string' && /^2[23][0-9A-Z]{3}$/.test(code) ? message.replace(/: ".*"$/s, ': […]') : message;

const isError = (value: object): boolean => types.isNativeError(value) || value instanceof Error;
const dateText = (date: Date): string => {
  const ms = Date.prototype.getTime.call(date);
  return Number.isNaN(ms) ? '[invalid date]' : Date.prototype.toISOString.call(date);
};
const sizeOf = (prototype: object): ((value: object) => number) => {
  const size = Object.getOwnPropertyDescriptor(prototype, 'size')?.get;
  return (value) => Number(size?.call(value) ?? 0);
};
const mapSize = sizeOf(Map.prototype);
const setSize = sizeOf(Set.prototype);
