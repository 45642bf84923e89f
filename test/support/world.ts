import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import supertest from 'supertest';
import { createApplication, type Lifecycle } from '../../apps/api/src/boot/application.js';
import { openRuntime } from '../../apps/api/src/boot/runtime.js';
import { registerWork, startHints, startWork } from '../../apps/api/src/boot/work.js';
import { RouteTable } from '../../libs/platform/auth/index.js';
import { readConfig } from '../../libs/platform/config/index.js';
import { Clock } from '../../libs/platform/crypto/index.js';
import { createLogger, MemoryDestination } from '../../libs/platform/logging/index.js';
import { Metrics } from '../../libs/platform/metrics/index.js';
import type { Runtime } from '../../libs/platform/runtime.js';
import { cloneDatabase, testDatabase, type TestDatabase } from './database.js';
import { TestMail } from './test-mail.js';
import { TestClock } from './test-clock.js';
import { TestDns } from './test-dns.js';
import { AnswerCheck, checked } from './openapi-check.js';
import { createStaff, type StaffClient } from './test-staff.js';
import { createTenant, type TestTenant, type TenantOptions } from './test-tenant.js';

export const OPS_KEY = 'ops-key-of-the-tests-0123456789abcdef';
export const CRON_KEY = 'cron-key-of-the-tests-0123456789abcdef';

/** `AUTHZ_MODE=fresh npm run test:api`: every test of the product in the other mode. */
const AUTHZ_MODE = process.env['AUTHZ_MODE'] ? { AUTHZ_MODE: process.env['AUTHZ_MODE'] } : {};

export interface WorldOptions {
  /** Further variables of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Runs relay, queues and schedules too; otherwise jobs run when a test asks for them. */
  readonly work?: boolean;
  /** A database that no other spec of this worker sees. */
  readonly own_database?: string;
  readonly database?: TestDatabase;
}

/** The product in this process, over a migrated database: real PostgreSQL, real guards, real HTTP. Faked: the clock and the mail receiver. */
export interface World {
  readonly app: NestFastifyApplication;
  readonly runtime: Runtime;
  readonly database: TestDatabase;
  readonly clock: TestClock;
  readonly mail: TestMail;
  /** What DNS says of names; nothing unless a test says so. */
  readonly dns: TestDns;
  /** Lines that the product logged, newest last. */
  readonly logs: MemoryDestination;
  /** supertest on the server; every answer is held against the OpenAPI document. */
  request(): ReturnType<typeof supertest>;
  tenant(options?: TenantOptions): Promise<TestTenant>;
  staff(role?: 'ops_viewer' | 'ops_admin' | 'superuser'): Promise<StaffClient>;
  close(): Promise<void>;
}

const open = new Set<World>();

export async function world(options: WorldOptions = {}): Promise<World> {
  const database = options.database ?? (options.own_database ? await cloneDatabase(options.own_database) : await testDatabase());
  const { config } = readConfig({
    NODE_ENV: 'test', DATABASE_URL: database.superUrl, DATABASE_APP_URL: database.appUrl, DATABASE_PLATFORM_URL: database.platformUrl, DATABASE_OWNER_URL: database.ownerUrl,
    JWT_SECRET: 'jwt-secret-of-the-tests-0123456789abcdef', ENCRYPTION_KEY: 'ab'.repeat(32), OPS_API_KEY: OPS_KEY, CRON_API_KEY: CRON_KEY, DEMO_DATA: 'false', LOG_LEVEL: 'debug',
    TENANTRY_DATA: `.data/test-${process.pid}`, TENANTRY_BUILD: 'test', DB_POOL_APP: '8', DB_POOL_PLATFORM: '6', PORT: '0', ...AUTHZ_MODE, ...options.env,
  }); // prettier-ignore
  const clock = new TestClock();
  const dns = new TestDns();
  const logs = new MemoryDestination();
  const logger = createLogger({ level: config.log_level, format: 'json', destination: logs });
  const metrics = new Metrics({ version: 'test', commit: 'test' });
  const { runtime, close } = await openRuntime({
    config,
    urls: { appUrl: database.appUrl, platformUrl: database.platformUrl },
    clock: clock as unknown as Clock,
    dns,
    logger,
    metrics,
    onLeftBehind: (place) => {
      throw new Error(`a statement was still running when its transaction ended: ${place}`);
    },
    queuePrefix: `t${process.pid}`,
  });
  const lifecycle: Lifecycle = { started: true, draining: false };
  const app = await createApplication(runtime, lifecycle);
  registerWork(app, runtime);
  await app.init();
  await app.getHttpAdapter().getInstance().ready(); // without this line every supertest call hangs
  const stopHints = await startHints(app);
  const stopWork = options.work ? await startWork(app) : null;
  const check = new AnswerCheck(app.get(RouteTable).routes);
  const here: World = {
    app,
    runtime,
    database,
    clock,
    mail: new TestMail(app),
    dns,
    logs,
    request: () => checked(supertest(app.getHttpServer()), check),
    tenant: (tenantOptions) => createTenant(here, tenantOptions),
    staff: (role) => createStaff(here, role),
    async close() {
      open.delete(here);
      await stopWork?.(1_000);
      await stopHints();
      await app.close();
      await close();
    },
  };
  open.add(here);
  return here;
}

afterAll(async () => {
  for (const here of [...open]) await here.close();
});
