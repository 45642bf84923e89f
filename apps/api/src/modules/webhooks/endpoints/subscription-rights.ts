import { EVENT_CATALOGUE } from '#contracts/event-catalogue.js';
import { fail } from '#contracts/errors.js';
import type { Permission } from '#contracts/permissions.js';
import type { Grants } from '#platform/auth/index.js';
import { matchedTypes, requiresOf, unknownPatterns } from './event-patterns.js';

/** Does somebody with these rights read events of that permission? They are of the whole tenant, so some stores are not enough. */
export const readsEvents = (held: Grants, requires: Permission): boolean => held.get(requires) === 'all';

/**
 * What an endpoint with these patterns is granted by whoever writes it. A type that comes later flows through a pattern only if its
 * permission is among these.
 * @throws Problem unknown_event with `valid_events`, event_not_permitted with `missing`
 */
export function grantedRequires(patterns: readonly string[], held: Grants): Permission[] {
  const unknown = unknownPatterns(patterns);
  if (unknown.length) throw fail('unknown_event', { unknown_events: unknown.map(shown), valid_events: [...EVENT_CATALOGUE.keys()] });
  const requires = requiresOf(matchedTypes(patterns));
  const missing = requires.filter((permission) => !readsEvents(held, permission));
  if (missing.length) throw fail('event_not_permitted', { missing });
  return requires;
}

/** An answer repeats a name, not whatever was sent as one. */
const shown = (name: string): string => name.replace(/[^\w.*-]/g, '?').slice(0, 80);
