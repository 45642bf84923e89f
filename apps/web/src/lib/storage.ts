/**
 * The only file that touches localStorage and sessionStorage. No token is ever kept here. Blocked storage (private mode, policy)
 * behaves like an empty one.
 */
export type Realm = 'tenant' | 'platform';
export type Scheme = 'light' | 'dark' | 'auto';

type Kind = 'local' | 'session';
const PREFIX = 'tenantry.';

function store(kind: Kind): Storage | null {
  try {
    return kind === 'local' ? window.localStorage : window.sessionStorage;
  } catch {
    return null;
  }
}

function read(kind: Kind, key: string): string | null {
  try {
    return store(kind)?.getItem(PREFIX + key) ?? null;
  } catch {
    return null;
  }
}

function write(kind: Kind, key: string, value: string | null): void {
  try {
    if (value === null) store(kind)?.removeItem(PREFIX + key);
    else store(kind)?.setItem(PREFIX + key, value);
  } catch {
    // Full or blocked storage: the choice lasts until the page is left, nothing else is lost.
    return;
  }
}

export function readScheme(): Scheme {
  const value = read('local', 'scheme');
  return value === 'light' || value === 'dark' ? value : 'auto';
}
export const writeScheme = (scheme: Scheme): void => write('local', 'scheme', scheme === 'auto' ? null : scheme);

export const readRailCollapsed = (): boolean => read('local', 'rail') === 'collapsed';
export const writeRailCollapsed = (collapsed: boolean): void => write('local', 'rail', collapsed ? 'collapsed' : null);

/** True when somebody signed in here and did not sign out: worth asking the refresh cookie. It is a hint, not a credential. */
export const readSignedIn = (realm: Realm): boolean => read('local', `signed_in.${realm}`) === '1';
export const writeSignedIn = (realm: Realm, signedIn: boolean): void => write('local', `signed_in.${realm}`, signedIn ? '1' : null);

export const readLastTenant = (): string | null => read('session', 'tenant') ?? read('local', 'tenant');
export function writeLastTenant(slug: string | null): void {
  write('session', 'tenant', slug);
  write('local', 'tenant', slug);
}

type LinkKind = 'invite' | 'reset' | 'staff_reset' | 'verify';
/** One-time tokens of links wait here until they are used (specs/web.md §2.1). */
export const readLinkToken = (kind: LinkKind): string | null => read('session', `link.${kind}`);
export const writeLinkToken = (kind: LinkKind, token: string | null): void => write('session', `link.${kind}`, token);

export const readListLimit = (): string | null => read('local', 'limit');
export const writeListLimit = (limit: string): void => write('local', 'limit', limit);

export const readReloadedFor = (): string | null => read('session', 'reloaded');
export const writeReloadedFor = (build: string): void => write('session', 'reloaded', build);

const MAX_REASONS = 5;
/** The last reasons this person gave for acts of staff, newest first. */
export function readReasons(): string[] {
  try {
    const list: unknown = JSON.parse(read('local', 'reasons') ?? '[]');
    return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string').slice(0, MAX_REASONS) : [];
  } catch {
    return [];
  }
}
export function rememberReason(reason: string): void {
  write('local', 'reasons', JSON.stringify([reason, ...readReasons().filter((item) => item !== reason)].slice(0, MAX_REASONS)));
}

/** Small things a person did once here: put a checklist away, opened the audit log. */
export const readMark = (what: string): boolean => read('local', `mark.${what}`) === '1';
export const writeMark = (what: string): void => write('local', `mark.${what}`, '1');
