import { Injectable, RequestMethod, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import type { AuditAction } from '#contracts/audit-actions.js';
import {
  ACCESS,
  ALLOW_WHEN,
  AUDITED,
  LIMITED_TOKENS,
  ON_BEHALF,
  ONE_RUN,
  ONE_TIME_SECRET,
  RATE_LIMIT,
  type BudgetName,
  type LimitedStep,
  type RouteAccess,
} from '../http/access.js';
import { ANSWERS, OR_ANSWERS, type RouteAnswer } from '../http/answers.js';
import { authzParam } from '../http/params.js';

export interface Route {
  /** `<module>_<method>`, the operationId. */
  readonly id: string;
  readonly controller: Type;
  readonly handler: (...args: never[]) => unknown;
  readonly handler_name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`, with `:name` parameters. */
  readonly path: string;
  readonly access: RouteAccess;
  readonly audited: AuditAction | { readonly none: string } | null;
  readonly allow_when: 'restricted' | 'closed' | null;
  readonly one_time_secret: boolean;
  /** Steps whose limited tokens it takes. */
  readonly limited_tokens: readonly LimitedStep[];
  readonly on_behalf: boolean;
  /** Rights that an earlier request has read may open it: see `mayRemember`. */
  readonly remembers: boolean;
  /** A limit of its own. */
  readonly rate_limit: BudgetName | null;
  readonly answer: RouteAnswer;
  readonly mutating: boolean;
}

/** A route says too little, or two things at once: the process does not start. */
export class RoutesRefused extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`Routes without a declared access or audit action:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
    this.name = 'RoutesRefused';
  }
}

/**
 * Every route of the application with what it declares. The guard, OpenAPI, the isolation matrix and the permission snapshot read this
 * one table. Built when the application starts; a route that declares no access stops the start.
 */
@Injectable()
export class RouteTable {
  private built: ReadonlyMap<unknown, Route> | null = null;

  constructor(private readonly discovery: DiscoveryService) {}

  get routes(): readonly Route[] {
    return [...this.map().values()];
  }

  /** The route of a handler. Fails closed: an unknown handler is a defect. */
  of(handler: unknown): Route {
    const route = this.map().get(handler);
    if (!route) throw new Error('a handler is not in the route table');
    return route;
  }

  private map(): ReadonlyMap<unknown, Route> {
    this.built ??= describeRoutes(this.discovery.getControllers().flatMap(({ metatype }) => (metatype ? [metatype as Type] : [])));
    return this.built;
  }
}

/** Routes of controller classes, by handler. Needs no running application, so OpenAPI is emitted offline. @throws RoutesRefused */
export function describeRoutes(controllers: readonly Type[]): ReadonlyMap<unknown, Route> {
  const problems: string[] = [];
  const table = new Map<unknown, Route>();
  const scanner = new MetadataScanner();
  for (const controller of controllers) {
    const prototype = controller.prototype as Record<string, Route['handler']>;
    const base = asList(Reflect.getMetadata(PATH_METADATA, controller) as string | string[] | undefined);
    for (const name of scanner.getAllMethodNames(prototype)) {
      const handler = prototype[name];
      const verb = handler && (Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined);
      if (!handler || verb === undefined) continue;
      const path = join(base[0] ?? '', asList(Reflect.getMetadata(PATH_METADATA, handler) as string)[0] ?? '');
      const route = describe(controller, handler, name, RequestMethod[verb] as Route['method'], path, problems);
      if (route) table.set(handler, route);
    }
  }
  if (problems.length) throw new RoutesRefused(problems);
  return table;
}

function describe(
  controller: Type,
  handler: Route['handler'],
  name: string,
  method: Route['method'],
  path: string,
  problems: string[],
): Route | null {
  const where = `${method} ${path} (${controller.name}.${name})`;
  const own = Reflect.getMetadata(ACCESS, handler) as RouteAccess | undefined;
  const inherited = Reflect.getMetadata(ACCESS, controller) as RouteAccess | undefined;
  if (own && inherited) problems.push(`${where} declares an access beside that of its controller`);
  const access = own ?? inherited;
  const audited = (Reflect.getMetadata(AUDITED, handler) as Route['audited'] | undefined) ?? null;
  const answer = answerOf(handler);
  const mutating = method !== 'GET';
  const oneRun = Reflect.getMetadata(ONE_RUN, handler) === true;
  const takesRights = takesAuthz(controller, name);
  if (!access) problems.push(`${where} declares no access`);
  if (mutating && !audited) problems.push(`${where} declares no audit action`);
  if (!answer) problems.push(`${where} declares no answer`);
  if (oneRun && (!mutating || access?.kind !== 'requires' || takesRights))
    problems.push(`${where} is @OneRun: for a mutating route with @Requires that does not take @Authz`);
  if (!access || !answer) return null;
  return {
    id: `${controller.name.replace(/Controller$/, '').replace(/^./, (c) => c.toLowerCase())}_${name}`,
    controller,
    handler,
    handler_name: name,
    method,
    path,
    access,
    audited,
    allow_when: (Reflect.getMetadata(ALLOW_WHEN, handler) as Route['allow_when'] | undefined) ?? null,
    one_time_secret: Reflect.getMetadata(ONE_TIME_SECRET, handler) === true,
    limited_tokens: (Reflect.getMetadata(LIMITED_TOKENS, handler) as readonly LimitedStep[] | undefined) ?? [],
    on_behalf: Reflect.getMetadata(ON_BEHALF, handler) === true,
    remembers: mayRemember({ access, mutating, oneRun, takesRights }),
    rate_limit: budgetOf(handler, access, mutating),
    answer,
    mutating,
  };
}

function answerOf(handler: Route['handler']): RouteAnswer | undefined {
  const answer = Reflect.getMetadata(ANSWERS, handler) as RouteAnswer | undefined;
  const or = Reflect.getMetadata(OR_ANSWERS, handler) as RouteAnswer['or'];
  return answer && or ? { ...answer, or } : answer;
}

function budgetOf(handler: Route['handler'], access: RouteAccess, mutating: boolean): BudgetName | null {
  const own = Reflect.getMetadata(RATE_LIMIT, handler) as BudgetName | undefined;
  return own ?? (access.kind === 'platform' && mutating ? 'ops_mutation' : null);
}

/**
 * Where remembered rights are enough: nothing of the answer leaves before the database has confirmed them, and nothing is done before.
 * - permission routes only: what `@SignedIn()` opens is one's own account, which lives on the platform pool;
 * - reading ones, and mutating ones that are a single `TenantDb.run`;
 * - none that is handed the rights themselves, because it would compute with what a refresh may replace.
 */
function mayRemember(route: { access: RouteAccess; mutating: boolean; oneRun: boolean; takesRights: boolean }): boolean {
  return route.access.kind === 'requires' && (!route.mutating || route.oneRun) && !route.takesRights;
}

function takesAuthz(controller: Type, name: string): boolean {
  const params = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) as Readonly<Record<string, { factory?: unknown }>> | undefined;
  return Object.values(params ?? {}).some(({ factory }) => factory === authzParam);
}

const asList = (value: string | string[] | undefined): string[] => (value === undefined ? [''] : Array.isArray(value) ? value : [value]);
const join = (...parts: string[]): string =>
  `/${parts
    .map((part) => part.replace(/^\/+|\/+$/g, ''))
    .filter(Boolean)
    .join('/')}`;
