import type { CatalogueEntry } from '../../libs/contracts/event-catalogue.js';

/** What consumers of a type rely on; texts for people are left out. */
export interface ReleasedType {
  readonly requires: string;
  readonly emitted: boolean;
  /** Field → its schema without the description, and whether it is always there. */
  readonly fields: Readonly<Record<string, { readonly always: boolean; readonly value: unknown }>>;
}
export type Released = Readonly<Record<string, ReleasedType>>;

export const releasedOf = (catalogue: Iterable<CatalogueEntry>): Released =>
  Object.fromEntries(
    [...catalogue].map(({ type, requires, emitted, schema }) => {
      const fields = Object.entries(schema.properties).map(([name, { description: _, ...value }]) => {
        return [name, { always: schema.required.includes(name), value }] as const;
      });
      return [type, { requires, emitted, fields: Object.fromEntries(fields) }] as const;
    }),
  );

/**
 * What a consumer of the last release would miss or misread in this one. Empty: whatever differs was added. A renamed field is one that
 * was taken away and one that was added, so the first half says it.
 */
export function breaks(last: Released, now: Released): string[] {
  return Object.entries(last).flatMap(([type, then]) => {
    const here = now[type];
    if (!here) return [`${type} was removed`];
    return [
      ...(here.requires === then.requires
        ? []
        : [`${type} requires ${here.requires}, required ${then.requires}: subscriptions would fall silent`]),
      ...(then.emitted && !here.emitted ? [`${type} is no longer emitted`] : []),
      ...Object.entries(then.fields).flatMap(([name, field]) => {
        const found = here.fields[name];
        if (!found) return [`${type}.${name} was removed`];
        if (JSON.stringify(found.value) !== JSON.stringify(field.value)) return [`${type}.${name} is of another type`];
        return field.always && !found.always ? [`${type}.${name} is no longer always there`] : [];
      }),
    ];
  });
}
