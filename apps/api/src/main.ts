import { rmSync } from 'node:fs';
import path from 'node:path';
import { ConfigRefused, readConfig } from '#platform/config/index.js';
import { StartRefused, wipe } from '#platform/embedded/index.js';
import { DEMO_STAFF_EMAIL } from './boot/demo.js';
import { startProcess } from './boot/process.js';
import { generatedSecrets } from './boot/secrets.js';
import { welcome } from './boot/welcome.js';

/** `npm start`, and the API process of a deployment: HTTP, and the worker's part unless TENANTRY_ROLE says otherwise. */
const begun = performance.now();
const flags = new Set(process.argv.slice(2));
const production = process.env['NODE_ENV'] === 'production';
const dataDir = path.resolve(process.env['TENANTRY_DATA'] ?? '.data');

try {
  if (flags.has('--fresh')) {
    if (process.env['DATABASE_URL']) throw new ConfigRefused(['--fresh deletes the embedded database only; DATABASE_URL is set']);
    await wipe({ data: path.join(dataDir, 'postgres') });
    rmSync(path.join(dataDir, 'files'), { recursive: true, force: true });
  }
  // A development start brings its own secrets; in production each is given, or the start is refused.
  const { DEMO_PASSWORD, ...secrets } = production ? { DEMO_PASSWORD: null } : generatedSecrets(dataDir);
  const staff = DEMO_PASSWORD ? { FIRST_OWNER_EMAIL: DEMO_STAFF_EMAIL, FIRST_OWNER_PASSWORD: DEMO_PASSWORD } : {};
  const { config, warnings } = readConfig({
    ...secrets,
    ...staff,
    ...process.env,
    ...(flags.has('--no-demo') ? { DEMO_DATA: 'false' } : {}),
  });
  for (const warning of warnings) console.warn(warning);
  const quick = !production && process.env['LOG_LEVEL'] === undefined;
  const running = await startProcess({ config, demo_password: DEMO_PASSWORD, log_to_file: quick });
  if (quick) console.log(welcome(running, performance.now() - begun));
} catch (error) {
  // A refusal is a sentence for a person; anything else is a defect and keeps its stack.
  const refused =
    error instanceof ConfigRefused || error instanceof StartRefused || (error instanceof Error && /Refused$/.test(error.name));
  console.error(refused ? (error as Error).message : error);
  process.exit(error instanceof StartRefused ? error.exitCode : 1);
}
