import { ConfigRefused, readConfig } from '#platform/config/index.js';
import { startProcess } from './boot/process.js';
import { generatedSecrets } from './boot/secrets.js';

/** Queues, schedules and relay without HTTP but for the health routes on WORKER_PORT. */
try {
  const production = process.env['NODE_ENV'] === 'production';
  const { DEMO_PASSWORD: _, ...secrets } = production ? { DEMO_PASSWORD: null } : generatedSecrets(process.env['TENANTRY_DATA'] ?? '.data');
  const { config, warnings } = readConfig({ ...secrets, ...process.env, TENANTRY_ROLE: 'worker', DEMO_DATA: 'false' });
  for (const warning of warnings) console.warn(warning);
  await startProcess({ config, demo_password: null, log_to_file: false });
} catch (error) {
  console.error(error instanceof ConfigRefused ? error.message : error);
  process.exit(1);
}
