import { domainToASCII } from 'node:url';

/**
 * How an address is stored to be found again: trimmed, NFKC, lower case, the domain in punycode. Dots and `+tags` are kept: whether they
 * matter is for the mail server to say. A text that is no address comes back lower-cased and finds nothing.
 */
export function normalizeEmail(email: string): string {
  const text = email.trim().normalize('NFKC').toLowerCase();
  const at = text.lastIndexOf('@');
  if (at < 1) return text;
  const domain = domainToASCII(text.slice(at + 1));
  return domain === '' ? text : `${text.slice(0, at)}@${domain}`;
}
