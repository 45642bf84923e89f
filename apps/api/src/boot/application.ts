import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import path from 'node:path';
import { fail } from '#contracts/errors.js';
import { AccessGuard, RouteTable, settleAnswers } from '#platform/auth/index.js';
import { sql } from '#platform/db/index.js';
import { registerHealth, type CheckState } from '#platform/http/health.js';
import { ProblemFilter } from '#platform/http/problem.filter.js';
import { createHttpAdapter, prepareServer } from '#platform/http/server.js';
import { registerAssets, unmatchedBy } from '#platform/http/spa.js';
import { Installation } from '#platform/installation/index.js';
import { NestLogger } from '#platform/logging/index.js';
import { Queues } from '#platform/queue/index.js';
import { platformScope } from '#platform/queue/index.js';
import type { Runtime } from '#platform/runtime.js';
import { AppModule } from '../app.module.js';
import { registerApiDocs } from './api-docs.js';
import { KNOWN_MIGRATIONS } from './database.js';
import { productVersion } from './runtime.js';

export interface Lifecycle {
  started: boolean;
  draining: boolean;
}
const appliedMigrations = sql`select name from migrations`;

/** The application over an open runtime: routes, guard, filter, health and SPA. It listens to nothing yet. */
export async function createApplication(runtime: Runtime, lifecycle: Lifecycle): Promise<NestFastifyApplication> {
  const { config, logger, metrics } = runtime;
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(runtime), createHttpAdapter(config, runtime.build), {
    logger: new NestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  const instance = app.getHttpAdapter().getInstance();
  settleAnswers(instance);
  await prepareServer(instance, config, runtime.rings, runtime.build, {
    answered(request, status, seconds) {
      const route = request.routeOptions.url;
      metrics.httpRequest(request.method, route, status, seconds);
      if (request.authz) metrics.tenantRequest(request.authz.tenant_id);
      logger.access({ method: request.method, route: route ?? '__unmatched__', status, ms: Math.round(seconds * 10_000) / 10 });
    },
  });
  if (!config.serves_http) instance.addHook('onRequest', healthOnly);
  app.setGlobalPrefix('api/v1');
  app.useGlobalGuards(app.get(AccessGuard));
  const routes = app.get(RouteTable).routes; // a route without a declared access stops the start here
  const web = path.resolve('dist/web');
  app.useGlobalFilters(
    new ProblemFilter(
      {
        refused(request, problem) {
          if (problem.level === 'error')
            logger.error({ code: problem.code, route: request.routeOptions.url, err: problem.cause ?? problem }, 'request failed');
          else if (problem.level === 'warn') logger.security.warn({ code: problem.code, route: request.routeOptions.url }, 'refused');
        },
        rlsViolation: () => metrics.rlsViolation(),
      },
      unmatchedBy(web, allowedMethods(routes), {
        switches: { admin_console: config.admin_console_enabled, tenant_routing: config.tenant_routing_enabled },
        malformed: () => logger.security.warn({ code: 'not_found' }, 'an address names a tenant by what is no name of one'),
      }),
    ),
  );
  registerHealth(instance, healthChecks(app, runtime, lifecycle));
  registerApiDocs(instance, app, runtime);
  registerAssets(instance, web);
  return app;
}

/** A process that is only a worker answers monitors and nobody else. */
async function healthOnly(request: FastifyRequest): Promise<void> {
  if (!/^\/(healthz|readyz|startupz|health|version)$|^\/api\/v1\/health/.test(request.url)) throw fail('not_found');
}

/** Methods that exist under a path, for 405 and CORS. */
function allowedMethods(routes: readonly { readonly method: string; readonly path: string }[]): (url: string) => readonly string[] {
  const patterns = routes.map(({ method, path: template }) => ({
    method,
    pattern: new RegExp(`^/api/v1${template.replace(/:[A-Za-z_]+/g, '[^/]+')}/?$`),
  }));
  return (url) => [...new Set(patterns.filter(({ pattern }) => pattern.test(url)).map(({ method }) => method))].sort();
}

function healthChecks(app: NestFastifyApplication, runtime: Runtime, lifecycle: Lifecycle): Parameters<typeof registerHealth>[1] {
  const { config, platformDb } = runtime;
  const usesRedis = runtime.queue.backend === 'redis';
  const queues = (): Promise<CheckState> => app.get(Queues).counts().then(() => 'healthy' as const); // prettier-ignore
  return {
    hard_redis: config.health_redis === 'hard',
    started: () => lifecycle.started,
    version: { version: productVersion(), commit: runtime.build, schema: KNOWN_MIGRATIONS.at(-1) ?? '' },
    async readiness() {
      if (lifecycle.draining) return ['draining'];
      const rows = await platformDb.query<{ name: string }>(platformScope('health'), appliedMigrations).catch(() => null);
      if (!rows) return ['database_down'];
      const applied = new Set(rows.map((row) => row.name));
      return KNOWN_MIGRATIONS.every((name) => applied.has(name)) ? [] : ['migrations_pending'];
    },
    soft: {
      redis: () => (usesRedis ? queues() : Promise.resolve('disabled')),
      queue: queues,
      storage: () => runtime.storage.probe().then(() => 'healthy' as const),
      smtp: () => Promise.resolve(config.smtp_url ? 'healthy' : 'disabled'),
      // A restored database sends nothing until it is activated.
      outbound: () => app.get(Installation).restoredSince().then((since) => (since === null ? 'healthy' : 'unhealthy')), // prettier-ignore
    },
  };
}
