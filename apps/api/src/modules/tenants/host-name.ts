import { domainToASCII } from 'node:url';

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** A host as DNS has it: lower case, punycode, no trailing dot. null when it is none: one label, an address, a port, 254 characters. */
export function hostName(text: string): string | null {
  if (/[\s:/@%?#\\[\]_*]/.test(text) || text.length > 253) return null;
  const host = domainToASCII(text.replace(/\.$/, ''));
  const labels = host.split('.');
  const isName =
    labels.length >= 2 && host.length <= 253 && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '');
  return isName ? host : null;
}

/** The name whose TXT record proves a host. */
export const challengeName = (host: string): string => `_tenantry.${host}`;

/** Is `host` the domain itself or below it? */
export const isWithin = (host: string, domain: string): boolean => host === domain || host.endsWith(`.${domain}`);
