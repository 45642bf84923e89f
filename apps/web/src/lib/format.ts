/** Numbers, money, time and lists the way of the reader's language. Pure: language and zone come in. */
import { locale } from './i18n';

type Instant = string | number | Date;

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

const toDate = (value: Instant): Date | null => {
  const date = value instanceof Date ? value : new Date(value);
  return Number.isNaN(date.getTime()) ? null : date;
};

/** `3 minutes ago`, `in 2 days`; less than 45 seconds is `now`. An unreadable instant is an empty text. */
export function relativeTime(value: Instant, now: Instant = Date.now(), language = locale()): string {
  const date = toDate(value);
  const base = toDate(now);
  if (date === null || base === null) return '';
  const seconds = Math.round((date.getTime() - base.getTime()) / 1000);
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  if (Math.abs(seconds) < 45) return format.format(0, 'second');
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.round(seconds / size), unit);
  }
  return format.format(Math.sign(seconds), 'minute');
}

/** `12 Mar 2026, 14:03:25 GMT+1`: exact, with its zone named. `zone` undefined is the browser's. */
export function exactTime(value: Instant, zone?: string, language = locale()): string {
  const date = toDate(value);
  if (date === null) return '';
  const options: Intl.DateTimeFormatOptions = {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  };
  return new Intl.DateTimeFormat(language, zone === undefined ? options : { ...options, timeZone: zone }).format(date);
}

/** `12 Mar, 14:03` for lists; the year only when it is another one. */
export function shortTime(value: Instant, zone?: string, language = locale(), now: Instant = Date.now()): string {
  const date = toDate(value);
  const base = toDate(now);
  if (date === null || base === null) return '';
  const zoned: Intl.DateTimeFormatOptions = zone === undefined ? {} : { timeZone: zone };
  const year = (when: Date): string => new Intl.DateTimeFormat('en', { year: 'numeric', ...zoned }).format(when);
  const options: Intl.DateTimeFormatOptions = {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...zoned,
  };
  return new Intl.DateTimeFormat(language, year(date) === year(base) ? options : { ...options, year: 'numeric' }).format(date);
}

/** `240 ms`, `1.4 s`, `3 min 20 s`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return `${minutes} min ${Math.round(seconds - minutes * 60)} s`;
}

/** Minor units and an ISO 4217 code: `money(1999, 'EUR')` → `€19.99`; 0, 2 and 3 decimals by the currency. Strings come from bigint columns. */
export function money(minor: number | string, currency: string, language = locale()): string {
  const format = new Intl.NumberFormat(language, { style: 'currency', currency });
  const decimals = format.resolvedOptions().maximumFractionDigits ?? 2;
  const text = String(minor);
  if (!/^-?\d+$/.test(text)) return '';
  const digits = text.replace('-', '').padStart(decimals + 1, '0');
  const decimal = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  // A decimal string keeps all digits; a number would lose some above 2^53.
  return format.format(`${text.startsWith('-') ? '-' : ''}${decimal}` as Intl.StringNumericLiteral);
}

export const number = (value: number, language = locale()): string => new Intl.NumberFormat(language).format(value);
export const list = (items: readonly string[], language = locale()): string =>
  new Intl.ListFormat(language, { type: 'conjunction' }).format(items);

/** `0192f0c1…9a4e` for ids in tables. Short ones stay whole. */
export const shortId = (id: string): string => (id.length <= 14 ? id : `${id.slice(0, 8)}…${id.slice(-4)}`);

/** Whole minutes until then, rounded up; 0 when it is over. */
export const minutesLeft = (until: Instant, now: Instant = Date.now()): number => {
  const [end, start] = [toDate(until), toDate(now)];
  return end === null || start === null ? 0 : Math.max(0, Math.ceil((end.getTime() - start.getTime()) / 60_000));
};

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
/** `1.5 GB`, in steps of 1024. */
export function bytes(value: number, language = locale()): string {
  const step = value < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log2(value) / 10));
  const format = new Intl.NumberFormat(language, { style: 'unit', unit: BYTE_UNITS[step], unitDisplay: 'short', maximumFractionDigits: 1 });
  return format.format(value / 1024 ** step);
}

/** A limit or its use: bytes for what is counted in bytes. */
export const limitAmount = (code: string, value: number): string => (code.endsWith('_bytes') ? bytes(value) : number(value));
