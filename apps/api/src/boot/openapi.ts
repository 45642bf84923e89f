import type { DynamicModule, Type } from '@nestjs/common';
import { describeRoutes } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { openApiDocument } from '#platform/openapi/index.js';
import type { Runtime } from '#platform/runtime.js';
import { AppModule } from '../app.module.js';
import { productVersion } from './runtime.js';

type ModuleLike = Type | DynamicModule;

/** Every controller of the module tree, read from Nest's metadata: nothing is instantiated, nothing is connected. */
export function controllersOf(module: ModuleLike, seen = new Set<unknown>()): Type[] {
  if (seen.has(module)) return [];
  seen.add(module);
  const dynamic = 'module' in module ? module : null;
  const type = dynamic ? dynamic.module : (module as Type);
  const own = (Reflect.getMetadata('controllers', type) as Type[] | undefined) ?? [];
  const imports = [
    ...((Reflect.getMetadata('imports', type) as ModuleLike[] | undefined) ?? []),
    ...((dynamic?.imports as ModuleLike[] | undefined) ?? []),
  ];
  const nested = imports
    .filter((entry) => typeof entry === 'function' || (entry !== null && typeof entry === 'object' && 'module' in entry))
    .flatMap((entry) => controllersOf(entry, seen));
  return [...new Set([...own, ...(dynamic?.controllers ?? []), ...nested])];
}

/** The OpenAPI document without database or queue. Development routes (mailbox) are in it, as they are in the client's types. */
export function offlineDocument(): Record<string, unknown> {
  const config = Object.assign(new Config(), { node_env: 'development', smtp_url: '' });
  const routes = [...describeRoutes(controllersOf(AppModule.forRoot({ config } as unknown as Runtime))).values()];
  return openApiDocument(routes, { title: 'Tenantry', version: productVersion() });
}
