import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { invalid } from '#contracts/errors.js';

/** The row version that `If-Match: "<n>"` names; null when the header is absent. `*` would switch the check off and is refused. */
export function readIfMatch(header: string | undefined): number | null {
  if (header === undefined) return null;
  const version = /^"(\d{1,15})"$/.exec(header.trim())?.[1];
  if (version === undefined)
    throw invalid([{ field: '/header/if-match', code: 'not_valid', message: 'If-Match is the row_version in double quotes.' }]);
  return Number(version);
}

/** `@IfMatch() version: number | null` */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext) =>
  readIfMatch(context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>().headers['if-match']),
);
