import { ConfigRefused, readConfig } from '#platform/config/index.js';
import { generatedSecrets } from './boot/secrets.js';
import { runCommand } from './boot/commands.js';
import { UsageError } from './boot/usage-error.js';

/** `tenantry <command>`: the same services as the API. Exit 0 ok, 1 failed, 2 usage or unreachable. */
try {
  const production = process.env['NODE_ENV'] === 'production';
  const { DEMO_PASSWORD: _, ...secrets } = production ? { DEMO_PASSWORD: null } : generatedSecrets(process.env['TENANTRY_DATA'] ?? '.data');
  const { config } = readConfig({ ...secrets, ...process.env });
  process.exit(await runCommand(process.argv.slice(2), config, (line) => console.log(line)));
} catch (error) {
  const known = error instanceof ConfigRefused || error instanceof UsageError;
  console.error(known ? (error as Error).message : error);
  process.exit(known ? 2 : 1);
}
