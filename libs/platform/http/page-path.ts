import { SLUG_PATTERN } from '#contracts/slug.js';

export interface PageSwitches {
  /** ADMIN_CONSOLE_ENABLED */
  readonly admin_console: boolean;
  /** TENANT_ROUTING_ENABLED */
  readonly tenant_routing: boolean;
}

/** `malformed`: it names a tenant by what can be no name of one. */
export type PageVerdict = 'shown' | 'absent' | 'malformed';

const CONSOLE = /^\/platform(?:\/|$)/;
const TENANT = /^\/t\/([^/]*)/;
const COCKPIT = /^\/[^/]+\/cockpit\/([^/]*)(\/admin(?=\/|$))?/;
const LONGEST = 63;

/**
 * What a page's address says for itself, whoever asks and without a query: that the tenant exists is for the API to say, to those who
 * belong to it.
 * @param pathname as it was sent, still percent-encoded
 */
export function judgePage(pathname: string, switches: PageSwitches): PageVerdict {
  if (CONSOLE.test(pathname)) return switches.admin_console ? 'shown' : 'absent';
  const cockpit = COCKPIT.exec(pathname);
  const name = (cockpit ?? TENANT.exec(pathname))?.[1];
  if (name === undefined) return 'shown';
  // An id has the form of a slug; what is percent-encoded is neither.
  if (name.length > LONGEST || !SLUG_PATTERN.test(name)) return name === '' ? 'absent' : 'malformed';
  if (!cockpit) return 'shown';
  const isOn = switches.tenant_routing && (switches.admin_console || cockpit[2] === undefined);
  return isOn ? 'shown' : 'absent';
}
