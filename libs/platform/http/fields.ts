import { Type as TransformTo } from 'class-transformer';
import {
  ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsBoolean, IsEmail, IsIn, IsInt, IsISO8601, IsNumber, IsObject, IsOptional, IsString, IsUUID, Length, Matches, Max, Min,
  ValidateIf, ValidateNested,
} from 'class-validator'; // prettier-ignore
import 'reflect-metadata';

/** The JSON Schema of one field, kept beside the class so that OpenAPI says what validation enforces. */
export interface FieldSchema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: FieldSchema;
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly additionalProperties?: boolean | FieldSchema;
  readonly description?: string;
  readonly nullable?: boolean;
  readonly optional?: boolean;
  /** Another class with fields. */
  readonly ref?: () => DtoClass;
}
export type DtoClass = abstract new () => object;
/** Any JSON object, as a body or an answer: what stands in it is the client's business. */
export class AnyObject {
  readonly [key: string]: unknown;
}
export interface FieldOptions {
  readonly optional?: true;
  readonly nullable?: true;
  readonly description?: string;
}

const FIELDS = Symbol('tenantry:fields');

/** The fields of a DTO class in order of declaration, those of its parents first. */
export function fieldsOf(target: DtoClass): ReadonlyMap<string, FieldSchema> {
  const chain: object[] = [];
  for (
    let proto: object | null = target.prototype as object;
    proto && proto !== Object.prototype;
    proto = Object.getPrototypeOf(proto) as object | null
  )
    chain.unshift(proto);
  return new Map(
    chain.flatMap((proto) => [
      ...((Reflect.getOwnMetadata(FIELDS, proto) as Map<string, FieldSchema> | undefined) ?? new Map<string, FieldSchema>()),
    ]),
  );
}

function field(schema: FieldSchema, options: FieldOptions | undefined, ...checks: PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    const map = (Reflect.getOwnMetadata(FIELDS, target) as Map<string, FieldSchema> | undefined) ?? new Map<string, FieldSchema>();
    map.set(String(property), { ...schema, ...options });
    Reflect.defineMetadata(FIELDS, map, target);
    // IsOptional would also let null pass: a field that is only optional may be absent, never null.
    if (options?.optional && options.nullable) IsOptional()(target, property);
    else if (options?.optional) ValidateIf((_, value) => value !== undefined)(target, property);
    else if (options?.nullable) ValidateIf((_, value) => value !== null)(target, property);
    for (const check of checks) check(target, property);
  };
}

export interface TextOptions extends FieldOptions {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: RegExp;
}
export function Text({ min = 1, max = 400, pattern, ...options }: TextOptions = {}): PropertyDecorator {
  const checks = [IsString(), Length(min, max), ...(pattern ? [Matches(pattern)] : [])];
  return field({ type: 'string', minLength: min, maxLength: max, ...(pattern ? { pattern: pattern.source } : {}) }, options, ...checks);
}
export const Email = (options?: FieldOptions): PropertyDecorator =>
  field({ type: 'string', format: 'email', maxLength: 320 }, options, IsString(), Length(3, 320), IsEmail());
export const Uuid = (options?: FieldOptions): PropertyDecorator => field({ type: 'string', format: 'uuid' }, options, IsUUID());
export const Flag = (options?: FieldOptions): PropertyDecorator => field({ type: 'boolean' }, options, IsBoolean());
/** ISO 8601 with zone in a request; in an answer a Date. */
export const Instant = (options?: FieldOptions): PropertyDecorator =>
  field({ type: 'string', format: 'date-time' }, options, IsISO8601({ strict: true }));
export function Int({ min, max, ...options }: FieldOptions & { min?: number; max?: number } = {}): PropertyDecorator {
  const checks = [IsInt(), ...(min === undefined ? [] : [Min(min)]), ...(max === undefined ? [] : [Max(max)])];
  return field(
    { type: 'integer', ...(min === undefined ? {} : { minimum: min }), ...(max === undefined ? {} : { maximum: max }) },
    options,
    ...checks,
  );
}
export const Num = (options?: FieldOptions): PropertyDecorator => field({ type: 'number' }, options, IsNumber());
export function OneOf(values: readonly string[], options?: FieldOptions): PropertyDecorator {
  return field({ type: 'string', enum: values }, options, IsIn([...values]));
}
export const JsonObject = (options?: FieldOptions): PropertyDecorator =>
  field({ type: 'object', additionalProperties: true }, options, IsObject());
/** Any JSON value. */
export const AnyJson = (options?: FieldOptions): PropertyDecorator => field({}, options);
export function Nested(dto: () => DtoClass, options?: FieldOptions): PropertyDecorator {
  return field({ ref: dto }, options, IsObject(), ValidateNested(), TransformTo(dto as () => new () => object));
}
/** A list of strings (uuid, one of …) or of DTOs. */
export function ListOf(
  item:
    | { readonly uuid: true }
    | { readonly oneOf: readonly string[] }
    | { readonly text: { readonly max: number } }
    | { readonly dto: () => DtoClass },
  { min, max = 200, unique = false, ...options }: FieldOptions & { min?: number; max?: number; unique?: boolean } = {},
): PropertyDecorator {
  const each = { each: true };
  const [items, checks]: [FieldSchema, PropertyDecorator[]] =
    'uuid' in item
      ? [{ type: 'string', format: 'uuid' }, [IsUUID(undefined, each)]]
      : 'oneOf' in item
        ? [{ type: 'string', enum: item.oneOf }, [IsIn([...item.oneOf], each)]]
        : 'text' in item
          ? [{ type: 'string', maxLength: item.text.max }, [IsString(each), Length(1, item.text.max, each)]]
          : [{ ref: item.dto }, [IsObject(each), ValidateNested(each), TransformTo(item.dto as () => new () => object)]];
  const size = [IsArray(), ArrayMaxSize(max), ...(min === undefined ? [] : [ArrayMinSize(min)]), ...(unique ? [ArrayUnique()] : [])];
  return field({ type: 'array', items, maxItems: max, ...(min === undefined ? {} : { minItems: min }) }, options, ...size, ...checks);
}
