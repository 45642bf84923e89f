import { Body, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { invalid, type FieldError } from '#contracts/errors.js';
import { AnyObject, type DtoClass } from './fields.js';

/** Turns class-validator's tree into JSON pointers and rule names. Messages name the rule, never the value. */
export function fieldErrors(errors: readonly ValidationError[], parent = ''): FieldError[] {
  return errors.flatMap((error) => {
    const field = `${parent}/${error.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
      field,
      code: rule === 'whitelistValidation' ? 'unknown_field' : snake(rule),
      message: rule === 'whitelistValidation' ? 'This field does not exist.' : message,
    }));
    return [...own, ...fieldErrors(error.children ?? [], field)];
  });
}
const snake = (rule: string): string => rule.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The only place where class-validator runs: bodies. Unknown fields are refused, nothing is converted. */
class BodyPipe implements PipeTransform {
  constructor(private readonly absent: object | undefined) {}

  transform(sent: unknown, { metatype }: ArgumentMetadata): unknown {
    const value = sent ?? this.absent;
    if (!metatype || metatype === Object) return value;
    if (value === undefined || value === null || typeof value !== 'object' || Array.isArray(value))
      throw invalid([{ field: '', code: 'is_object', message: 'Send a JSON object.' }]);
    if (metatype === AnyObject) return value;
    const body = plainToInstance(metatype as new () => object, value);
    const errors = validateSync(body, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true, stopAtFirstError: false });
    if (errors.length) throw invalid(fieldErrors(errors));
    return body;
  }
}
const bodyPipe = new BodyPipe(undefined);
const optionalBodyPipe = new BodyPipe({});

const BODY_INDEX = Symbol('tenantry:body-index');

/** The body of the request, validated against the class of the parameter. `optional`: none is `{}` (a logout says all it has to by a cookie). */
export function In({ optional = false }: { readonly optional?: boolean } = {}): ParameterDecorator {
  return (target, key, index) => {
    Body(optional ? optionalBodyPipe : bodyPipe)(target, key, index);
    if (key !== undefined) Reflect.defineMetadata(BODY_INDEX, index, target, key);
  };
}

/** The DTO class of a handler's body, or null. */
export function bodyClassOf(controller: { readonly prototype: object }, handler: string): DtoClass | null {
  const index = Reflect.getMetadata(BODY_INDEX, controller.prototype, handler) as number | undefined;
  if (index === undefined) return null;
  const types = (Reflect.getMetadata('design:paramtypes', controller.prototype, handler) as DtoClass[] | undefined) ?? [];
  return types[index] ?? null;
}
