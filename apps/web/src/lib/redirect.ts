/**
 * Where to go after sign-in. Only an address of this origin, of this realm, that is a screen of ours and not a sign-in page is
 * accepted; everything else is ignored. Source: specs/web.md §2.1.
 */
import type { Realm } from './storage';

const SLUG = '[a-z0-9](?:-?[a-z0-9])*';
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const LANGUAGE = '[a-z]{2}(?:-[A-Z]{2})?';
const SEGMENTS = '(?:/[A-Za-z0-9_-]+)*';
const KNOWN: Readonly<Record<Realm, RegExp>> = {
  tenant: new RegExp(`^(?:/(?:t|${LANGUAGE}/cockpit)/(?:${SLUG}|${UUID})${SEGMENTS}|/account${SEGMENTS}|/select-tenant)$`),
  platform: new RegExp(`^/platform${SEGMENTS}$`),
};
const SIGN_IN = /^\/platform\/(?:login|mfa|change-password|forgot|reset)(?:\/|$)/;
const MAX_LENGTH = 2048;

export function safeRedirect(value: unknown, realm: Realm, origin: string): string | null {
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return null;
  if (!value.startsWith('/') || value.startsWith('//')) return null;
  // Control characters, spaces and backslashes: browsers drop or turn them, so `/\evil` and `/<tab>/evil` are other hosts.
  if (/[\u0000-\u0020\u007f-\u009f\\\u2028\u2029\ufeff]/.test(value)) return null;
  let url: URL;
  try {
    url = new URL(value, origin);
  } catch {
    return null;
  }
  if (url.origin !== origin || url.username !== '' || url.password !== '') return null;
  // The parsed path must be the written one: `/t/a/../..//evil` and `%2f%2f` are somebody's trick, never our link.
  const written = value.split(/[?#]/, 1)[0];
  if (url.pathname !== written || written.includes('%')) return null;
  if (!KNOWN[realm].test(url.pathname) || SIGN_IN.test(url.pathname)) return null;
  return url.pathname + url.search;
}

/** A tenant in a path: slug or id. Anything else is a 404 page without a request. */
export const isTenantRef = (value: string): boolean => value.length <= 63 && new RegExp(`^(?:${SLUG}|${UUID})$`).test(value);
/** The first segment of a cockpit's address: `en`, `de-CH`. */
export const isLanguageTag = (value: string): boolean => new RegExp(`^${LANGUAGE}$`).test(value);
export const isUuid = (value: string): boolean => new RegExp(`^${UUID}$`).test(value);
