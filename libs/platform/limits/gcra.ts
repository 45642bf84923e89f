/** `count` at once, then one more for each `period_ms / count`. A count of 0 lets nothing through. */
export interface Limit {
  readonly count: number;
  readonly period_ms: number;
}

/** Times are floating-point milliseconds: without it the hundredth of a hundred would sometimes not fit. */
const ROUNDING = 0.001;

/** The time that one request uses up, in ms. */
export const emissionMs = ({ count, period_ms }: Limit): number => (count > 0 ? period_ms / count : Number.POSITIVE_INFINITY);

/**
 * How many fit now. The state of a bucket is one number: `empty_at`, when nothing of it will be used any more ("theoretical arrival
 * time"). It never lies more than a period ahead.
 */
export function fitting(limit: Limit, empty_at: number, now: number): number {
  if (limit.count <= 0) return 0;
  const room_ms = now + limit.period_ms - Math.max(empty_at, now);
  return Math.max(0, Math.min(limit.count, Math.floor(room_ms / emissionMs(limit) + ROUNDING)));
}

export interface Taken {
  readonly granted: number;
  readonly empty_at: number;
}

/** Takes as many of `wanted` as fit. */
export function take(limit: Limit, empty_at: number, now: number, wanted: number): Taken {
  const granted = Math.min(wanted, fitting(limit, empty_at, now));
  return { granted, empty_at: granted === 0 ? empty_at : Math.max(empty_at, now) + granted * emissionMs(limit) };
}

/** How long until one fits, in ms; 0: it does now. */
export function waitMs(limit: Limit, empty_at: number, now: number): number {
  if (limit.count <= 0) return limit.period_ms;
  return fitting(limit, empty_at, now) > 0 ? 0 : Math.max(0, empty_at + emissionMs(limit) - limit.period_ms - now);
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `100/15m` → a hundred in fifteen minutes. @throws Error for anything else */
export function parseLimit(text: string): Limit {
  const [, count, length, unit] = /^([1-9]\d{0,6})\/([1-9]\d{0,3})([smhd])$/.exec(text) ?? [];
  if (unit === undefined) throw new Error(`no limit: ${text}`);
  return { count: Number(count), period_ms: Number(length) * (UNITS[unit] ?? 0) };
}
