import type { FastifyInstance, FastifyReply } from 'fastify';
import { problemBody } from './problem.filter.js';
import { fail } from '#contracts/errors.js';

export type CheckState = 'healthy' | 'unhealthy' | 'disabled';
export interface HealthChecks {
  /** Reasons why this process should get no traffic; empty: ready. */
  readiness(): Promise<readonly ('database_down' | 'migrations_pending' | 'schema_too_new' | 'draining')[]>;
  /** `outbound`: may anything go out? It degrades, but has no field of its own: the fields are promised. */
  readonly soft: Readonly<Record<'redis' | 'storage' | 'queue' | 'smtp' | 'outbound', () => Promise<CheckState>>>;
  readonly hard_redis: boolean;
  readonly version: { readonly version: string; readonly commit: string; readonly schema: string };
  readonly started: () => boolean;
}

const BUDGET_MS = 1_000;
const CACHE_MS = 2_000;

/**
 * The health routes, outside `/api/v1` and under the names of the seeds. Hard dependency: PostgreSQL. Everything else degrades: with Redis
 * down `/health` is 200 `degraded`, because nothing stops working. No secret, no host, no version of a dependency is said.
 */
export function registerHealth(instance: FastifyInstance, checks: HealthChecks): void {
  const started_at = Date.now();
  let summary: { at: number; body: Promise<Record<string, unknown>> } | null = null;

  const alive = (): { status: 'ok' } => ({ status: 'ok' });
  instance.get('/healthz', alive);
  instance.get('/api/v1/health', alive);

  const ready = async (_: unknown, reply: FastifyReply): Promise<unknown> => {
    const reasons = await within(checks.readiness(), ['database_down'] as const);
    if (reasons.length) void reply.status(503).header('retry-after', '1');
    return { status: reasons.length ? 'unavailable' : 'ready', reasons };
  };
  instance.get('/readyz', ready);
  instance.get('/api/v1/health/ready', ready);
  instance.get('/startupz', async (request, reply) => {
    if (checks.started()) return { status: 'started' };
    return reply.status(503).send(problemBody(fail('busy'), request.id));
  });
  instance.get('/version', () => checks.version);
  instance.get('/health', async (_, reply) => {
    if (!summary || Date.now() - summary.at > CACHE_MS) summary = { at: Date.now(), body: read() };
    const body = await summary.body;
    if (body['status'] === 'unhealthy') void reply.status(503);
    return body;
  });

  async function read(): Promise<Record<string, unknown>> {
    const reasons = await within(checks.readiness(), ['database_down'] as const);
    const database: CheckState = reasons.includes('database_down') ? 'unhealthy' : 'healthy';
    const entries = await Promise.all(
      Object.entries(checks.soft).map(async ([name, check]) => [name, await within(check(), 'unhealthy' as const)] as const),
    );
    const soft = Object.fromEntries(entries) as Record<keyof HealthChecks['soft'], CheckState>;
    const degraded = Object.values(soft).includes('unhealthy');
    const unhealthy = database === 'unhealthy' || (checks.hard_redis && soft.redis === 'unhealthy');
    return {
      status: unhealthy ? 'unhealthy' : degraded ? 'degraded' : 'ok',
      app: 'tenantry',
      version: checks.version.version,
      timestamp: new Date().toISOString(),
      uptime: Math.round((Date.now() - started_at) / 1000),
      checks: { database, redis: soft.redis, storage: soft.storage, queue: soft.queue, clamav: 'disabled', smtp: soft.smtp },
      realtime: { websocket: 0, feedbackStream: false, forecastWorker: false, modelsLoaded: 0 },
    };
  }
}

/** A check that throws or is late says no more than that it is not well. */
async function within<T>(check: Promise<T>, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => (timer = setTimeout(() => resolve(otherwise), BUDGET_MS)));
  try {
    return await Promise.race([check, late]);
  } catch {
    return otherwise; // the reason is in the log of whoever owns the connection
  } finally {
    clearTimeout(timer);
  }
}
