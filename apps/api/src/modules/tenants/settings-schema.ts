import type { FieldError } from '#contracts/errors.js';

/**
 * The part of JSON Schema that `settings_schema` of a manifest may use: objects that take nothing else, texts, numbers, flags, lists,
 * `enum`, bounds, and `default` on everything that may be left out. Pure.
 */
export interface SettingsSchema {
  readonly type: 'object' | 'string' | 'integer' | 'number' | 'boolean' | 'array';
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, SettingsSchema>>;
  readonly additionalProperties?: false;
  readonly items?: SettingsSchema;
  readonly enum?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly default?: unknown;
  readonly description?: string;
}
type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const TYPES: Readonly<Record<SettingsSchema['type'], (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  integer: Number.isSafeInteger,
};

/** Why a value is not of the schema; none when it is. `pointer` is where the value stands in the request. Messages never quote it. */
export function settingsErrors(schema: SettingsSchema, value: unknown, pointer: string): FieldError[] {
  const refuse = (code: string, message: string): FieldError[] => [{ field: pointer, code, message }];
  if (value === null && schema.nullable === true) return [];
  if (!TYPES[schema.type](value)) return refuse('type', `This is ${schema.type === 'array' ? 'a list' : `of type ${schema.type}`}.`);
  if (schema.enum && !schema.enum.includes(value as string | number)) return refuse('enum', `One of: ${schema.enum.join(', ')}.`);
  if (isObject(value)) {
    const properties = schema.properties ?? {};
    return Object.entries(value).flatMap(([name, inner]) => {
      const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return known ? settingsErrors(known, inner, at) : [{ field: at, code: 'unknown_setting', message: 'This setting does not exist.' }];
    });
  }
  if (Array.isArray(value)) {
    if (value.length > (schema.maxItems ?? 100)) return refuse('max_items', `At most ${schema.maxItems ?? 100} items.`);
    return value.flatMap((inner, i) => (schema.items ? settingsErrors(schema.items, inner, `${pointer}/${i}`) : []));
  }
  const size = typeof value === 'string' ? [...value].length : Number(value);
  const [least, most] = typeof value === 'string' ? [schema.minLength, schema.maxLength ?? 400] : [schema.minimum, schema.maximum];
  if (least !== undefined && size < least)
    return refuse('too_small', `At least ${least}${typeof value === 'string' ? ' characters' : ''}.`);
  if (most !== undefined && size > most) return refuse('too_large', `At most ${most}${typeof value === 'string' ? ' characters' : ''}.`);
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(String(value)))
    return refuse('pattern', 'This value does not have the form.');
  return [];
}

/** The stored part of a module with its defaults filled in, without what the schema no longer knows. Defaults are never stored. */
export function withDefaults(schema: SettingsSchema, stored: unknown): Record<string, unknown> {
  const given = isObject(stored) ? stored : {};
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, part]) => {
      const value = Object.hasOwn(given, name) ? given[name] : part.default;
      return [name, part.type === 'object' && part.properties && value !== null ? withDefaults(part, value) : value];
    }),
  );
}

/** One module's part after a change: what is null goes back to its default, what is not named stays. */
export const mergedSettings = (before: unknown, change: Json): Record<string, unknown> =>
  Object.fromEntries(Object.entries({ ...(isObject(before) ? before : {}), ...change }).filter(([, value]) => value !== null));
