import type { DataSchema, ValueSchema } from '#contracts/event-catalogue.js';

/** A developer's error, so no code of the catalogue: the mapper of the event and its published schema say different things. */
export class EventDataInvalid extends Error {
  readonly code = 'event_data_invalid';
  constructor(
    type: string,
    readonly faults: readonly string[],
  ) {
    super(`event_data_invalid: data of ${type} is not what its schema says: ${faults.join('; ')}`);
    this.name = 'EventDataInvalid';
  }
}

const FORMATS = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  'date-time': /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/,
} as const;

/**
 * What of `data`, as its JSON will be, violates the schema: `/changed/0 is not a string`. Empty: nothing.
 * Names fields and rules, never a value. Knows the forms that `ValueSchema` has; a test holds it against a whole validator.
 */
export function schemaFaults(schema: DataSchema, data: unknown): string[] {
  const sent: unknown = JSON.parse(JSON.stringify(data) ?? 'null');
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return ['/ is not an object'];
  return [
    ...schema.required.filter((name) => !Object.hasOwn(sent, name)).map((name) => `/${name} is missing`),
    ...Object.entries(sent).flatMap(([name, value]) => {
      const field = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
      return field ? valueFaults(field, value, `/${name}`) : [`/${name} is not in the schema`];
    }),
  ];
}

function valueFaults(schema: ValueSchema, value: unknown, at: string): string[] {
  switch (schema.type) {
    case 'string':
      if (typeof value !== 'string') return [`${at} is not a string`];
      return schema.format && !FORMATS[schema.format].test(value) ? [`${at} is not a ${schema.format}`] : [];
    case 'integer':
      return Number.isInteger(value) ? [] : [`${at} is not an integer`];
    case 'array':
      if (!Array.isArray(value)) return [`${at} is not an array`];
      return value.flatMap((item, i) => valueFaults(schema.items, item, `${at}/${i}`));
  }
}
