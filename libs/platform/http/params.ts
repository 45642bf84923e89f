import { createParamDecorator, Param, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { fail } from '#contracts/errors.js';
import { isUuid } from '../crypto/index.js';
import type { RequestFacts } from '../auth/types.js';

/** A path parameter that is not a UUID names nothing: 404 before any query. */
class IdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!isUuid(value)) throw fail('not_found');
    return value.toLowerCase();
  }
}
const idPipe = new IdPipe();

/** `@Id('role_id') role_id: string` */
export const Id = (name: string): ParameterDecorator => Param(name, idPipe);

/** The scope of the caller: TenantScope on tenant routes, PlatformScope on platform and machine routes. */
export const Scope = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { scope } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!scope) throw fail('internal', { detail: 'a route without scope asked for one' });
  return scope;
});

/** By it the route table sees that a handler takes the rights themselves: those are then read for the request, never remembered. */
export const authzParam = (_: unknown, context: ExecutionContext) => {
  const { authz } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!authz) throw fail('internal', { detail: 'a route without rights asked for them' });
  return authz;
};

/** The whole authorization context (rights of the caller), for `/me`, explain and the grant rule. */
export const Authz = createParamDecorator(authzParam);

export const Staff = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<FastifyRequest>().staff ?? null,
);

/** Request id, address, user agent, method and route template. */
export const Facts = createParamDecorator((_: unknown, context: ExecutionContext): RequestFacts =>
  requestFacts(context.switchToHttp().getRequest<FastifyRequest>()),
);

export function requestFacts(request: FastifyRequest): RequestFacts {
  return {
    request_id: request.id,
    ip: request.ip,
    user_agent: String(request.headers['user-agent'] ?? '').slice(0, 400),
    method: request.method,
    route: request.routeOptions.url ?? '__unmatched__',
  };
}
