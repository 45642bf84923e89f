import { createParamDecorator, HttpCode, applyDecorators, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { ErrorCode } from '#contracts/errors.js';
import type { DtoClass } from './fields.js';

export const ANSWERS = 'tenantry:answers';
export const OR_ANSWERS = 'tenantry:or-answers';

/** What a route answers: status, body, and the refusals of its own beside those that every route shares. */
export interface RouteAnswer {
  readonly status: number;
  readonly body: DtoClass | readonly [DtoClass] | 'stream' | null;
  readonly codes: readonly ErrorCode[];
  /** The other answer that is no refusal: `@OrAnswers`. */
  readonly or?: Pick<RouteAnswer, 'status' | 'body'>;
}

/**
 * `@Answers(201, RoleOut, 'role_name_taken')`; `[RoleOut]` is a page `{ data, next_cursor }`; `null` is no body.
 * OpenAPI is made from it, and tests check every response body against that.
 */
export function Answers(status: number, body: RouteAnswer['body'], ...codes: ErrorCode[]): MethodDecorator {
  return applyDecorators(HttpCode(status), SetMetadata(ANSWERS, { status, body, codes } satisfies RouteAnswer));
}

/** `@OrAnswers(202, SkippedOut)`: a second answer beside that of `@Answers`; the handler says which by `@Status()`. */
export const OrAnswers = (status: number, body: RouteAnswer['body']): MethodDecorator =>
  SetMetadata(OR_ANSWERS, { status, body } satisfies RouteAnswer['or']);

export type SetStatus = (status: number) => void;
/** `@Status() setStatus: SetStatus` */
export const Status = createParamDecorator((_: unknown, context: ExecutionContext): SetStatus => {
  const reply = context.switchToHttp().getResponse<{ status(code: number): unknown }>();
  return (status) => void reply.status(status);
});
