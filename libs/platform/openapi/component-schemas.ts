import type { DtoClass } from '../http/fields.js';

type Json = Record<string, unknown>;

/** The named schemas of one document. A name belongs to one class: two of one name would share a schema, and one of them would be described wrongly. */
export class ComponentSchemas {
  private readonly byName = new Map<string, { readonly dto: DtoClass | null; schema: Json }>();

  /** @param fixed schemas that no class stands behind */
  constructor(fixed: Readonly<Record<string, Json>>) {
    for (const [name, schema] of Object.entries(fixed)) this.byName.set(name, { dto: null, schema });
  }

  /**
   * The reference to the class's schema, which `describe` makes the first time it is asked for.
   * @throws Error when another class has the name
   */
  reference(dto: DtoClass, describe: () => Json): Json {
    const known = this.byName.get(dto.name);
    if (known && known.dto !== dto)
      throw new Error(`Two classes are called ${dto.name}, and both are in the OpenAPI document: rename one.`);
    if (!known) {
      const entry: { readonly dto: DtoClass; schema: Json } = { dto, schema: {} };
      this.byName.set(dto.name, entry); // taken before its fields are read: a class may refer to itself
      entry.schema = describe();
    }
    return { $ref: `#/components/schemas/${dto.name}` };
  }

  /** By name, sorted. */
  all(): Record<string, Json> {
    return Object.fromEntries(
      [...this.byName].map(([name, { schema }]): [string, Json] => [name, schema]).sort(([a], [b]) => a.localeCompare(b)),
    );
  }
}
