/** An address that a webhook may have, as far as its text tells. */
export interface WebhookUrl {
  readonly url: URL;
  /** Lower case, no brackets, no trailing dot; an IPv4 address in every notation that URL parsers know is in its dotted form. */
  readonly host: string;
  readonly port: number;
}

/** Codes of the field error at `/url`. */
export type UrlFault = 'too_long' | 'not_a_url' | 'scheme' | 'userinfo' | 'fragment';

const MOST = 2_048;
const BELOW_1024 = new Set([80, 443]);

/**
 * Reads the text that a tenant gave. Parsers differ over spaces, backslashes and userinfo, so a text with one of them is refused instead of understood.
 * @returns the fault, or what was read
 */
export function parseWebhookUrl(text: string, allow_http: boolean): WebhookUrl | UrlFault {
  if (text.length > MOST) return 'too_long';
  if (/[\s\\\x00-\x1f\x7f]/.test(text) || !/^[a-z]+:\/\/[^/]/i.test(text) || !URL.canParse(text)) return 'not_a_url';
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(allow_http && url.protocol === 'http:')) return 'scheme';
  if (url.username || url.password || /^[^/?#]*@/.test(text.slice(text.indexOf('//') + 2))) return 'userinfo';
  if (text.includes('#')) return 'fragment';
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (host === '') return 'not_a_url';
  return { url, host, port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80) };
}

/** Below 1024 live services that are no receivers; `blocked` are those that live above. */
export function isPortAllowed(port: number, blocked: readonly number[]): boolean {
  return (BELOW_1024.has(port) || port >= 1_024) && !blocked.includes(port);
}
