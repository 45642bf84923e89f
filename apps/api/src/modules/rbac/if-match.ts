import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { fail, invalid } from '#contracts/errors.js';

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

/** Sends the version of what is answered as `ETag`, so that the caller can give it back in `If-Match`. */
export type Tag = <T extends { readonly row_version: number }>(body: Promise<T>) => Promise<T>;

export const tagOf = (row_version: number): string => `"${row_version}"`;

/** `@ETag() tag: Tag`, then `return tag(this.roles.get(scope, role_id))`. There is no 304: a count in the answer is no part of the version. */
export const ETag = createParamDecorator((_: unknown, context: ExecutionContext): Tag => {
  const reply = context.switchToHttp().getResponse<{ header(name: string, value: string): unknown }>();
  return async (body) => {
    const resource = await body;
    reply.header('etag', tagOf(resource.row_version));
    reply.header('cache-control', 'private, no-cache');
    return resource;
  };
});

/** @throws Problem precondition_failed, with the version that there is, when another one was named */
export function mustMatch(row_version: number, named: number | null): void {
  if (named !== null && row_version !== named) throw fail('precondition_failed', { row_version, headers: { etag: tagOf(row_version) } });
}
