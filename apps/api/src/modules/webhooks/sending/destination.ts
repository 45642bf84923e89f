/** Where a URL leads, before any name is looked up. */
export interface Destination {
  /** As `Pool` takes it: `https://example.com:8443`. */
  readonly origin: string;
  readonly path: string;
  /** Lower case, without brackets and without a trailing dot. */
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

export interface DestinationRules {
  readonly allow_http: boolean;
  readonly blocked_ports: readonly number[];
}

export type UrlFault = 'not_a_url' | 'too_long' | 'bad_scheme' | 'has_credentials' | 'has_fragment';

const MAX_LENGTH = 2_048;
/** Names of the machine itself and of its cloud's metadata: refused even where they do not resolve today. */
const HOST_NAME = /(^|\.)localhost(\.localdomain)?$|^(metadata|instance-data)$|^metadata\.(google\.internal|goog|azure\.internal)$/;

/**
 * Every spelling of an address (`2130706433`, `0x7f.1`, `0177.0.0.1`, `①②⑦.0.0.1`, `127.0.0.1.`) is one after the URL parser, so no
 * rule below has to know them.
 */
export function readUrl(text: string, { allow_http }: DestinationRules): Destination | UrlFault {
  if (text.length > MAX_LENGTH) return 'too_long';
  if (!URL.canParse(text)) return 'not_a_url';
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(allow_http && url.protocol === 'http:')) return 'bad_scheme';
  if (url.username !== '' || url.password !== '') return 'has_credentials';
  if (text.includes('#')) return 'has_fragment';
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  return { origin: url.origin, path: url.pathname + url.search, host, port, secure };
}

/** 80, 443 or one that a program may open without rights, and none of a database or a cache. */
export function isPortAllowed(port: number, { blocked_ports }: DestinationRules): boolean {
  return (port === 80 || port === 443 || port >= 1_024) && !blocked_ports.includes(port);
}

export function isHostName(host: string): boolean {
  return HOST_NAME.test(host);
}
