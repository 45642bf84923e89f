import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '#platform/config/index.js';
import { MetricsServer } from '#platform/metrics/index.js';
import type { DemoAccounts } from '#platform/runtime.js';
import { StreamHub } from '#platform/stream/index.js';
import { ensureStaff } from '../modules/ops/index.js';
import { createApplication, type Lifecycle } from './application.js';
import { openPlaces, refuseStrongRoles, type DatabasePlaces } from './database.js';
import { createDemo } from './demo.js';
import { withFreePort } from './listen.js';
import { openRuntime } from './runtime.js';
import { stopServing, watchRequests } from './serving.js';
import { Shutdown } from './shutdown.js';
import { registerWork, startHints, startWork } from './work.js';

export interface RunningProcess {
  readonly port: number;
  readonly app: NestFastifyApplication;
  readonly places: DatabasePlaces;
  readonly shutdown: Shutdown;
  readonly queue: 'postgres' | 'redis';
  readonly demo: DemoAccounts;
}
export interface ProcessInput {
  readonly config: Config;
  readonly demo_password: string | null;
  readonly log_to_file: boolean;
}

/** Of SHUTDOWN_GRACE_MS: what the steps after the work may take. */
const RESERVE_MS = 10_000;
const MIN_GRACE_MS = 500;

/** Start-up in order; whatever was opened is closed again when a later step refuses. */
export async function startProcess({ config: given, demo_password, log_to_file }: ProcessInput): Promise<RunningProcess> {
  const config = await withFreePort(given);
  const shutdown = new Shutdown(config);
  try {
    const setup: string[] = [];
    const places = await openPlaces(config, (line) => setup.push(line));
    if (places.embedded) shutdown.last('PostgreSQL', () => places.embedded?.stop() ?? Promise.resolve());
    await refuseStrongRoles(places.urls);

    const demo = createDemo(config.demo_data ? demo_password : null);
    const { runtime, close } = await openRuntime({ config, urls: places.urls, demo: demo ? () => demo.accounts : null, log_to_file });
    shutdown.last('log', () => runtime.logger.close());
    shutdown.last('database pools', close);
    shutdown.last('storage', () => runtime.storage.close());
    for (const line of setup) runtime.logger.info({}, line);

    const lifecycle: Lifecycle = { started: false, draining: false };
    const app = await createApplication(runtime, lifecycle);
    shutdown.first('readiness', () => void (lifecycle.draining = true));
    shutdown.add('application', () => app.close());
    registerWork(app, runtime);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    await ensureStaff(app);
    const metrics = new MetricsServer(runtime.metrics, {
      port: config.metrics_port,
      host: config.metrics_host,
      required: config.production,
      warn: (fields, message) => runtime.logger.warn(fields, message),
    });
    if (config.metrics_enabled) {
      await metrics.start();
      shutdown.add('metrics', () => metrics.stop());
    }
    shutdown.add('hints', await startHints(app));
    if (config.works) {
      const stopWork = await startWork(app);
      shutdown.add('work', () => stopWork(Math.max(MIN_GRACE_MS, config.shutdown_grace_ms - RESERVE_MS)));
    }
    if (demo) await demo.ensure(app, runtime);
    const port = config.serves_http ? config.port : config.worker_port;
    const requests = watchRequests(app.getHttpServer());
    await app.listen(port, config.listen_host);
    shutdown.add('http', () => stopServing(app.getHttpServer(), requests));
    shutdown.add('streams', () => app.get(StreamHub).closeAll('stop')); // added last, so it is closed first
    places.embedded?.announce(`http://localhost:${port}`);
    lifecycle.started = true;
    shutdown.watch(runtime.logger);
    return { port, app, places, shutdown, queue: runtime.queue.backend, demo: demo?.accounts ?? [] };
  } catch (error) {
    await shutdown.run().catch(() => undefined); // the first error is the one to tell
    throw error;
  }
}
