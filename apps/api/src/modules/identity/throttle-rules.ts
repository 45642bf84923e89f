import { isIPv6 } from 'node:net';

/** A bucket of attempts: `limit` at once, then one more for each `period / limit`. Source: specs/tenancy.md §4.3. */
export interface Bucket {
  readonly name: string;
  readonly limit: number;
  readonly period_ms: number;
}
const MINUTES = 60_000;

/** Failures, counted before the hash and given back by a right password. */
export const ACCOUNT_AND_IP: Bucket = { name: 'account_ip', limit: 5, period_ms: 15 * MINUTES };
/** Failures of one account, wherever they come from: above this its answers are slow, never refused, or a stranger could lock somebody out. */
export const ACCOUNT_ANYWHERE: Bucket = { name: 'account_anywhere', limit: 50, period_ms: 60 * MINUTES };
export const SLOW_MS = { least: 1_000, most: 5_000 } as const;
/** Wrong codes of a second factor. */
export const CODES_OF_ACCOUNT: Bucket = { name: 'mfa_code', limit: 20, period_ms: 60 * MINUTES };
/** Every call of `/auth/*` but refresh, me and sessions. */
export const CALLS_OF_IP: Bucket = { name: 'ip', limit: 20, period_ms: 15 * MINUTES };
/** Tenants that somebody makes by signing up. */
export const SIGNUPS_OF_IP: Bucket = { name: 'signup', limit: 5, period_ms: 60 * MINUTES };
/** Mails that somebody can make us send to an account: a link to set a password, one to change the address. */
export const RESETS_OF_ACCOUNT: Bucket = { name: 'reset', limit: 3, period_ms: 60 * MINUTES };

export const emissionMs = ({ limit, period_ms }: Bucket): number => Math.ceil(period_ms / limit);

/** Seconds until one more attempt fits, given when the bucket will be empty ("theoretical arrival time"). At least 1. */
export function retryAfterSeconds(bucket: Bucket, empty_at: Date, now: Date): number {
  const over_ms = empty_at.getTime() + emissionMs(bucket) - bucket.period_ms - now.getTime();
  return Math.max(1, Math.ceil(over_ms / 1000));
}

/**
 * The address that is counted. One IPv6 customer has a whole /64, so that is what counts there; an IPv4 address in IPv6 clothes
 * (`::ffff:203.0.113.7`) is that IPv4 address.
 */
export function countedAddress(ip: string): string {
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(ip)?.[1];
  if (mapped) return mapped;
  const address = ip.replace(/%.*$/, '');
  if (!isIPv6(address)) return ip;
  const [head = '', tail] = address.toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const words =
    tail === undefined ? before : [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after];
  return `${words.slice(0, 4).map((word) => Number.parseInt(word, 16).toString(16)).join(':')}::/64`; // prettier-ignore
}

/** Answers to wrong sign-ins leave on this grid, so that their time tells neither whether an account exists nor how many tenants it has. */
export const ANSWER_GRID_MS = 50;
/**
 * The same for a password that was wrong at sign-in. Wider, because the account may be an imported one: its bcrypt hash takes some 100 ms at
 * 2^10 rounds and 350 ms at 2^12, where argon2id (and the hash of nobody, for an address without account) takes 20. Within half a second
 * they all answer alike, and a flood of guesses is slower by that much. An import of 2^13 rounds or more misses the slot until its owner
 * has signed in once. A right password is not kept waiting: it tells nothing to who knows it.
 */
export const WRONG_PASSWORD_GRID_MS = 500;
export const untilNextSlot = (elapsed_ms: number, grid_ms = ANSWER_GRID_MS): number =>
  Math.ceil(Math.max(elapsed_ms, 1) / grid_ms) * grid_ms - elapsed_ms;
