import { setTimeout as wait } from 'node:timers/promises';
import { DEFAULT_TEMPLATE } from '#contracts/modules.js';
import type { Config } from '#platform/config/index.js';
import { createLogger } from '#platform/logging/index.js';
import { JobRunner, platformScope } from '#platform/queue/index.js';
import { sql } from '#platform/db/index.js';
import { TenantsConsole } from '../modules/ops/index.js';
import { createApplication } from './application.js';
import { openRuntime, type RuntimeInput } from './runtime.js';
import { hasNoTenant } from './tenant-count.js';
import { registerWork } from './work.js';

const DEFAULT_TENANT = { name: 'Default', subdomain: 'default', template_code: DEFAULT_TEMPLATE } as const;
const PATIENCE_MS = 60_000;
const jobState = sql`select state from provisioning_jobs where provisioning_job_id = $1`;

/**
 * The first tenant of an installation that has none, made as staff make one: roles, modules, store and check of the whole pipeline.
 * It is a tenant like any other; no code looks for it. @returns whether it was made @throws Error when provisioning does not succeed
 */
export async function ensureDefaultTenant(config: Config, urls: RuntimeInput['urls']): Promise<boolean> {
  const logger = createLogger({ level: 'error', format: config.log_format });
  const { runtime, close } = await openRuntime({ config, urls, logger });
  try {
    if (!(await hasNoTenant(runtime))) return false;
    const app = await createApplication(runtime, { started: false, draining: false });
    try {
      registerWork(app, runtime);
      await app.init();
      const scope = platformScope('seed.default_tenant');
      const { provisioning_job_id } = await app.get(TenantsConsole, { strict: false }).create(scope, DEFAULT_TENANT);
      await app.get(JobRunner, { strict: false }).run('provisioning.run', { provisioning_job_id });
      const end = Date.now() + PATIENCE_MS;
      // A worker beside us may have heard the alarm first; then it is the one that makes the tenant.
      for (;;) {
        const [job] = await runtime.platformDb.query<{ state: string }>(scope, jobState, [provisioning_job_id]);
        if (job?.state === 'succeeded') return true;
        if (job?.state === 'failed' || Date.now() > end)
          throw new Error(`the default tenant was not made: its provisioning is ${job?.state ?? 'gone'}`);
        await wait(100);
      }
    } finally {
      await app.close();
    }
  } finally {
    await close();
    await runtime.storage.close();
  }
}
