import { HttpCode, applyDecorators, SetMetadata } from '@nestjs/common';
import type { ErrorCode } from '#contracts/errors.js';
import type { DtoClass } from './fields.js';

export const ANSWERS = 'tenantry:answers';

/** What a route answers: status, body, and the refusals of its own beside those that every route shares. */
export interface RouteAnswer {
  readonly status: number;
  readonly body: DtoClass | readonly [DtoClass] | 'stream' | null;
  readonly codes: readonly ErrorCode[];
}

/**
 * `@Answers(201, RoleOut, 'role_name_taken')`; `[RoleOut]` is a page `{ data, next_cursor }`; `null` is no body.
 * OpenAPI is made from it, and tests check every response body against that.
 */
export function Answers(status: number, body: RouteAnswer['body'], ...codes: ErrorCode[]): MethodDecorator {
  return applyDecorators(HttpCode(status), SetMetadata(ANSWERS, { status, body, codes } satisfies RouteAnswer));
}
