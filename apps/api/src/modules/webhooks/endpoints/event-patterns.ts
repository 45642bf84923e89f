import { EVENT_CATALOGUE, type CatalogueEntry } from '#contracts/event-catalogue.js';
import type { Permission } from '#contracts/permissions.js';

/** `order.updated` → `order.*`: the pattern beside the exact type and `*` that a subscription may name it by. */
export const wildcardOf = (type: string): string => `${type.slice(0, type.indexOf('.'))}.*`;

/** The types that the patterns match now. A pattern is an exact type, `resource.*` or `*`; anything else matches nothing. */
export function matchedTypes(patterns: readonly string[]): CatalogueEntry[] {
  return [...EVENT_CATALOGUE.values()].filter(
    ({ type }) => patterns.includes('*') || patterns.includes(type) || patterns.includes(wildcardOf(type)),
  );
}

/** The patterns that match no type of the catalogue. Compared letter by letter: `Order.Created` is unknown. */
export const unknownPatterns = (patterns: readonly string[]): string[] =>
  patterns.filter((pattern) => matchedTypes([pattern]).length === 0);

/** What a reader of these types must hold, each once, sorted. */
export const requiresOf = (types: readonly Pick<CatalogueEntry, 'requires'>[]): Permission[] =>
  [...new Set(types.map(({ requires }) => requires))].sort();

/** The types that an endpoint is told of: those its patterns match and whoever wrote it was allowed to read. */
export const grantedTypes = (endpoint: { readonly events: readonly string[]; readonly granted_requires: readonly string[] }): string[] =>
  matchedTypes(endpoint.events)
    .filter(({ requires }) => endpoint.granted_requires.includes(requires))
    .map(({ type }) => type);
